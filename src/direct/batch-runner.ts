import type { Database, Queryable } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { insertChangeNote } from '../message/change-note-store.ts'
import * as store from './batch-store.ts'
import type { BatchRow } from './batch-store.ts'
import { decideBatch, windowOf } from './decide-batch.ts'

export interface BatchRunner extends Worker {
  /** A batch has begun or was resumed. */
  wake(): void
}

const INTERVAL_MS = 200
/** Counting, and looking for what waits again, walk over the whole batch. */
const COUNT_EVERY_MS = 1000
const STOPPED = {
  code: 'batch_stopped',
  message: 'The batch was stopped before this message was sent: too many of its messages failed.',
}

/**
 * Lets the messages of running batches become due, a few at a time: within the batch's own rate, and never
 * many at once, so that a pause is quick and an order finds few of them before it.
 */
export function createBatchRunner(options: {
  database: Database
  logger: Logger
  /** Sends per second of the business number; 0 = no limit. */
  numberRate: number
  now: () => number
  /** Messages have become due. */
  onBatch: () => void
}): BatchRunner {
  const { database, logger, numberRate, now } = options
  const counted = new Map<string, number>()

  const step = async (
    tx: Queryable,
    found: BatchRow & { idle_seconds: number },
  ): Promise<boolean> => {
    const { id, stop_when_failed_share: stopShare, rate_per_second: ratePerSecond } = found
    const isEarly = stopShare !== null && found.fed <= 200
    const isDue = isEarly || now() - (counted.get(id) ?? -Infinity) >= COUNT_EVERY_MS
    if (isDue) counted.set(id, now())
    const batch = isDue ? { ...found, ...(await store.rewindBatch(tx, found)) } : found
    const open = await store.countOpen(tx, batch, 2 * windowOf(ratePerSecond, numberRate))
    const decision = decideBatch({
      total: batch.total,
      fed: batch.fed,
      open,
      idleSeconds: batch.idle_seconds,
      ratePerSecond,
      numberRate,
      stopShare,
      counts: isDue ? await store.countStates(tx, id) : null,
    })
    if (decision.kind === 'feed') {
      return decision.count > 0 && (await store.feedBatch(tx, batch, decision.count)) > 0
    }
    await store.setState(tx, id, ['running'], decision.kind === 'stop' ? 'stopped' : 'done')
    counted.delete(id)
    const canceled = decision.kind === 'stop' ? await cancelAll(tx, id, STOPPED) : 0
    const line = { batch_id: id, canceled }
    if (decision.kind === 'stop') logger.error(line, 'WhatsApp batch.stopped')
    else logger.info(line, 'WhatsApp batch.done')
    return false
  }

  return createLoop({
    name: 'batches',
    intervalMs: INTERVAL_MS,
    turn: async () => {
      const fed = await database.transaction(async (tx) => {
        let some = false
        for (const batch of await store.lockRunning(tx)) some = (await step(tx, batch)) || some
        return some
      })
      if (fed) options.onBatch()
    },
    onError: (error) => {
      logger.warn({ err: error }, 'WhatsApp batch.turn_failed')
    },
  })
}

/** Noted for the live stream as the last of all. @returns how many were canceled */
export async function cancelAll(
  tx: Queryable,
  id: string,
  error: { code: string; message: string },
): Promise<number> {
  const canceled: string[] = []
  for (;;) {
    const some = await store.cancelRest(tx, id, error)
    if (some.length === 0) break
    canceled.push(...some)
  }
  await insertChangeNote(tx, canceled)
  return canceled.length
}
