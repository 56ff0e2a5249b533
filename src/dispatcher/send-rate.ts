import type { Database } from '../db/database.ts'
import {
  giveBackSends,
  halveRate,
  pausedMs,
  pauseNumber,
  takeSends,
} from '../message/pace-store.ts'

/** How many sends of one number may start now; the same for all processes, by the database. */
export interface SendRate {
  /** Takes up to `wanted`; 0 comes with how long to wait. */
  take(wanted: number): Promise<{ granted: number; waitMs: number }>
  giveBack(unused: number): Promise<void>
  /**
   * Meta said it was too much (130429): half the rate, growing back by a tenth a second. What was under
   * way together is one fault: a call that began before the last halving halves nothing.
   *
   * @param callMs how long ago the refused call began
   */
  halve(callMs: number): Promise<void>
  pause(ms: number): Promise<void>
}

/** How often a number without a limit asks whether another process has paused it. */
const ASK_MS = 1000

/**
 * @param ratePerSecond 0 = no limit: only pauses count, and the database is asked once a second
 */
export function createSendRate(options: {
  database: Database
  phoneNumberId: string
  ratePerSecond: number
  now: () => number
}): SendRate {
  const { database, phoneNumberId, ratePerSecond, now } = options
  let pausedUntil = 0
  let askedAt = Number.NEGATIVE_INFINITY

  const takeUnlimited = async (wanted: number) => {
    if (now() - askedAt > ASK_MS) {
      askedAt = now()
      pausedUntil = Math.max(pausedUntil, now() + (await pausedMs(database, phoneNumberId)))
    }
    const waitMs = Math.max(0, pausedUntil - now())
    return { granted: waitMs > 0 ? 0 : wanted, waitMs }
  }

  return {
    take: (wanted) =>
      ratePerSecond === 0
        ? takeUnlimited(wanted)
        : takeSends(database, phoneNumberId, ratePerSecond, wanted),
    async giveBack(unused) {
      if (ratePerSecond === 0 || unused === 0) return
      await giveBackSends(database, phoneNumberId, ratePerSecond, unused)
    },
    halve: (callMs) => halveRate(database, phoneNumberId, callMs),
    async pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms)
      await pauseNumber(database, phoneNumberId, ms)
    },
  }
}
