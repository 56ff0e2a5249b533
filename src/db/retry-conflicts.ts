import { setTimeout as sleep } from 'node:timers/promises'
import { isConflictOfTransactions } from './database-error.ts'

const MAX_RETRIES = 3
const MIN_MS = 10
const MAX_MS = 100

/**
 * Runs work whose transaction the server may end for the sake of another one (serialization failure
 * 40001, deadlock 40P01): nothing of it was written, so it is run again, at most three times, after 10
 * to 100 ms at random, so that the two do not meet again. Two batches that lock the same rows in
 * another order are no fault of whoever sent them: Meta would get a 503 for a webhook without fault.
 *
 * @param work one statement by itself, or one transaction from begin to commit
 */
export async function retryConflicts<T>(
  work: () => Promise<T>,
  random: () => number = Math.random,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work()
    } catch (error) {
      if (retries >= MAX_RETRIES || !isConflictOfTransactions(error)) throw error
      await sleep(MIN_MS + random() * (MAX_MS - MIN_MS))
    }
  }
}
