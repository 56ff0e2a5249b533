import { setTimeout } from 'node:timers/promises'
import type { Queryable } from '../db/database.ts'
import { findAccount } from './account-store.ts'
import type { SyncOutcome } from './sync-templates.ts'

export type DemandOutcome =
  | Exclude<SyncOutcome, { kind: 'not_begun' }>
  /** Meta counts management calls by the hour (reference, section 6): they are kept for the schedule. */
  | { kind: 'too_often'; retryAfterSeconds: number }
  /** Another process reads, and takes long. */
  | { kind: 'busy' }

/** So many at once, and then one each two minutes: with the scheduled ones half of the smallest quota. */
const BURST = 10
const REFILL_MS = 120_000
/** Failures wait a minute at most, unless Meta has said that it was asked too often. */
const QUOTA_WAIT_MS = 60_000
const BUSY_MS = 20_000
const LOOK_MS = 200

/**
 * Reads Meta's list because somebody asks for it. Who asks while a read runs here gets its result.
 *
 * @param options.sync reads now, due or not
 * @param options.now in ms, of any beginning
 */
export function createSyncOnDemand(options: {
  database: Queryable
  businessAccountId: string
  sync: () => Promise<SyncOutcome>
  now: () => number
}): () => Promise<DemandOutcome> {
  const { database, businessAccountId, sync, now } = options
  let running: Promise<DemandOutcome> | undefined
  let left = BURST
  let countedAt = now()

  const read = async (): Promise<DemandOutcome> => {
    const account = await findAccount(database, businessAccountId)
    const waitMs = (account?.next_sync_at.getTime() ?? 0) - Date.now()
    if (account !== undefined && account.failures > 0 && waitMs > QUOTA_WAIT_MS) {
      return { kind: 'too_often', retryAfterSeconds: waitMs / 1000 }
    }
    left = Math.min(BURST, left + (now() - countedAt) / REFILL_MS)
    countedAt = now()
    if (left < 1) return { kind: 'too_often', retryAfterSeconds: ((1 - left) * REFILL_MS) / 1000 }
    left -= 1
    const until = now() + BUSY_MS
    for (;;) {
      const outcome = await sync()
      if (outcome.kind !== 'not_begun') return outcome
      if (now() >= until) return { kind: 'busy' }
      await setTimeout(LOOK_MS)
    }
  }

  return () =>
    (running ??= read().finally(() => {
      running = undefined
    }))
}
