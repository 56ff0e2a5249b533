import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Migrator, sql } from 'kysely'
import type { Migration } from 'kysely'
import { AppError, coerceError } from '../lib/errors.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import { isConnectionLost } from './database-error.ts'
import type { Database } from './database.ts'
import { ensurePartitions } from './partitions.ts'
import { explainUnreachable } from './unreachable.ts'

const MIGRATIONS = new URL('../../migrations/', import.meta.url)
const MIGRATION_TABLE = 'aviso_migrations'
/** Tables whose names the outside relies on: one of these that we did not make is never touched. */
const OUR_TABLES = ['whatsapp_messages', 'whatsapp_templates']
/** The end of the name of a migration that processes of the former version cannot live with: of a newer version they know no more. */
const BREAKING = '_breaking'

export interface MigrationStatus {
  /** The newest one applied, or null. */
  current: string | null
  applied: string[]
  pending: string[]
  /** Applied by a newer version than this one. */
  unknown: string[]
}

/**
 * Applies what is pending, under an advisory lock and in a transaction: a second process waits and
 * finds nothing to do; a killed one leaves nothing behind.
 *
 * @returns the names applied, oldest first
 * @throws AppError `configuration` when tables of our names exist that Aviso did not make, or a newer version has
 *   migrated in a way that this one cannot live with
 */
export async function migrate(database: Database): Promise<string[]> {
  await refuseForeignTables(database)
  const applied: string[] = []
  for (let tries = 1; ; tries += 1) {
    try {
      const { pending, unknown } = await migrationStatus(database)
      refuseBreaking(unknown)
      if (unknown.length === 0 && pending.length > 0) {
        await runMigrator(database)
        applied.push(...pending)
      }
      await ensurePartitions(database, new Date())
      return applied
    } catch (error) {
      // Another process may be making the same tables just now: then the next look finds less to do.
      // A server that is away is waited for, or not, by the caller.
      if (tries >= MAX_TRIES || isConnectionLost(error)) throw asAppError(error)
      await sleep(RETRY_MS)
    }
  }
}

const MAX_TRIES = 8
const RETRY_MS = 250

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const cause = explainUnreachable(error)
  if (cause instanceof AppError) return cause
  return new AppError('internal', `the database could not be migrated: ${cause.message}`, { cause })
}

/** All that this version has, oldest first. */
export function knownMigrations(): string[] {
  return Object.keys(readMigrations())
}

/** What is applied and what is not. Changes nothing. */
export async function migrationStatus(database: Database): Promise<MigrationStatus> {
  const known = knownMigrations()
  const applied = await appliedMigrations(database)
  return {
    current: applied.at(-1) ?? null,
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  }
}

async function appliedMigrations(database: Database): Promise<string[]> {
  if (!(await tableExists(database, MIGRATION_TABLE))) return []
  const rows = await database.query<{ name: string }>(
    `select name from ${MIGRATION_TABLE} order by name`,
  )
  return rows.map((row) => row.name)
}

async function runMigrator(database: Database): Promise<void> {
  const migrator = new Migrator({
    db: database.migrations,
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    provider: { getMigrations: () => Promise.resolve(readMigrations()) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw coerceError(error)
}

function readMigrations(): Record<string, Migration> {
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql'))
  return Object.fromEntries(
    files.sort().map((file) => {
      const text = readFileSync(new URL(file, MIGRATIONS), 'utf8')
      const migration: Migration = {
        up: async (db) => {
          // A change of a large table takes longer than any request may.
          await sql`set local statement_timeout = 0`.execute(db)
          await sql.raw(text).execute(db)
          if (FAILPOINTS) await reach('migration.before_commit')
        },
      }
      return [file.slice(0, -'.sql'.length), migration]
    }),
  )
}

async function refuseForeignTables(database: Database): Promise<void> {
  if ((await appliedMigrations(database)).length > 0) return
  const foreign: string[] = []
  for (const name of OUR_TABLES) {
    if (await tableExists(database, name)) foreign.push(name)
  }
  if (foreign.length === 0) return
  throw new AppError(
    'configuration',
    `the database has ${foreign.join(' and ')}, not made by Aviso; they are left alone: ` +
      'use another database or schema, or rename them',
  )
}

function refuseBreaking(unknown: readonly string[]): void {
  const breaking = unknown.filter((name) => name.endsWith(BREAKING))
  if (breaking.length === 0) return
  throw new AppError(
    'configuration',
    `a newer version has changed the database (${breaking.join(', ')}) in a way that this version cannot work with: ` +
      'start that version or a later one, or restore the backup made before its upgrade',
  )
}

async function tableExists(database: Database, name: string): Promise<boolean> {
  const rows = await database.query<{ found: boolean }>(
    'select to_regclass($1) is not null as found',
    [name],
  )
  return rows[0]?.found === true
}
