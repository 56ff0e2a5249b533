/** One line of the before-going-live checklist. */
export interface Check {
  /** Stable; scripts may look for it. */
  name: CheckName
  result: 'ok' | 'warning' | 'failed' | 'skipped'
  /** What was found. */
  detail: string
  /** What to do; null where nothing is to be done. */
  remedy: string | null
  /** Where the set-up guide helps; null where nothing is to be done. */
  guide: string | null
}

/** In the order in which they are told, which is the order in which they are mended. */
export const CHECK_NAMES = [
  'environment',
  'migrations',
  'database',
  'broker',
  'business_account',
  'token',
  'app_secret',
  'phone_number',
  'templates',
  'webhook_address',
  'webhook_signature',
  'webhook_subscription',
  'webhook_received',
  'test_message',
  'supplier_phones',
  'metrics',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]

export interface DoctorReport {
  /** Nothing failed. */
  ok: boolean
  checks: Check[]
}

/** What a check found, before it has its name. */
export type Finding = Omit<Check, 'name'>

const GUIDE = 'docs/setup-guide.md'

export function ok(detail: string): Finding {
  return { result: 'ok', detail, remedy: null, guide: null }
}

/** @param section of the set-up guide, as in its heading's anchor */
export function warning(detail: string, remedy: string, section: string): Finding {
  return { result: 'warning', detail, remedy, guide: `${GUIDE}#${section}` }
}

export function failed(detail: string, remedy: string, section: string): Finding {
  return { result: 'failed', detail, remedy, guide: `${GUIDE}#${section}` }
}

export function skipped(detail: string, remedy: string | null, section: string | null): Finding {
  return {
    result: 'skipped',
    detail,
    remedy,
    guide: section === null ? null : `${GUIDE}#${section}`,
  }
}
