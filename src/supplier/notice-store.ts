/** Whom a notice of a supplier concerns, and what it changes. */

import type { Queryable, Statement } from '../db/database.ts'
import { auditSuppliers } from './supplier-store.ts'

/** A tenant that knows the sender. */
export interface Contact {
  tenant_id: string
  /** Null: not in the directory; somebody that messages went to. */
  supplier_id: string | null
  language: string | null
  phones: string[]
}

// Tenants share a business number, and whoever writes STOP means all that came from it: every tenant that
// has the number in its directory, or has lately written to it, and the one whose message is quoted.
const FIND_CONTACTS: Statement = {
  name: 'notices.find_contacts',
  text: `
with m as materialized (
  select r.* from jsonb_array_elements_text($1::jsonb) as p(phone)
  cross join lateral (
    select tenant_id, supplier_id, template_language, recipient_phone, id from whatsapp_messages
    where recipient_phone = p.phone order by id desc limit 200
  ) r
  union all
  select q.tenant_id, q.supplier_id, q.template_language, q.recipient_phone, q.id
  from whatsapp_wamids w join whatsapp_messages q on q.id = w.message_id
  where w.wamid = $2
), s as materialized (
  select s.tenant_id, s.supplier_id, s.language, s.phones
  from suppliers s
  where s.phones && array(select jsonb_array_elements_text($1::jsonb)
      union select recipient_phone from m where recipient_phone is not null)
  union
  select s.tenant_id, s.supplier_id, s.language, s.phones
  from suppliers s
  where (s.tenant_id, s.supplier_id) in (select tenant_id, supplier_id from m)
)
select tenant_id, supplier_id, coalesce(language, (select template_language from m
    where m.tenant_id = s.tenant_id and template_language is not null order by id desc limit 1)) as language, phones
from s
union all
(select distinct on (tenant_id) tenant_id, null, template_language,
  array(select distinct o.recipient_phone from m o where o.tenant_id = m.tenant_id and o.recipient_phone is not null)
from m where not exists (select 1 from s where s.tenant_id = m.tenant_id)
order by tenant_id, template_language is null, id desc)`,
}

/** Every tenant's contacts that have one of these numbers, were written to under it, or are quoted. */
export function findContacts(
  tx: Queryable,
  sender: { phones: readonly string[]; contextWamid: string | null },
): Promise<Contact[]> {
  return tx.query<Contact>(FIND_CONTACTS, [JSON.stringify(sender.phones), sender.contextWamid])
}

const FIND_TENANTS: Statement = {
  name: 'notices.find_tenants',
  text: `
select tenant_id from suppliers
union
select tenant_id from (select tenant_id from whatsapp_messages order by id desc limit 1000) m`,
}

/**
 * Every tenant there is. No index finds messages by a user id, and an opt-out from a tenant who never
 * wrote does no harm.
 */
export async function findTenants(tx: Queryable): Promise<string[]> {
  const rows = await tx.query<{ tenant_id: string }>(FIND_TENANTS)
  return rows.map((row) => row.tenant_id)
}

export interface NumberChange {
  /** Every form of the former number. */
  former: readonly string[]
  current: string
  /** Of WhatsApp's message that says so. */
  wamid: string
}

const CHANGE_PHONES: Statement = {
  name: 'notices.change_phones',
  text: `
update suppliers s
set phones = array(
      select phone from (
        select case when p.phone in (select jsonb_array_elements_text($1::jsonb)) then $2 else p.phone end as phone,
          min(p.place) as place
        from unnest(s.phones) with ordinality as p(phone, place) group by 1
      ) renewed order by place),
  updated_at = clock_timestamp()
where s.phones && array(select jsonb_array_elements_text($1::jsonb))
returning s.tenant_id, s.supplier_id`,
}

/** Writes the new number into the directory, in the place of the former. Returns of how many. */
export async function changeSupplierPhones(
  tx: Queryable,
  change: NumberChange,
  createId: () => string,
): Promise<number> {
  const rows = await tx.query<{ tenant_id: string; supplier_id: string }>(CHANGE_PHONES, [
    JSON.stringify(change.former),
    change.current,
  ])
  await auditSuppliers(
    tx,
    rows.map(({ tenant_id, supplier_id }) => ({
      id: createId(),
      actor: 'whatsapp',
      action: 'supplier_number_changed',
      tenant_id,
      detail: { supplier_id, from: change.former[0], to: change.current, wamid: change.wamid },
    })),
  )
  return rows.length
}

// A message that is being claimed is locked, and sent to the former number: Meta says what became of it.
const CHANGE_WAITING: Statement = {
  name: 'notices.change_waiting',
  text: `
with w as materialized (
  select id from whatsapp_messages
  where recipient_phone in (select jsonb_array_elements_text($1::jsonb))
    and state in ('queued', 'held')
  order by id for no key update skip locked
)
update whatsapp_messages m
set recipient_phone = $2, recipient_since = m.fence, wa_id = null, updated_at = clock_timestamp()
from w where m.id = w.id
returning m.id, m.tenant_id`,
}
const AUDIT_WAITING: Statement = {
  name: 'notices.audit_waiting',
  text: `
insert into audit_log (id, actor, action, tenant_id, message_id, detail)
select id, 'whatsapp', 'number_changed', tenant_id, message_id, detail
from jsonb_to_recordset($1::jsonb) as i(id uuid, tenant_id uuid, message_id uuid, detail jsonb)`,
}

/** What still waits goes to the new number. Returns how many messages. */
export async function changeWaitingRecipients(
  tx: Queryable,
  change: NumberChange,
  createId: () => string,
): Promise<number> {
  const rows = await tx.query<{ id: string; tenant_id: string }>(CHANGE_WAITING, [
    JSON.stringify(change.former),
    change.current,
  ])
  if (rows.length === 0) return 0
  const entries = rows.map((row) => ({
    id: createId(),
    tenant_id: row.tenant_id,
    message_id: row.id,
    detail: { from: change.former[0], to: change.current, wamid: change.wamid },
  }))
  await tx.query(AUDIT_WAITING, [JSON.stringify(entries)])
  return rows.length
}
