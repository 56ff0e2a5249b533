/**
 * The database as the rest of the service sees it: statements with names, transactions, and a query
 * builder for reads with filters. One dialect (PostgreSQL 15); `postgres.ts` and `pglite.ts` are the
 * two ways to open it, and run the same suites.
 */

import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Dialect, Driver, DatabaseConnection, QueryResult, CompiledQuery } from 'kysely'
import type { Schema } from './schema.ts'

/** SQL with a name: prepared once a connection where the server can. Names are unique. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs statements, inside a transaction or not. Values of type bigint and numeric come as text. */
export interface Queryable {
  /**
   * @throws DatabaseError of the driver with `code` = SQLSTATE; see `db/database-error.ts`
   */
  query<Row = Record<string, unknown>>(
    statement: Statement | string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>
}

/** Settings of every session of ours, by name: what triggers ask for, such as `aviso.publish`. */
export type SessionSettings = Readonly<Record<string, string>>

/** Facts of an engine that a caller may ask for; never its name. */
export interface Capabilities {
  /** Several processes may work on the same database. */
  readonly multipleProcesses: boolean
}

/** Connections of one pool in this process. */
export interface ConnectionUse {
  /** At most so many. */
  max: number
  /** At work just now. */
  busy: number
  /** Open, and free. */
  idle: number
  /** Statements and transactions that wait for one. */
  waiting: number
}

export interface Database extends Queryable {
  readonly capabilities: Capabilities
  connections(): ConnectionUse
  readonly kysely: Kysely<Schema>
  /** For statements that may run as long as they like. */
  readonly migrations: Kysely<Schema>
  /**
   * Commits when `work` resolves, rolls back when it throws. No network call may happen inside. As a
   * single statement, it is run again, up to three times, where the server ended it for the sake of
   * another transaction (`retry-conflicts.ts`): `work` keeps nothing from one run to the next.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  /** Several statements at once, without parameters (migrations). */
  execute(sql: string): Promise<void>
  close(): Promise<void>
}

/** One handle for each kind of work, so that a flood of one cannot starve the others. */
export interface Databases {
  readonly intake: Database
  readonly dispatcher: Database
  readonly webhook: Database
  readonly api: Database
  /** What each pool of this process is used for, by its name. */
  pools(): Readonly<Record<string, ConnectionUse>>
  close(): Promise<void>
}

/** A Kysely over our own seam, so that both engines share one dialect. */
export function createKysely(
  acquire: () => Promise<{ connection: Queryable; release: () => void }>,
): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: createDialect(acquire) })
}

function createDialect(
  acquire: () => Promise<{ connection: Queryable; release: () => void }>,
): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => createDriver(acquire),
  }
}

interface HeldConnection extends DatabaseConnection {
  readonly release: () => void
}

function createDriver(
  acquire: () => Promise<{ connection: Queryable; release: () => void }>,
): Driver {
  const run = async (connection: DatabaseConnection, text: string): Promise<void> => {
    await connection.executeQuery({ sql: text, parameters: [] } as unknown as CompiledQuery)
  }
  return {
    init: () => Promise.resolve(),
    async acquireConnection(): Promise<HeldConnection> {
      const { connection, release } = await acquire()
      return {
        release,
        async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
          return { rows: await connection.query<R>(query.sql, query.parameters) }
        },
        streamQuery() {
          throw new Error('streaming is not used')
        },
      }
    },
    beginTransaction: (connection) => run(connection, 'begin'),
    commitTransaction: (connection) => run(connection, 'commit'),
    rollbackTransaction: (connection) => run(connection, 'rollback'),
    releaseConnection(connection) {
      ;(connection as HeldConnection).release()
      return Promise.resolve()
    },
    destroy: () => Promise.resolve(),
  }
}
