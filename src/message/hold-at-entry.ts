import type { HoldReason } from './message.ts'

/** What the service's settings say about every message that is written. */
export interface EntrySettings {
  /** False: recorded, and held as `notifications_disabled`. */
  notificationsEnabled: boolean
  /** E.164; null: everybody. */
  onlyTo: readonly string[] | null
}

/** Why a message is held from its beginning; null = it is not. @param phone null: known by user id alone */
export function holdAtEntry(phone: string | null, settings: EntrySettings): HoldReason | null {
  if (!settings.notificationsEnabled) return 'notifications_disabled'
  const isAllowed = settings.onlyTo === null || (phone !== null && settings.onlyTo.includes(phone))
  return isAllowed ? null : 'not_in_allow_list'
}
