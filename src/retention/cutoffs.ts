/** Before which moment what is kept no longer. */

import { startOf } from '../db/partitions.ts'

export interface RetentionRules {
  /** Of messages and what belongs to them. */
  retentionDays: number
  /** Of statuses whose message is unknown. */
  orphanDays: number
}

/** Bytes as they came: raw webhooks and rejected events. */
export const RAW_DAYS = 30
/** The interface promises that a repeated event is known for so long, whatever becomes of its message. */
export const KEY_DAYS = 400
/** Meta tries to deliver for so long, and tells of it. */
export const STATUS_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000

export interface Cutoffs {
  /** Whole months: the first moment of the oldest that stays. */
  messages: Date
  raw: Date
  orphans: Date
  /** Whole days, so that a short table is looked through once a day. */
  keys: Date
}

export function cutoffsAt(now: Date, { retentionDays, orphanDays }: RetentionRules): Cutoffs {
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS)
  const keys = daysAgo(KEY_DAYS).getTime()
  return {
    messages: startOf('month', daysAgo(retentionDays)),
    raw: daysAgo(RAW_DAYS),
    orphans: daysAgo(orphanDays),
    keys: new Date(keys - (keys % DAY_MS)),
  }
}

export function earlier(a: Date, b: Date): Date {
  return a < b ? a : b
}
