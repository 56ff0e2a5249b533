import { failed, ok, warning } from './check.ts'
import type { Finding } from './check.ts'

/** What a database says of itself and of the role that we are to it. */
export interface DatabaseFacts {
  role: string
  /** Neither a standby nor told to read only. */
  takesWrites: boolean
  synchronousCommit: string
  fsync: string
  fullPageWrites: string
  /** Our tables and their partitions that are there. */
  tables: number
  /** Those of them that the role may not read and write in every way. */
  refused: readonly string[]
  /** The role may do with all of them what their owner may. */
  ownsTables: boolean
  /** The role may make tables where ours are. */
  mayMakeTables: boolean
  /** Between this machine's clock and the database's, in ms. */
  skewMs: number
}

const MAX_SKEW_MS = 60_000
/** A list that is longer says no more. */
const SHOWN = 3

/**
 * Whether a database keeps what we write, and lets us write. The gravest first.
 *
 * @param isEmbedded the one within this process, which waits for no disk, and is for a try
 */
export function judgeDatabase(facts: DatabaseFacts, isEmbedded: boolean): Finding {
  return (
    judgeRights(facts) ??
    judgeDurability(facts, isEmbedded) ??
    judgeOwnership(facts) ??
    judgeClock(facts) ??
    ok('answers, writes, and its commits are durable')
  )
}

function judgeRights({
  role,
  takesWrites,
  tables,
  refused,
  mayMakeTables,
}: DatabaseFacts): Finding | undefined {
  if (!takesWrites) {
    return failed('the database only reads', 'Point DATABASE_URL at the primary.', 'database')
  }
  if (refused.length > 0) {
    const shown = refused.slice(0, SHOWN).join(', ')
    const more = refused.length > SHOWN ? ` and ${String(refused.length - SHOWN)} more` : ''
    const detail = `the role ${role} may not read and write ${shown}${more}`
    return failed(
      detail,
      'Name the role that owns the tables in DATABASE_URL, or make this one their owner.',
      'database',
    )
  }
  if (tables === 0 && !mayMakeTables) {
    return failed(
      `the role ${role} may not make tables in the database`,
      'Name a role that owns the database in DATABASE_URL, or make this one its owner.',
      'database',
    )
  }
  return undefined
}

function judgeDurability(
  { synchronousCommit, fsync, fullPageWrites }: DatabaseFacts,
  isEmbedded: boolean,
): Finding | undefined {
  if (synchronousCommit === 'off') {
    const remedy = 'Set synchronous_commit = on: what was answered may be lost with the server.'
    return failed('the database answers before a commit is durable', remedy, 'database')
  }
  if (isEmbedded) {
    const remedy = 'Set DATABASE_URL to a PostgreSQL: the embedded database serves one process.'
    return warning('the embedded database is in use', remedy, 'database')
  }
  if (fsync === 'off') {
    const remedy = 'Set fsync = on: what was answered may be lost with the machine, or all of it.'
    return failed('the database does not wait for its disk: fsync is off', remedy, 'database')
  }
  if (fullPageWrites === 'off') {
    const remedy =
      'Set full_page_writes = on, unless the file system never writes the half of a page.'
    const detail = 'full_page_writes is off: a crash of the machine may spoil the database'
    return warning(detail, remedy, 'database')
  }
  return undefined
}

/** Who only writes works until the partitions that are made ahead are used up. */
function judgeOwnership({
  role,
  tables,
  ownsTables,
  mayMakeTables,
}: DatabaseFacts): Finding | undefined {
  if (tables === 0 || (ownsTables && mayMakeTables)) return undefined
  return warning(
    `the role ${role} cannot make the partitions of the coming months, nor let go of old ones`,
    'Make it the owner of the tables, and let it make tables in their schema.',
    'database',
  )
}

function judgeClock({ skewMs }: DatabaseFacts): Finding | undefined {
  if (skewMs <= MAX_SKEW_MS) return undefined
  const seconds = String(Math.round(skewMs / 1000))
  const detail = `this machine's clock and the database's differ by ${seconds} s`
  return warning(detail, 'Set both by NTP.', 'database')
}
