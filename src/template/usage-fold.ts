import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { inSteps } from '../lib/in-steps.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { foldUsage } from './usage-store.ts'

const FOLD_MS = 5000

/** Counts, every few seconds, how often templates were used. */
export function createUsageFold(options: {
  database: Database
  businessAccountId: string
  logger: Logger
}): Worker {
  const { database, businessAccountId, logger } = options
  const sparingly = createSparingLog()
  return createLoop({
    name: 'template-usage',
    intervalMs: FOLD_MS,
    turn: (isStopping) =>
      inSteps(async () => (await foldUsage(database, businessAccountId)).more, isStopping),
    onError: (error) => {
      sparingly((left_out) => {
        logger.warn({ err: error, left_out }, 'WhatsApp template.usage_not_counted')
      })
    },
  })
}
