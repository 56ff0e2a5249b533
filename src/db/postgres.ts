import pg from 'pg'
import { coerceError } from '../lib/errors.ts'
import { ConnectionError, isOurs, isSqlError } from './database-error.ts'
import { createKysely } from './database.ts'
import type { Database, Databases, Queryable, SessionSettings, Statement } from './database.ts'
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
  /** Longest a statement may run, in ms; the server ends it then. */
  statementTimeoutMs: number
  /** Longest an answer is waited for, in ms; by default a little longer than that. */
  answerTimeoutMs?: number
  /** Its statements reach every row by a key; see KEYED_PLANS. */
  keyedPlans?: boolean
  session?: SessionSettings
  onError?: (error: Error) => void
  /** Monotonic, in ms. */
  now?: () => number
}

/**
 * The plan trap: a partitioned parent has no statistics of its own, so a batched update is planned as if
 * it met half the table, and reads all of it: the cost of a message grows with the history. These
 * settings leave the keyed plan only, the same at every size; test/db/plans.test.ts asserts it. jit would
 * compile what the forbidden plans' made-up costs suggest. (Measured: 590 to 400 µs of PostgreSQL's time
 * a message in an empty database, and a factor of three in one with a day of history.)
 */
const KEYED_PLANS: SessionSettings = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
}

/**
 * A generic plan is kept until its tables are analysed the next time, which is a minute or two. Made where a table
 * is new, it may read all of it for each row: a vacuum of an empty table (somebody's nightly one of all databases) makes
 * PostgreSQL sure that it is empty, where it else assumes ten pages. So plans are made anew while a connection is
 * young, and once a minute later, when a month may have begun: fifteen statements of three milliseconds each.
 */
const FIRST_REPLANS_MS = [1000, 4000, 15_000]
const REPLAN_EVERY_MS = 60_000

const EVERY_SESSION: SessionSettings = {
  // It compiles for a tenth of a second what runs for ten milliseconds: partitions make costs look large.
  jit: 'off',
  // What the statements are written for. Where a server's default is stricter, two processes that touch
  // one row would only make failures of each other.
  default_transaction_isolation: 'read committed',
}

/** What the server's own timeout needs to reach us; later it is the line that is dead, not the statement. */
const ANSWER_MARGIN_MS = 3000

/**
 * One pool on a PostgreSQL server. Connections are made when they are needed, and again after a cut. A
 * statement without any answer is given up a little after the server would have ended it, and its
 * connection is thrown away: a server that hangs, or a line that is half-open, says nothing.
 */
export function openPostgres(options: PostgresOptions): Database {
  const session = {
    ...EVERY_SESSION,
    ...options.session,
    ...(options.keyedPlans === true && KEYED_PLANS),
  }
  const pool = new pg.Pool({
    connectionString: withSession(options.url, session),
    application_name: options.applicationName,
    max: options.size,
    types,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: 10_000,
    query_timeout: options.answerTimeoutMs ?? options.statementTimeoutMs + ANSWER_MARGIN_MS,
    keepAlive: true,
  })
  // An idle connection that the server cuts is not an error of anybody's statement.
  pool.on('error', (error) => options.onError?.(error))
  // A server that is told to stop may say so in the very packet that completes a connection: then the pool
  // listens no more, whoever asked for it not yet, and an error that nobody hears ends the process. The
  // first statement fails instead.
  pool.on('connect', (client) => client.on('error', () => undefined))

  const isReplanDue = createReplanClock(options.now ?? (() => performance.now()))
  const connect = () =>
    pool.connect().catch((error: unknown) => {
      throw explain(error)
    })
  const acquire = async () => {
    const client = await connect()
    const held = holdClient(client)
    if (options.keyedPlans === true && isReplanDue(client)) {
      try {
        await held.connection.query('discard plans')
      } catch (error) {
        held.release()
        throw error
      }
    }
    return held
  }
  const acquireUnhurried = async () => holdClient(await connect(), NO_TIMEOUT_MS)
  const runOne = async <Row>(statement: Statement | string, parameters?: readonly unknown[]) => {
    const { connection, release } = await acquire()
    try {
      return await connection.query<Row>(statement, parameters)
    } finally {
      release()
    }
  }
  const runAll = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    const { connection, release, isDead } = await acquire()
    try {
      await connection.query('begin')
      const result = await work(connection)
      await connection.query('commit')
      return result
    } catch (error) {
      // One that has not answered will not answer this either.
      if (!isDead()) await connection.query('rollback').catch(() => undefined)
      throw error
    } finally {
      release()
    }
  }
  return {
    capabilities: { multipleProcesses: true },
    connections: () => ({
      max: options.size,
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    kysely: createKysely(acquire),
    migrations: createKysely(acquireUnhurried),
    query: <Row>(statement: Statement | string, parameters?: readonly unknown[]) =>
      retryConflicts(() => runOne<Row>(statement, parameters)),
    transaction: (work) => retryConflicts(() => runAll(work)),
    async execute(sql) {
      await pool.query(sql).catch((error: unknown) => {
        throw explain(error)
      })
    },
    close: () => pool.end(),
  }
}

/**
 * The four pools of a process: 12 connections at most in all, so that many processes fit under one
 * server's limit.
 */
export function openPostgresPools(
  url: string,
  session: SessionSettings = {},
  onError?: (error: Error) => void,
): Databases {
  const open = (name: string, size: number, keyedPlans: boolean, more: SessionSettings = {}) =>
    openPostgres({
      url,
      applicationName: `aviso ${name}`,
      size,
      statementTimeoutMs: 5000,
      keyedPlans,
      session: { ...more, ...session },
      ...(onError && { onError }),
    })
  const pools = {
    intake: open('intake', 2, true),
    dispatcher: open('dispatcher', 3, true),
    webhook: open('webhook', 3, true),
    // Statistics sort and group more than four megabytes.
    api: open('api', 4, false, { work_mem: '32MB' }),
  }
  return {
    ...pools,
    pools: () =>
      Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, pool.connections()])),
    async close() {
      await Promise.all(Object.values(pools).map((pool) => pool.close()))
    },
  }
}

