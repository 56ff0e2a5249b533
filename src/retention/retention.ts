import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { inSteps } from '../lib/in-steps.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { deleteBatch, DELETIONS, findOldestMessage, readClock } from './deletion-store.ts'
import { dropOldPartitions } from './drop-partitions.ts'
import type { DropReport } from './drop-partitions.ts'
import { cutoffsAt } from './cutoffs.ts'
import type { RetentionRules } from './cutoffs.ts'
import { walkTables } from './walk-tables.ts'

/** A lock that could not be had is tried for again; what is due is due once a month. */
const TURN_MS = 10 * 60 * 1000
/** Why a month stays is said so often. */
const SAY_EVERY_MS = 24 * 60 * 60 * 1000

export interface RetentionReport extends DropReport {
  /** Rows that were deleted one by one, by table. */
  deleted: Record<string, number>
}

/**
 * Lets go of what is older than it has to be kept: months and weeks of rows are dropped, the rest is
 * deleted in small batches. One process does it at a time; one that dies leaves nothing half done.
 */
export function createRetention(
  options: RetentionRules & { database: Database; logger: Logger },
): Worker {
  const { logger } = options
  const sayings = new Map<string, ReturnType<typeof createSparingLog>>()
  const saySparingly = (key: string) => {
    const saying = sayings.get(key) ?? createSparingLog(SAY_EVERY_MS)
    sayings.set(key, saying)
    return saying
  }
  return createLoop({
    name: 'retention',
    intervalMs: TURN_MS,
    turn: async (isStopping) => {
      const report = await applyRetention({ ...options, isStopping })
      const { dropped, deleted } = report
      if (dropped.length + Object.keys(deleted).length > 0) {
        logger.info({ partitions: dropped, rows: deleted }, 'WhatsApp retention.dropped')
      }
      for (const waiting of report.waiting) {
        saySparingly(`${waiting.partition} ${waiting.reason}`)(() => {
          logger.info(waiting, 'WhatsApp retention.waits')
        })
      }
    },
    onError: (error) => {
      logger.warn({ err: error }, 'WhatsApp retention.failed')
    },
  })
}

/** One turn: partitions, then what is deleted by index, then a part of the long tables. */
export async function applyRetention(
  options: RetentionRules & { database: Database; isStopping?: () => boolean },
): Promise<RetentionReport> {
  const { database, isStopping = () => false } = options
  const cutoffs = cutoffsAt(await readClock(database), options)
  const report: RetentionReport = { ...(await dropOldPartitions(database, cutoffs)), deleted: {} }
  const oldestMessage = await findOldestMessage(database, cutoffs)

  const run = (
    table: string,
    work: () => Promise<{ deleted: number; more: boolean } | undefined>,
  ): Promise<void> =>
    inSteps(async () => {
      if (report.busy || isStopping()) return false
      const result = await work()
      if (result === undefined) report.busy = true
      if (result === undefined) return false
      if (result.deleted > 0) {
        report.deleted[table] = (report.deleted[table] ?? 0) + result.deleted
      }
      return result.more
    }, isStopping)
  for (const deletion of DELETIONS) {
    const work = () => deleteBatch(database, deletion, cutoffs, oldestMessage)
    await run(deletion.table, work)
  }
  await walkTables(database, { cutoffs, oldestMessage, turnMs: TURN_MS, run })
  return report
}
