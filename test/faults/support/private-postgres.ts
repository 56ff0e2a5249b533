import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '../../support/free-port.ts'
import { createDatabase } from '../../support/databases.ts'
import { createMigratedDatabase } from '../../support/migrated-database.ts'
import { withClient } from '../../support/postgres-service.ts'

const run = promisify(execFile)
const COMMAND_WITHIN_MS = 60_000
const PREFIX = 'aviso_test_faults_'

/** Where a PostgreSQL of this run's own lives: plain data, so that every test file can be given it. */
export interface PostgresPlace {
  bin: string
  directory: string
  port: number
  url: string
  /** initdb refuses root: then it runs as the system user `postgres`. */
  user: { uid: number; gid: number } | null
}

/** A PostgreSQL that a test may break: it is nobody else's. Durable as in production. */
export interface PrivatePostgres {
  /** The administrator's database. */
  readonly url: string
  createDatabase(): Promise<string>
  /** As a service leaves it that was started before. */
  createMigratedDatabase(): Promise<string>
  /** `immediate` is a crash: nothing is written down, and the next start recovers from the log. */
  restart(mode: 'immediate' | 'fast'): Promise<void>
  stop(mode: 'immediate' | 'fast'): Promise<void>
  start(): Promise<void>
  /** For every new transaction, at once; null takes it back. */
  set(name: string, value: string | null): Promise<void>
  administrate<Row>(sql: string): Promise<Row[]>
  /** Leaves no room on its disk; of a small one alone. Resolves with what gives the room back. */
  fillDisk(): Promise<() => Promise<void>>
}

/** @returns why there can be none, where there can be none */
export async function installPostgres(
  size: 'disk' | { tmpfsMegabytes: number } = 'disk',
): Promise<PostgresPlace | { reason: string }> {
  const bin = findBinaries()
  if (bin === undefined) return { reason: 'no initdb below /usr/lib/postgresql' }
  const user = userInfo().uid === 0 ? await findUser('postgres') : null
  if (user === undefined) return { reason: 'as root it needs a system user postgres' }
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-test-faults-postgres-'))
  await chmod(directory, 0o711)
  if (size !== 'disk') {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size.tmpfsMegabytes}m`, 'tmpfs', directory])
  }
  if (user !== null) await chown(directory, user.uid, user.gid)
  const port = await findFreePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const place = { bin, directory, port, url, user }
  const initdb = ['-D', dataOf(place), '-U', 'postgres', '--auth=trust', '--encoding=UTF8']
  await command(place, 'initdb', [...initdb, '--locale=C', '--no-sync'])
  await usePostgres(place).start()
  return place
}

export function usePostgres(place: PostgresPlace): PrivatePostgres {
  const control = (...args: string[]) =>
    command(place, 'pg_ctl', ['-D', dataOf(place), '-w', '-t', '30', ...args])
  const options = [
    `-p ${place.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`,
    // Of this cluster only little is asked; its restarts are to be quick.
    '-c max_connections=100 -c shared_buffers=64MB -c autovacuum_naptime=10s',
  ].join(' ')
  const log = ['-l', path.join(place.directory, 'log'), '-o', options]
  const administrate = <Row>(sql: string) =>
    withClient(place.url, async (client) => (await client.query(sql)).rows as Row[])
  return {
    url: place.url,
    createDatabase: () => createDatabase(place.url, PREFIX),
    createMigratedDatabase: () => createMigratedDatabase(place.url, PREFIX),
    restart: (mode) => control('restart', '-m', mode, ...log),
    stop: (mode) => control('stop', '-m', mode),
    start: () => control('start', ...log),
    async set(name, value) {
      await administrate(
        value === null ? `alter system reset ${name}` : `alter system set ${name} = '${value}'`,
      )
      await administrate('select pg_reload_conf()')
    },
    administrate,
    async fillDisk() {
      const filler = path.join(place.directory, 'filler')
      await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']).catch(() => undefined)
      return async () => {
        await rm(filler)
        // Without room for its log it may have ended itself.
        if (!isRunning(place)) await control('start', ...log)
      }
    },
  }
}

/** Ends it however it stands, and removes what it kept. */
export async function removePostgres(place: PostgresPlace): Promise<void> {
  if (isRunning(place)) await usePostgres(place).stop('immediate')
  await run('umount', [place.directory]).catch(() => undefined)
  await rm(place.directory, { recursive: true, force: true })
}

/** For the end of a process that cannot wait. */
export function killPostgres(place: PostgresPlace): void {
  const pid = pidOf(place)
  if (pid !== undefined) process.kill(pid, 'SIGQUIT')
}

function isRunning(place: PostgresPlace): boolean {
  return pidOf(place) !== undefined
}

function pidOf(place: PostgresPlace): number | undefined {
  const file = path.join(dataOf(place), 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  return existsSync(`/proc/${pid}`) ? pid : undefined
}

function dataOf(place: PostgresPlace): string {
  return path.join(place.directory, 'data')
}

async function command(place: PostgresPlace, name: string, args: string[]): Promise<void> {
  // pg_ctl leaves its output to the server it starts: with a pipe it would never end.
  await run(
    '/bin/sh',
    ['-c', 'exec "$0" "$@" >/dev/null 2>&1', path.join(place.bin, name), ...args],
    {
      cwd: '/',
      timeout: COMMAND_WITHIN_MS,
      ...place.user,
    },
  )
}

function findBinaries(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
  return versions
    .map((version) => path.join(root, version, 'bin'))
    .find((bin) => existsSync(path.join(bin, 'initdb')))
}

async function findUser(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined
  }
}
