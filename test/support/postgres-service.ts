import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import pg from 'pg'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import type { Services } from './services.ts'

/** The oldest server that the service supports. */
const OLDEST_VERSION = 150_000
const ANSWER_WITHIN_MS = 3000

export interface PostgresService {
  outcome: Services['postgres']
  close(): Promise<void>
}

/**
 * A PostgreSQL on which this run may make databases, looked for in this order: `DATABASE_URL`; the
 * standard port of this machine; one started from the test dependencies. Where none will do, every
 * refusal is in the reason.
 */
export async function findPostgres(env: NodeJS.ProcessEnv): Promise<PostgresService> {
  const refusals: string[] = []
  for (const { name, url } of candidates(env)) {
    const examined = await examine(url)
    if (examined.ok) return serviceAt(url, `${name}, ${examined.version}`, refusals)
    refusals.push(`${name}: ${examined.problem}`)
  }
  const started = await startEmbeddedPostgres()
  if (!started.ok) {
    const reason = [...refusals, `embedded-postgres: ${started.problem}`].join('; ')
    return { outcome: { found: false, reason }, close: () => Promise.resolve() }
  }
  const service = serviceAt(started.url, 'embedded-postgres', refusals)
  return {
    outcome: service.outcome,
    async close() {
      await service.close()
      await started.stop()
    },
  }
}

function candidates(env: NodeJS.ProcessEnv): { name: string; url: string }[] {
  const given = env['DATABASE_URL'] ?? ''
  const users = [...new Set(['postgres', 'root', userInfo().username])]
  const local = users.map((user) => ({
    name: `127.0.0.1:5432 as ${user}`,
    url: `postgres://${encodeURIComponent(user)}@127.0.0.1:5432/postgres`,
  }))
  return given === '' ? local : [{ name: 'DATABASE_URL', url: given }, ...local]
}

/** Asks who we are there. Makes nothing. */
async function examine(
  url: string,
): Promise<{ ok: true; version: string } | { ok: false; problem: string }> {
  try {
    return await withClient(url, async (client) => {
      const { rows } = await client.query<{ number: number; name: string; may_create: boolean }>(
        `select current_setting('server_version_num')::int as number,
                current_setting('server_version') as name,
                (select rolsuper or rolcreatedb from pg_roles where rolname = current_user) as may_create`,
      )
      const row = rows[0]
      if (row === undefined) return { ok: false, problem: 'no answer' }
      if (!row.may_create) return { ok: false, problem: 'this role may not create databases' }
      const version = `PostgreSQL ${row.name}`
      if (row.number < OLDEST_VERSION) return { ok: false, problem: `${version} is older than 15` }
      return { ok: true, version }
    })
  } catch (error) {
    return { ok: false, problem: shortReason(error) }
  }
}

function serviceAt(adminUrl: string, name: string, refusals: string[]): PostgresService {
  const where = refusals.length === 0 ? name : `${name} (not ${refusals.join('; ')})`
  const prefix = `aviso_test_${randomBytes(4).toString('hex')}_`
  return {
    outcome: { found: true, where, adminUrl, prefix },
    close: () => dropDatabases(adminUrl, prefix),
  }
}

/** What a killed test file left behind. The prefix is of this run alone: no other run's is touched. */
async function dropDatabases(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    )
    for (const { datname } of rows) await client.query(`drop database "${datname}" with (force)`)
  })
}

export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    application_name: 'aviso test',
  })
  // A server that hangs up while nothing runs is no error of a test.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** `ECONNREFUSED` or the server's own words; never the address, which may hold a password. */
function shortReason(error: unknown): string {
  if (!(error instanceof Error)) return 'it does not answer'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return /^E[A-Z]+$/.test(code) ? code : error.message
}
