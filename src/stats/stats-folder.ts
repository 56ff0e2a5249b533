import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { inSteps } from '../lib/in-steps.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { compact, fold } from './fold-store.ts'

const INTERVAL_MS = 30_000
const MINUTE_MS = 60_000
const FIRST_STEP_MS = 60 * MINUTE_MS
const LONGEST_STEP_MS = 16 * 24 * 60 * MINUTE_MS
/** Messages that a step is meant to have: 0.2 s of a core. Where one connection serves everybody, fewer. */
const STEP_MESSAGES = 5000
const STEP_MESSAGES_ALONE = 1000

/**
 * Folds settled messages into the sums of the statistics, by whichever process comes first. Answers are
 * right without it, and slower.
 */
export function createStatsFolder(options: { database: Database; logger: Logger }): Worker {
  const { database, logger } = options
  const wanted = database.capabilities.multipleProcesses ? STEP_MESSAGES : STEP_MESSAGES_ALONE
  const sparingly = createSparingLog()
  let step = FIRST_STEP_MS

  const turn = async (isStopping: () => boolean): Promise<void> => {
    let messages = 0
    let changes = 0
    const another = { isAtIt: false }
    await inSteps(async () => {
      const report = await fold(database, step)
      another.isAtIt = report === undefined
      if (report === undefined) return false
      step = nextStep(step, report.messages, wanted)
      messages += report.messages
      changes += report.changes
      return report.more
    }, isStopping)
    if (another.isAtIt) return
    const places = isStopping() ? 0 : await compact(database, isStopping)
    if (messages + changes > 0) logger.debug({ messages, changes, places }, 'WhatsApp stats.folded')
  }
  return createLoop({
    name: 'stats',
    intervalMs: INTERVAL_MS,
    turn,
    onError: (error) => {
      // A step that was too long for the database is tried again shorter.
      step = Math.max(MINUTE_MS, step / 4)
      sparingly((left_out) => {
        logger.warn({ err: error, left_out }, 'WhatsApp stats.fold_failed')
      })
    },
  })
}

/** Longer or shorter, so that the next step has about as many messages as are wanted. */
export function nextStep(step: number, messages: number, wanted: number): number {
  const factor = messages === 0 ? 8 : Math.min(8, Math.max(1 / 8, wanted / messages))
  return Math.min(LONGEST_STEP_MS, Math.max(MINUTE_MS, Math.round(step * factor)))
}
