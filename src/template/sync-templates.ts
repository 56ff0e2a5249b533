import type { Database } from '../db/database.ts'
import { isDatabaseAway } from '../db/database-error.ts'
import {
  beginSync,
  bumpVersion,
  failSync,
  finishSync,
  lockForSync,
  renewLease,
} from './account-store.ts'
import { keyOf, mergeTemplates } from './merge-templates.ts'
import type { ListedTemplate, Merge, TemplateChange } from './merge-templates.ts'
import { eventsOfChanges, recordTemplateEvents } from './template-event-store.ts'
import {
  listAllTemplates,
  markSynced,
  probeFinalGates,
  settleTemplateGates,
  upsertTemplates,
} from './template-store.ts'

/** What the registry needs of Meta. */
export interface TemplateReader {
  /** All templates of the account, or a word on why not. */
  listTemplates(): Promise<
    | { kind: 'ok'; templates: ListedTemplate[] }
    | { kind: 'rejected'; code: number; message: string; retryAfterMs: number | null }
    | { kind: 'unreachable'; reason: string }
  >
  /**
   * 5,000 management calls an hour instead of 200: the account has a registered number (reference,
   * section 6). False where that cannot be said.
   */
  hasLargeQuota(): Promise<boolean>
}

export interface SyncOptions {
  database: Database
  reader: TemplateReader
  businessAccountId: string
  /** Whose account it is. */
  tenantId: string
  owner: string
  createId: () => string
  /** Between two reads; at least an hour while the quota is small. */
  intervalSeconds: number
}

export type SyncOutcome =
  | {
      kind: 'synced'
      templates: number
      created: number
      deleted: number
      changes: TemplateChange[]
    }
  /** Another process reads just now, or it is not due. */
  | { kind: 'not_begun' }
  | {
      kind: 'failed'
      reason: string
      /** Meta's code; null: no answer of Meta's. */
      code: number | null
      failures: number
      retryAfterMs: number | null
    }

/** A read takes some seconds; a process that died with the lease keeps the others waiting so long. */
const LEASE_SECONDS = 15
const RENEW_MS = 5000
const SMALL_QUOTA_SECONDS = 3600
/** After a read, one that was asked for meanwhile waits so long. */
export const GAP_SECONDS = 15
const SMALL_QUOTA_GAP_SECONDS = 120
/** Quotas of Meta are counted by the hour (80007, 80008): asking on would only prolong it. */
const QUOTA_CODES = new Set([4, 80007, 80008])
const QUOTA_WAIT_SECONDS = 300

/**
 * Reads Meta's list and makes the registry equal to it: one process at a time, all or nothing.
 *
 * @param stopped aborts the waiting, not the call
 */
export async function syncTemplates(
  options: SyncOptions,
  force: boolean,
  stopped: Promise<void>,
): Promise<SyncOutcome> {
  const { database, businessAccountId, owner } = options
  const lease = { businessAccountId, owner, seconds: LEASE_SECONDS }
  if (!(await beginSync(database, { ...lease, force }))) return { kind: 'not_begun' }
  const renewal = setInterval(() => {
    renewLease(database, lease).catch(() => undefined)
  }, RENEW_MS)
  try {
    const read = await Promise.race([
      Promise.all([options.reader.listTemplates(), options.reader.hasLargeQuota()]),
      stopped.then(() => null),
    ])
    if (read === null) return await fail(options, 'the service is stopping', 0)
    const [list, isLarge] = read
    if (list.kind === 'unreachable') return await fail(options, list.reason, 0)
    if (list.kind === 'rejected') {
      const waitSeconds = Math.max(
        (list.retryAfterMs ?? 0) / 1000,
        QUOTA_CODES.has(list.code) ? QUOTA_WAIT_SECONDS : 0,
      )
      const reason = `${list.message} (${String(list.code)})`
      return await fail(options, reason, waitSeconds, list.code)
    }
    const merged = await applyList(options, list.templates, isLarge)
    if (merged === undefined) return { kind: 'not_begun' }
    const { created, deleted, changes } = merged
    return { kind: 'synced', templates: list.templates.length, created, deleted, changes }
  } catch (error) {
    if (!isDatabaseAway(error)) await fail(options, 'the list could not be stored', 0)
    throw error
  } finally {
    clearInterval(renewal)
  }
}

async function fail(
  options: SyncOptions,
  reason: string,
  waitSeconds: number,
  code: number | null = null,
): Promise<SyncOutcome> {
  const { database, businessAccountId, owner } = options
  const failures = await failSync(
    database,
    { businessAccountId, owner },
    { reason, firstRetrySeconds: 1, atLeastSeconds: waitSeconds },
  )
  return {
    kind: 'failed',
    reason,
    code,
    failures,
    retryAfterMs: waitSeconds > 0 ? waitSeconds * 1000 : null,
  }
}

/** Undefined where the lease was lost on the way: somebody else has read, or reads, the list. */
function applyList(
  options: SyncOptions,
  list: readonly ListedTemplate[],
  isLarge: boolean,
): Promise<Merge | undefined> {
  const { database, businessAccountId, tenantId, owner, createId, intervalSeconds } = options
  return database.transaction(async (tx) => {
    const startedAt = await lockForSync(tx, businessAccountId, owner)
    if (startedAt === undefined) return undefined
    const stored = await listAllTemplates(tx, businessAccountId)
    const merge = mergeTemplates(stored, list, startedAt, createId)
    await upsertTemplates(tx, { businessAccountId, tenantId }, merge.writes, false)
    await markSynced(tx, businessAccountId)
    await settleTemplateGates(tx, businessAccountId, statusChanges(merge.changes))
    await probeFinalGates(tx)
    const events = eventsOfChanges(merge.changes, createId)
    await recordTemplateEvents(tx, businessAccountId, events)
    if (merge.changes.length > 0) await bumpVersion(tx, businessAccountId)
    await finishSync(tx, businessAccountId, {
      seconds: isLarge ? intervalSeconds : Math.max(intervalSeconds, SMALL_QUOTA_SECONDS),
      gapSeconds: isLarge ? GAP_SECONDS : SMALL_QUOTA_GAP_SECONDS,
    })
    return merge
  })
}

/** Gates that a change of status settles. */
export function statusChanges(changes: readonly TemplateChange[]): string[] {
  return changes
    .filter(({ status }) => status.from !== status.to)
    .map(({ template_name, language }) => keyOf(template_name, language))
}
