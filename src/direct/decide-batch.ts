/** What a batch does next. Pure. */

import type { StateCounts } from './batch-store.ts'

export interface BatchSituation {
  total: number
  /** Let go so far. */
  fed: number
  /** Let go and not with Meta yet, of the newest. */
  open: number
  /** Since messages were let go last, or since the batch began. */
  idleSeconds: number
  /** Of the batch itself; null = none. */
  ratePerSecond: number | null
  /** Of the business number; 0 = none. */
  numberRate: number
  stopShare: number | null
  /** Null: not counted this time. */
  counts: StateCounts | null
}

export type BatchDecision = { kind: 'feed'; count: number } | { kind: 'stop' } | { kind: 'done' }

/** Let go at once and not sent yet: what is paused or stopped late at most. */
const LEAST_WINDOW = 50
const MOST_WINDOW = 1000
/** Some messages' outcomes say nothing about the rest. */
const SAMPLE = 20
/** A batch that may be stopped sends so many first, and waits for what becomes of them. */
const FIRST = 100
const PATIENCE_SECONDS = 10
/** After that nobody waits for the webhook of an accepted message to end the batch. */
const LAST_WEBHOOK_SECONDS = 60

export function windowOf(ratePerSecond: number | null, numberRate: number): number {
  const rates = [ratePerSecond ?? Infinity, numberRate === 0 ? Infinity : numberRate]
  const twoSeconds = Math.ceil(2 * Math.min(...rates))
  return Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, twoSeconds))
}

export function decideBatch(batch: BatchSituation): BatchDecision {
  const { counts, total, fed, stopShare } = batch
  if (counts !== null) {
    if (stopShare !== null && isOverShare(counts, stopShare, total)) return { kind: 'stop' }
    if (fed >= total && isOver(counts, stopShare, batch.idleSeconds)) return { kind: 'done' }
  }
  if (fed >= total || waitsForFirst(batch)) return { kind: 'feed', count: 0 }
  const room = windowOf(batch.ratePerSecond, batch.numberRate) - batch.open
  const allowed =
    batch.ratePerSecond === null ? room : Math.floor(batch.ratePerSecond * batch.idleSeconds + 1e-6)
  const first = stopShare === null ? Infinity : Math.max(0, FIRST - fed)
  const most = first === 0 ? Infinity : first
  return { kind: 'feed', count: Math.max(0, Math.min(room, allowed, most, total - fed)) }
}

const of = (counts: StateCounts, ...states: (keyof StateCounts)[]): number =>
  states.reduce((sum, state) => sum + (counts[state] ?? 0), 0)

/** Of those whose outcome Meta has said; what was canceled or expired is no failure of the batch. */
function isOverShare(counts: StateCounts, share: number, total: number): boolean {
  const failed = of(counts, 'failed')
  const known = failed + of(counts, 'sent', 'delivered', 'read')
  return known >= Math.min(SAMPLE, total) && failed / known > share
}

/** Nothing is left that sends itself; what is unconfirmed is a person's. */
function isOver(counts: StateCounts, share: number | null, idleSeconds: number): boolean {
  if (of(counts, 'queued', 'held', 'claimed', 'sending', 'in_doubt') > 0) return false
  return share === null || of(counts, 'accepted') === 0 || idleSeconds > LAST_WEBHOOK_SECONDS
}

function waitsForFirst({ stopShare, fed, counts, idleSeconds }: BatchSituation): boolean {
  if (stopShare === null || fed < FIRST || counts === null || idleSeconds > PATIENCE_SECONDS) {
    return false
  }
  return of(counts, 'sent', 'delivered', 'read', 'failed') < SAMPLE
}
