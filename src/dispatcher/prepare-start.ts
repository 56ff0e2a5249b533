import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { liftHeld } from './lift-settings.ts'
import type { HoldingSettings } from './lift-settings.ts'

/**
 * What a start with changed settings owes to the messages that wait: those held by a setting that no
 * longer holds are queued, and closed gates are tried at once, since the token may be a new one.
 */
export async function prepareStart(
  database: Database,
  settings: HoldingSettings & { phoneNumberId: string },
  logger: Logger,
): Promise<void> {
  if (!settings.enabled) return
  await liftHeld(database, settings, logger)
  await database.query(
    `update send_gates set probe_at = clock_timestamp()
     where probe_at is not null and (scope = 'template' or key = $1) returning key`,
    [settings.phoneNumberId],
  )
}
