/**
 * Messages and the registry of templates: what may not be sent is held with the reason, and goes by
 * itself once the registry shows the template approved.
 */

import type { Queryable, Statement } from '../db/database.ts'
import { dueOnceReleased } from './batch-due.ts'
import { noteOf } from './change-note-store.ts'
import type { HoldReason } from './message.ts'

/** The hold reasons that the registry gives and takes. */
export const TEMPLATE_REASONS = [
  'templates_unknown',
  'template_not_approved',
  'template_paused',
  'template_disabled',
] as const satisfies readonly HoldReason[]
const REASONS = TEMPLATE_REASONS.map((reason) => `'${reason}'`).join(', ')

/**
 * SQL: why the template of message `m` may not be used; null = it may. Two scalar subqueries on unique
 * indexes, so that they neither join nor change the plan of what they stand in.
 *
 * @param account SQL of the business account's id; null: nothing is asked
 */
export function templateHold(m: string, account: string): string {
  return `case when ${account}::text is null or ${m}.template_name is null then null else
    nullif(coalesce(
      (select case t.status when 'APPROVED' then '' when 'PAUSED' then 'template_paused'
          when 'DISABLED' then 'template_disabled' else 'template_not_approved' end
        from whatsapp_templates t
        where t.business_account_id = ${account} and t.template_name = ${m}.template_name
          and t.language = ${m}.template_language),
      (select 'template_not_approved' from template_accounts ta
        where ta.business_account_id = ${account} and ta.synced_at is not null),
      'templates_unknown'), '') end`
}

/** A message that the claim held instead of sending it. */
export interface HeldMessage {
  id: string
  template_name: string
  template_language: string
  hold_reason: HoldReason
}

const NOTE_HOLD: Statement = {
  name: 'template_holds.note',
  text: `
insert into template_holds as h (business_account_id, template_name, language, hold_reason)
values ($1, $2, $3, $4)
on conflict (business_account_id, template_name, language) do update set hold_reason = excluded.hold_reason, since = clock_timestamp()
where h.hold_reason <> excluded.hold_reason
returning 1`,
}

/** Returns true for the first who meets it, of all processes: the moment to alert, once. */
export async function noteHold(
  db: Queryable,
  businessAccountId: string,
  held: Omit<HeldMessage, 'id'>,
): Promise<boolean> {
  const { template_name, template_language, hold_reason } = held
  const rows = await db.query(NOTE_HOLD, [
    businessAccountId,
    template_name,
    template_language,
    hold_reason,
  ])
  return rows.length > 0
}

/** A held order, with what its template is chosen by. */
export interface HeldOrder {
  id: string
  template_name: string
  template_language: string
  template_language_asked: string | null
  supplier_name: string | null
  po_number: string | null
  metadata: unknown
}

// Through the due index, which holds what is undecided: the history does not count. "materialized", else all
// messages are read in the order of their ids where nobody has analysed the month's partition yet.
const LIST_ORDERS: Statement = {
  name: 'template_holds.list_orders',
  text: `
with held as materialized (
  select id from whatsapp_messages
  where due_at > '-infinity' and state = 'held' and hold_reason in (${REASONS})
    and event_id is not null and batch_id is null and message_type = 'TEMPLATE'
), page as materialized (
  select id from held
  where id > $1 and ($2::uuid[] is null or id = any ($2::uuid[]))
  order by id limit $3
)
select m.id, template_name, template_language, template_language_asked, supplier_name, po_number, metadata
from page join whatsapp_messages m on m.id = page.id
order by m.id`,
}

/** @param ids null: all; else those among these */
export function listHeldOrders(
  db: Queryable,
  page: { after: string; ids: readonly string[] | null; limit: number },
): Promise<HeldOrder[]> {
  return db.query<HeldOrder>(LIST_ORDERS, [page.after, page.ids, page.limit])
}

export interface OrderRenewal {
  id: string
  template_name: string
  template_language: string
  template_language_asked: string | null
  template_parameters: unknown
  /** Null: it may go. */
  hold_reason: HoldReason | null
}

const RENEW: Statement = {
  name: 'template_holds.renew_orders',
  text: `
with u as (
  update whatsapp_messages m
  set template_name = i.template_name, template_language = i.template_language,
    template_language_asked = i.template_language_asked, template_parameters = i.template_parameters,
    state = case when i.hold_reason is null then 'queued' else m.state end,
    hold_reason = i.hold_reason,
    error_message = case when i.hold_reason is null and m.error_code is null then null else m.error_message end,
    due_at = case when i.hold_reason is null then clock_timestamp() else m.due_at end,
    updated_at = clock_timestamp()
  from jsonb_to_recordset($1::jsonb)
    as i(id uuid, template_name text, template_language text, template_language_asked text,
         template_parameters jsonb, hold_reason text)
  where m.id = i.id and m.state = 'held' and m.hold_reason in (${REASONS})
  returning m.id, m.state
), ${noteOf("u where state = 'queued'")}
select state from u`,
}

/** Writes held orders anew, in the template that is chosen now. Returns how many may go. */
export async function renewHeldOrders(
  db: Queryable,
  orders: readonly OrderRenewal[],
): Promise<number> {
  if (orders.length === 0) return 0
  const rows = await db.query<{ state: string }>(RENEW, [JSON.stringify(orders)])
  return rows.filter((row) => row.state === 'queued').length
}

// What a gate holds is the gate's: Meta has refused it although the registry shows it approved.
const RECLASSIFY: Statement = {
  name: 'template_holds.reclassify',
  text: `
with s as materialized (
  select m.id, ${templateHold('m', '$1')} as reason, m.hold_reason as was
  from whatsapp_messages m
  where m.due_at > '-infinity' and m.state = 'held' and m.hold_reason in (${REASONS})
    and not exists (select 1 from send_gates g
      where g.scope = 'template' and g.key = m.template_name || '/' || m.template_language)
), u as (
  update whatsapp_messages m
  set state = case when s.reason is null then 'queued' else m.state end,
    hold_reason = s.reason,
    error_message = case when s.reason is null and m.error_code is null then null else m.error_message end,
    due_at = case when s.reason is null then ${dueOnceReleased('m')} else m.due_at end,
    updated_at = clock_timestamp()
  from s where m.id = s.id and m.state = 'held' and m.hold_reason = s.was and s.reason is distinct from s.was
  returning m.id, m.state
), ${noteOf("u where state = 'queued'")}
select state from u`,
}

/** Releases what the registry shows approved, and corrects the reason of the rest. */
export async function reclassifyHeld(db: Queryable, businessAccountId: string): Promise<number> {
  const rows = await db.query<{ state: string }>(RECLASSIFY, [businessAccountId])
  return rows.filter((row) => row.state === 'queued').length
}
