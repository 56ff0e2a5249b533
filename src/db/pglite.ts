import path from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { createKysely } from './database.ts'
import type { Database, Databases, Queryable, SessionSettings, Statement } from './database.ts'
import { lockDirectory, makeDirectory } from './directory-lock.ts'
import { retryConflicts } from './retry-conflicts.ts'

const asText = (value: string) => value
/** The same types stay text as with `openPostgres`: int8, numeric, date. */
const parsers = { 20: asText, 1700: asText, 1082: asText }

/**
 * Opens the embedded database in `dataDir` and locks the directory against a second process: PGlite
 * itself takes no lock, and the writes of a second opener are silently lost.
 *
 * @throws AppError `configuration` when the directory is not writable or another process holds it
 */
export async function openPglite(
  dataDir: string,
  session: SessionSettings = {},
): Promise<Database> {
  const directory = path.resolve(dataDir)
  const lock = lockDirectory(directory)
  try {
    makeDirectory(directory)
    const engine = await createEngine(path.join(directory, 'pgdata'))
    for (const [name, value] of Object.entries(session)) {
      await engine.query('select set_config($1, $2, false)', [name, value])
    }
    return createPgliteDatabase(engine, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/** An empty one that leaves nothing behind. */
export async function openPgliteInMemory(): Promise<Database> {
  return createPgliteDatabase(await createEngine('memory://'))
}

async function createEngine(dataDir: string): Promise<PGlite> {
  // Loaded here and not above: 330 MB that a service on PostgreSQL never needs.
  const { PGlite } = await import('@electric-sql/pglite')
  return PGlite.create({ dataDir, parsers })
}

/**
 * A Database over an open PGlite: one connection and a mutex around it, so a transaction is alone.
 *
 * @param released called once the engine is closed
 */
export function createPgliteDatabase(engine: PGlite, released: () => void = () => {}): Database {
  const mutex = createMutex()
  const connection: Queryable = {
    async query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const text = typeof statement === 'string' ? statement : statement.text
      if (parameters.length === 0 && typeof statement === 'string') {
        const results = await engine.exec(text, { parsers })
        return (results.at(-1)?.rows ?? []) as Row[]
      }
      const result = await engine.query<Row>(text, [...parameters], { parsers })
      return result.rows
    },
  }
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    const release = await mutex.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }
  const once = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    try {
      await engine.exec('begin')
      const result = await work(connection)
      await engine.exec('commit')
      return result
    } catch (error) {
      await engine.exec('rollback').catch(() => undefined)
      throw error
    }
  }
  let closing: Promise<void> | undefined
  const kysely = createKysely(async () => ({ connection, release: await mutex.acquire() }))
  return {
    capabilities: { multipleProcesses: false },
    connections: () => {
      const busy = Math.min(1, mutex.size)
      return { max: 1, busy, idle: 1 - busy, waiting: mutex.size - busy }
    },
    kysely,
    migrations: kysely,
    query: <Row>(statement: Statement | string, parameters?: readonly unknown[]) =>
      retryConflicts(() => alone(() => connection.query<Row>(statement, parameters))),
    transaction: (work) => retryConflicts(() => alone(() => once(work))),
    execute: (sql) =>
      alone(async () => {
        await engine.exec(sql)
      }),
    close() {
      closing ??= (async () => {
        await mutex.acquire()
        await engine.close()
        released()
      })()
      return closing
    },
  }
}

/** The embedded database has one connection: every kind of work shares it. */
export function shareDatabase(database: Database): Databases {
  return {
    intake: database,
    dispatcher: database,
    webhook: database,
    api: database,
    pools: () => ({ all: database.connections() }),
    close: () => database.close(),
  }
}

interface Mutex {
  /** Resolves with the function that gives the lock back; first come, first served. */
  acquire(): Promise<() => void>
  /** Who holds it and who waits. */
  readonly size: number
}

function createMutex(): Mutex {
  let tail: Promise<void> = Promise.resolve()
  let size = 0
  return {
    get size() {
      return size
    },
    async acquire() {
      const before = tail
      size += 1
      let release: () => void = () => {}
      tail = new Promise((resolve) => {
        release = () => {
          size -= 1
          resolve()
        }
      })
      await before
      return release
    },
  }
}
