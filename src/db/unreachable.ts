import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, coerceError } from '../lib/errors.ts'
import { isDatabaseAway, isSqlError } from './database-error.ts'

/** Wrong password, unknown user or database: waiting does not help. */
const WRONG_ADDRESS = new Set(['28P01', '28000', '3D000'])
/** Of the database itself, of a schema or of a table: it has answered, and waiting does not help either. */
const NO_RIGHT = '42501'
/** What pg and TLS say of an address that will not get better by itself. */
const WRONG_WORDS = /does not support SSL|password must be a string|certificate|altnames/i

/**
 * What an attempt to work with the database came to, as one of our errors: `configuration` where only
 * a changed address or right helps, `unavailable` where waiting may, anything else as it was.
 */
export function explainUnreachable(error: unknown): Error {
  if (error instanceof AppError) return error
  const cause = coerceError(error)
  const reason = cause.message || ('code' in cause ? String(cause.code) : 'no answer')
  if (isSqlError(cause) && cause.code === NO_RIGHT) {
    return new AppError(
      'configuration',
      `the database answers, and refuses the role in DATABASE_URL: ${reason}. ` +
        'Name the role that owns the database and its tables there, or make this one their owner.',
      { cause },
    )
  }
  const isWrong = isSqlError(cause) ? WRONG_ADDRESS.has(cause.code) : WRONG_WORDS.test(reason)
  if (!isWrong && !isDatabaseAway(cause)) return cause
  return new AppError(
    isWrong ? 'configuration' : 'unavailable',
    `the database cannot be reached: ${reason}. Check that it runs and that DATABASE_URL is right.`,
    { cause },
  )
}

export interface WaitOptions {
  /** How long a database that is away is waited for, in ms; 0 = not at all. */
  waitMs: number
  /** Called once, when the first attempt has failed and another will be made. */
  onAway: (detail: string) => void
  /** Ends the waiting; its reason is thrown. */
  signal: AbortSignal
}

const PAUSE_MS = { low: 100, high: 1000 }

/**
 * Does the first work with the database, and does it again while the database is away.
 *
 * @param work may be run again after it has failed half-way
 * @throws AppError `unavailable` once the time is over, `configuration` at once
 */
export async function waitForDatabase<T>(
  work: () => Promise<T>,
  { waitMs, onAway, signal }: WaitOptions,
): Promise<T> {
  const giveUpAt = performance.now() + waitMs
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const failure = explainUnreachable(error)
      const isAway = failure instanceof AppError && failure.code === 'unavailable'
      if (!isAway || performance.now() >= giveUpAt) throw failure
      if (tries === 0) onAway(failure.message)
    }
    await sleep(Math.min(PAUSE_MS.high, PAUSE_MS.low * 2 ** Math.min(tries, 10)), undefined, {
      signal,
    })
  }
}
