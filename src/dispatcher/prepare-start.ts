import type { Database } from '../db/database.ts'
import { releaseHeld } from '../message/gate-store.ts'

/**
 * What a start with changed settings owes to the messages that wait: those held by a setting that no
 * longer holds are queued, and closed gates are tried at once, since the token may be a new one.
 */
export async function prepareStart(
  database: Database,
  settings: { phoneNumberId: string; enabled: boolean; onlyTo: readonly string[] | null },
): Promise<void> {
  if (!settings.enabled) return
  await releaseHeld(database, 'notifications_disabled', settings.onlyTo)
  await releaseHeld(database, 'not_in_allow_list', settings.onlyTo)
  await database.query(
    `update send_gates set probe_at = clock_timestamp()
     where probe_at is not null and (scope = 'template' or key = $1) returning key`,
    [settings.phoneNumberId],
  )
}