/**
 * Settings go with the start of each connection, so that there is no moment and no extra round trip
 * without them. The address's own options stay, else PGOPTIONS as libpq reads it: the driver takes one
 * or the other.
 */
function withSession(url: string, session: SessionSettings): string {
  const settings = Object.entries(session).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`,
  )
  if (settings.length === 0) return url
  const address = new URL(url)
  const own = address.searchParams.get('options') ?? process.env['PGOPTIONS']
  address.searchParams.set('options', [own, ...settings].join(' ').trim())
  return address.href
}

/** Tells, of a connection that is about to be used, whether its plans are to be made anew. */
function createReplanClock(now: () => number): (client: pg.PoolClient) => boolean {
  const clients = new WeakMap<pg.PoolClient, { dueAt: number; times: number }>()
  return (client) => {
    const at = now()
    const kept = clients.get(client)
    if (kept !== undefined && at < kept.dueAt) return false
    const times = kept === undefined ? 0 : kept.times + 1
    clients.set(client, { dueAt: at + pauseAfter(times), times })
    return kept !== undefined
  }
}

function pauseAfter(times: number): number {
  return FIRST_REPLANS_MS[times] ?? REPLAN_EVERY_MS
}

/** The timer's longest, 24 days: to pg, 0 means the pool's own timeout. */
const NO_TIMEOUT_MS = 2 ** 31 - 1

/**
 * A connection of the pool. `release` throws it away where it has failed to answer; one that only
 * refused a statement stays.
 */
function holdClient(client: pg.PoolClient, timeoutMs?: number) {
  const inner = queryableOf(client, timeoutMs)
  let broken: Error | undefined
  // Between two statements nobody else would hear of a cut, and an unheard error ends the process.
  const onError = (error: Error): void => {
    broken = error
  }
  client.on('error', onError)
  const connection: Queryable = {
    async query<Row>(statement: Statement | string, parameters?: readonly unknown[]) {
      try {
        return await inner.query<Row>(statement, parameters)
      } catch (error) {
        if (!isSqlError(error)) broken = coerceError(error)
        throw explain(error)
      }
    },
  }
  return {
    connection,
    isDead: () => broken !== undefined,
    release() {
      client.off('error', onError)
      client.release(broken)
    },
  }
}

/** What is neither the server's word nor a fault of ours was the connection's. */
function explain(error: unknown): Error {
  const cause = coerceError(error)
  return isSqlError(cause) || isOurs(cause) ? cause : new ConnectionError(cause)
}

function queryableOf(client: pg.PoolClient, timeoutMs?: number): Queryable {
  return {
    async query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const { text, name } =
        typeof statement === 'string' ? { text: statement, name: undefined } : statement
      const result = await client.query({
        text,
        values: [...parameters],
        ...(name !== undefined && { name }),
        ...(timeoutMs !== undefined && { query_timeout: timeoutMs }),
      })
      return result.rows as Row[]
    },
  }
}
