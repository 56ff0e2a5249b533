import { randomBytes } from 'node:crypto'
import { describe, inject } from 'vitest'
import { describeWith } from './describe-with.ts'
import { withClient } from './postgres-service.ts'

/** Where a suite finds an empty database: PGlite is opened in memory by whoever needs it. */
export type TestDatabase = { kind: 'pglite' } | { kind: 'postgres'; url: string }

/**
 * One suite, both engines: PGlite, and a real PostgreSQL where there is one (else skipped by name). In the
 * quick tier one of them.
 *
 * `open` gives another empty database at each call. PostgreSQL's are dropped when the run ends, by
 * force: a connection that a test left open does not keep one alive.
 */
export function describeEachDatabase(
  name: string,
  body: (open: () => Promise<TestDatabase>) => void,
  create: (adminUrl: string, prefix: string) => Promise<string> = createDatabase,
): void {
  if (!isLeftToPostgres()) {
    describe(`${name} on PGlite`, () => {
      body(() => Promise.resolve({ kind: 'pglite' }))
    })
  }
  describeWith('postgres', `${name} on PostgreSQL`, (postgres) => {
    body(async () => {
      const { adminUrl, prefix } = postgres()
      return { kind: 'postgres', url: await create(adminUrl, prefix) }
    })
  })
}

/** The quick tier takes the faster engine where it has both. */
export function isLeftToPostgres(): boolean {
  return process.env['AVISO_TEST_TIER'] === 'quick' && inject('services').postgres.found
}

/**
 * @param template what the new database is a copy of. Empty unless it is named: a template1 that somebody has
 *   filled, or is connected to, is none of our business
 * @returns the address of the new database; the run's end drops it
 */
export async function createDatabase(
  adminUrl: string,
  prefix: string,
  template = 'template0',
): Promise<string> {
  const name = `${prefix}${randomBytes(6).toString('hex')}`
  await withClient(adminUrl, (client) =>
    client.query(`create database "${name}" template "${template}" encoding 'UTF8'`),
  )
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
