import type { Queryable } from '../db/database.ts'
import { createId } from '../lib/uuid-v7.ts'
import { bumpVersion, findAccount, lockAccount, requestSync } from './account-store.ts'
import { changeOf, keyOf } from './merge-templates.ts'
import type { TemplateChange } from './merge-templates.ts'
import { GAP_SECONDS, statusChanges } from './sync-templates.ts'
import { eventsOfChanges, recordTemplateEvents } from './template-event-store.ts'
import type { SaidOfStatus, TemplateEvent } from './template-event.ts'
import { findTemplates, settleTemplateGates, upsertTemplates } from './template-store.ts'
import type { StoredTemplate } from './template-store.ts'

/** Meta's clock and the database's may differ so much. */
const CLOCK_MARGIN_MS = 60_000

/**
 * Applies webhooks of templates in the caller's transaction, and asks for a read of the list, which has
 * the last word: webhooks come late, twice, in any order, or never.
 *
 * @returns what changed, for the log after the commit
 */
export async function applyTemplateEvents(
  tx: Queryable,
  events: readonly TemplateEvent[],
): Promise<TemplateChange[]> {
  const accounts = [...new Set(events.map((event) => event.businessAccountId))].sort()
  const changes: TemplateChange[] = []
  for (const businessAccountId of accounts) {
    // Of an account that nobody here reads, nothing is kept but the raw body.
    if ((await findAccount(tx, businessAccountId)) === undefined) continue
    const own = events.filter((event) => event.businessAccountId === businessAccountId)
    changes.push(...(await applyToAccount(tx, businessAccountId, own)))
  }
  return changes
}

async function applyToAccount(
  tx: Queryable,
  businessAccountId: string,
  events: readonly TemplateEvent[],
): Promise<TemplateChange[]> {
  await lockAccount(tx, businessAccountId)
  const stored = await findTemplates(tx, businessAccountId, [
    ...new Set(events.map((event) => event.template_name)),
  ])
  const before = new Map(stored.map((row) => [keyOf(row.template_name, row.language), row]))
  const after = new Map<string, StoredTemplate>()
  const said = new Map<string, SaidOfStatus | undefined>()
  let isNews = false
  for (const event of events) {
    const key = keyOf(event.template_name, event.language)
    const row = after.get(key) ?? before.get(key)
    if (row !== undefined && isStale(event, row)) continue
    isNews = true
    if (row === undefined) continue
    after.set(key, applyEvent(row, event))
    if (saysMore(event, row)) said.set(key, event.said)
  }
  const written = [...after].filter(([key, row]) => row !== before.get(key))
  const changes = written.map(([key, row]): TemplateChange => {
    const words = said.get(key)
    return { ...changeOf(before.get(key), row), ...(words !== undefined && { said: words }) }
  })
  const [any] = stored
  if (any !== undefined && written.length > 0) {
    const account = { businessAccountId, tenantId: any.tenant_id }
    await upsertTemplates(
      tx,
      account,
      written.map(([, row]) => row),
      true,
    )
    await settleTemplateGates(tx, businessAccountId, statusChanges(changes))
    await recordTemplateEvents(tx, businessAccountId, eventsOfChanges(changes, createId))
    await bumpVersion(tx, businessAccountId)
  }
  if (isNews) await requestSync(tx, businessAccountId, GAP_SECONDS)
  return changes
}

/** Older than what is known already: a repetition. */
function isStale({ metaAt }: TemplateEvent, row: StoredTemplate): boolean {
  if (metaAt === null) return false
  const at = Date.parse(metaAt)
  if (row.meta_at !== null && at < row.meta_at.getTime()) return true
  return row.synced_at !== null && at < row.synced_at.getTime() - CLOCK_MARGIN_MS
}

/** The list may have told the status before the webhook tells why; what is repeated says nothing more. */
function saysMore({ status, said, metaAt }: TemplateEvent, row: StoredTemplate): boolean {
  if (status !== undefined && status !== row.status) return true
  if (said === undefined || metaAt === null) return false
  return row.meta_at === null || Date.parse(metaAt) > row.meta_at.getTime()
}

function applyEvent(row: StoredTemplate, event: TemplateEvent): StoredTemplate {
  const { status, rejected_reason, quality, category, previous_category, correct_category } = event
  return {
    ...row,
    meta_at: event.metaAt === null ? row.meta_at : new Date(event.metaAt),
    ...(status !== undefined && { status, rejected_reason: rejected_reason ?? null }),
    ...(quality !== undefined && { quality }),
    ...(category !== undefined && {
      category,
      previous_category: previous_category ?? row.category,
    }),
    ...(correct_category !== undefined && { correct_category }),
  }
}
