import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { liftSettings } from '../message/backlog-store.ts'

/** The settings that hold messages before anybody asks Meta. */
export interface HoldingSettings {
  enabled: boolean
  /** Null: everybody. */
  onlyTo: readonly string[] | null
  /** What was switched off for longer than this waits for a person. */
  backlogMinutes: number
}

/**
 * Queues what was held by settings that no longer hold it. Besides at the start it is done now and then:
 * while the processes of one service are restarted one after another, a former one still holds.
 */
export async function liftHeld(
  database: Database,
  settings: HoldingSettings,
  logger: Logger,
): Promise<void> {
  if (!settings.enabled) return
  const sum = { released: 0, kept: 0 }
  for (let more = true; more;) {
    const done = await liftSettings(database, settings.onlyTo, settings.backlogMinutes)
    sum.released += done.released
    sum.kept += done.kept
    more = done.more
  }
  if (sum.released > 0) logger.info({ released: sum.released }, 'WhatsApp hold.lifted')
  if (sum.kept > 0) {
    const remedy = 'aviso messages release'
    logger.warn({ messages: sum.kept, remedy }, 'WhatsApp backlog.waits_for_release')
  }
}
