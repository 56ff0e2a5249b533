import pg from 'pg'
import { createKysely } from './database.ts'
import type { Database, Databases, Queryable, Statement } from './database.ts'
import { retryConflicts } from './retry-conflicts.ts'

/** Types that JavaScript numbers and dates cannot hold exactly stay text: int8, numeric, date. */
const AS_TEXT = new Set<number>([20, 1700, 1082])

const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (AS_TEXT.has(oid)) return (value: string | Buffer) => value.toString()
    return pg.types.getTypeParser(oid, format) as (value: string | Buffer) => unknown
  },
}

export interface PostgresOptions {
  url: string
  /** Shown in pg_stat_activity. */
  applicationName: string
  /** Connections of this pool at most. */
  size: number
  /** Longest a statement may run, in ms. */
  statementTimeoutMs: number
  /** Its statements reach every row by a key; see KEYED_PLANS. */
  keyedPlans?: boolean
  onError?: (error: Error) => void
}

/**
 * The plan trap: a partitioned parent has no statistics of its own, so a batched update is planned as if
 * it met half the table, and reads all of it: the cost of a message grows with the history. These
 * settings leave the keyed plan only, the same at every size; test/db/plans.test.ts asserts it. jit would
 * compile what the forbidden plans' made-up costs suggest. (Measured: 590 to 400 µs of PostgreSQL's time
 * a message in an empty database, and a factor of three in one with a day of history.)
 */
const KEYED_PLANS =
  'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off; ' +
  'set plan_cache_mode = force_generic_plan'

/** pg-pool waits for what onConnect returns before it hands the connection out; its types do not say so. */
type PoolConfig = Omit<pg.PoolConfig, 'onConnect'> & {
  onConnect?: (client: pg.ClientBase) => Promise<void>
}

/** One pool on a PostgreSQL server. Connections are made when they are needed, and again after a cut. */
export function openPostgres(options: PostgresOptions): Database {
  const config: PoolConfig = {
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.size,
    types,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    ...(options.keyedPlans === true && { onConnect: keepPlansKeyed }),
  }
  const pool = new pg.Pool(config)
  // An idle connection that the server cuts is not an error of anybody's statement.
  pool.on('error', (error) => options.onError?.(error))

  const acquire = async () => {
    const client = await pool.connect()
    return { connection: queryableOf(client), release: () => client.release() }
  }
  const once = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await work(queryableOf(client))
      await client.query('commit')
      return result
    } catch (error) {
      // A connection that cannot even roll back is thrown away, never handed out again.
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error('rollback failed')
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
  return {
    capabilities: { multipleProcesses: true },
    kysely: createKysely(acquire),
    query: (statement, parameters) =>
      retryConflicts(() => queryableOf(pool).query(statement, parameters)),
    transaction: (work) => retryConflicts(() => once(work)),
    async execute(sql) {
      await pool.query(sql)
    },
    close: () => pool.end(),
  }
}

/**
 * The four pools of a process: 12 connections at most in all, so that many processes fit under one
 * server's limit.
 */
export function openPostgresPools(url: string, onError?: (error: Error) => void): Databases {
  const open = (name: string, size: number, keyedPlans: boolean) =>
    openPostgres({
      url,
      applicationName: `aviso ${name}`,
      size,
      statementTimeoutMs: 5000,
      keyedPlans,
      ...(onError && { onError }),
    })
  const pools = {
    intake: open('intake', 2, true),
    dispatcher: open('dispatcher', 3, true),
    webhook: open('webhook', 3, true),
    api: open('api', 4, false),
  }
  return {
    ...pools,
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.close()))
    },
  }
}

async function keepPlansKeyed(client: pg.ClientBase): Promise<void> {
  await client.query(KEYED_PLANS)
}

function queryableOf(client: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const config =
        typeof statement === 'string'
          ? { text: statement, values: [...parameters] }
          : { name: statement.name, text: statement.text, values: [...parameters] }
      const result = await client.query(config)
      return result.rows as Row[]
    },
  }
}
