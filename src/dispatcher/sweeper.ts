import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { forgetOldNotes } from '../message/change-note-store.ts'
import { forgetOldPaces } from '../message/pace-store.ts'
import { sweepDue } from '../message/sweep-store.ts'
import type { GateKeeper } from './gate-keeper.ts'
import { liftHeld } from './lift-settings.ts'
import type { HoldingSettings } from './lift-settings.ts'
import type { TemplateKeeper } from './template-keeper.ts'

const LIFT_EVERY_MS = 60_000

/** Ends leases, closes doubt windows, expires, and looks at the gates, every few seconds. */
export function createSweeper(options: {
  database: Database
  gateKeeper: GateKeeper
  templateKeeper: Pick<TemplateKeeper, 'refresh'>
  logger: Logger
  intervalSeconds: number
  doubtWindowSeconds: number
  policy: 'hold' | 'resend'
  settings: HoldingSettings
  /** Messages may have become due. */
  onBatch: () => void
}): Worker & { wake(): void } {
  const { database, logger, settings } = options
  let liftAt = performance.now() + LIFT_EVERY_MS
  const sparingly = createSparingLog()
  return createLoop({
    name: 'sweeper',
    intervalMs: options.intervalSeconds * 1000,
    turn: async () => {
      const result = await sweepDue(database, options.doubtWindowSeconds, options.policy)
      if (performance.now() >= liftAt) {
        await liftHeld(database, settings, logger)
        liftAt = performance.now() + LIFT_EVERY_MS
      }
      await options.gateKeeper.refresh()
      await options.templateKeeper.refresh()
      await forgetOldPaces(database)
      await forgetOldNotes(database)
      const { requeued, doubtful, unconfirmed, resent, expired } = result
      const moved = requeued + doubtful + unconfirmed + resent + expired
      if (moved > 0) logger.warn(result, 'WhatsApp sweep.moved')
      options.onBatch()
    },
    onError: (error) => {
      sparingly((left_out) => {
        logger.error({ err: error, left_out }, 'WhatsApp sweep.failed')
      })
    },
  })
}
