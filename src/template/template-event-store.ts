/** What happened to templates, and who did it: append-only. */

import type { Queryable, Statement } from '../db/database.ts'
import type { TemplateChange } from './merge-templates.ts'

export const TEMPLATE_EVENT_KINDS = [
  'created',
  'edited',
  'deleted',
  /** Its key, or whether it is active. */
  'chosen',
  'status',
  'category',
  'quality',
] as const

export interface TemplateEventRow {
  id: string
  at: Date
  kind: (typeof TEMPLATE_EVENT_KINDS)[number]
  /** Null: Meta. */
  actor: string | null
  detail: Readonly<Record<string, unknown>> | null
}

export interface NewTemplateEvent extends Omit<TemplateEventRow, 'at'> {
  template_name: string
  language: string
}

const INSERT: Statement = {
  name: 'template_events.insert',
  text: `
insert into template_events (id, business_account_id, template_name, language, kind, actor, detail)
select i.id, $1, i.template_name, i.language, i.kind, i.actor, i.detail
from jsonb_to_recordset($2::jsonb)
  as i(id uuid, template_name text, language text, kind text, actor text, detail jsonb)`,
}

export async function recordTemplateEvents(
  tx: Queryable,
  businessAccountId: string,
  events: readonly NewTemplateEvent[],
): Promise<void> {
  if (events.length > 0) await tx.query(INSERT, [businessAccountId, JSON.stringify(events)])
}

interface Which {
  businessAccountId: string
  template_name: string
  language: string
}

/**
 * The newest first.
 *
 * @param before only ids below this one; null: from the newest
 */
export function listTemplateEvents(
  db: Queryable,
  { businessAccountId, template_name, language }: Which,
  before: string | null,
  limit: number,
): Promise<TemplateEventRow[]> {
  return db.query<TemplateEventRow>(
    {
      name: 'template_events.list',
      text: `select id, at, kind, actor, detail from template_events
             where business_account_id = $1 and template_name = $2 and language = $3
               and ($4::uuid is null or id < $4)
             order by id desc limit $5`,
    },
    [businessAccountId, template_name, language, before, limit],
  )
}

/** When it was edited while it was approved, in the last 30 days, the newest first. */
export async function listApprovedEdits(
  db: Queryable,
  { businessAccountId, template_name, language }: Which,
): Promise<Date[]> {
  const rows = await db.query<{ at: Date }>(
    {
      name: 'template_events.edits',
      text: `select at from template_events
             where business_account_id = $1 and template_name = $2 and language = $3
               and kind = 'edited' and detail ->> 'status' = 'APPROVED'
               and at > clock_timestamp() - interval '30 days'
             order by id desc`,
    },
    [businessAccountId, template_name, language],
  )
  return rows.map(({ at }) => at)
}

/** What Meta has changed, for people who ask later why an order waited, or what it cost. */
export function eventsOfChanges(
  changes: readonly TemplateChange[],
  createId: () => string,
): NewTemplateEvent[] {
  return changes.flatMap((change) => {
    const { template_name, language, status, category } = change
    const event = (kind: NewTemplateEvent['kind'], detail: NewTemplateEvent['detail']) => ({
      id: createId(),
      template_name,
      language,
      kind,
      actor: null,
      detail,
    })
    // A template that is new to the registry has changed nothing.
    if (status.from === null) return []
    const { rejected_reason, said, correct_category, quality, previous_quality } = change
    const isCategory = category.from !== category.to || correct_category !== null
    const isQuality = previous_quality !== null && quality !== previous_quality
    return [
      ...(status.from === status.to && said === undefined
        ? []
        : [event('status', { ...status, rejected_reason, ...said })]),
      ...(isCategory ? [event('category', { ...category, correct_category })] : []),
      ...(isQuality ? [event('quality', { from: previous_quality, to: quality })] : []),
    ]
  })
}
