/**
 * Under which other numbers and user ids somebody is known. A number may change hands, and a user id belongs to
 * one number for as long as it exists: who changes the number gets another id (reference, section 5.8).
 */

import type { Queryable, Statement } from '../db/database.ts'
import { phoneVariants } from './phone-variants.ts'

/** Somebody who answers a message that went to another number, or to another user id. */
export interface Stranger {
  /** Of the answer. */
  wamid: string
  from_wa_id: string | null
  from_user_id: string | null
  /** To whom the message went. */
  recipient: {
    tenant_id: string
    supplier_id: string | null
    wa_id: string | null
    recipient_phone: string | null
    recipient_user_id: string | null
    created_at: Date
  }
}

/** By the index of senders. A user id is new with each number, so the newest row has the only one. */
const phonesOf = (userId: string) => `
    select o.from_wa_id as id from (
      select from_wa_id from inbound_messages
      where from_user_id = ${userId} and from_wa_id is not null and message_type <> 'system'
      order by received_at desc limit 1
    ) o`

const FIND_PHONES_WRITTEN: Statement = {
  name: 'identities.find_phones_written',
  text: `select k.id as phone from (${phonesOf('$1')}) k`,
}

// No index finds messages by a user id: a status writes it, and an update of an indexed column is not HOT. So the newest
// are read, in 35 ms; it is asked once, for a STOP of somebody who never wrote under his number.
const FIND_PHONES_SENT: Statement = {
  name: 'identities.find_phones_sent',
  text: `
select distinct p.phone from (
  select recipient_user_id, recipient_phone, wa_id from whatsapp_messages order by id desc limit 10000
) m cross join lateral (values (m.recipient_phone), (m.wa_id)) as p(phone)
where m.recipient_user_id = $1 and p.phone is not null`,
}

/** The number of somebody known by a user id, as it was dialled or as Meta writes it; of the newest 10,000 messages. */
export async function findPhones(tx: Queryable, userId: string): Promise<string[]> {
  const written = await tx.query<{ phone: string }>(FIND_PHONES_WRITTEN, [userId])
  const rows =
    written.length > 0 ? written : await tx.query<{ phone: string }>(FIND_PHONES_SENT, [userId])
  return rows.map((row) => row.phone)
}

/** What the announcements say that somebody became. Meta names the sender as he was before. */
const announcedTo = (column: string) => `
    select unnest(array[i.content -> 'system' ->> 'wa_id', i.content -> 'system' ->> 'new_wa_id',
      i.content -> 'system' ->> 'user_id']) as id
    from inbound_messages i
    where i.${column} = r.id and i.received_at >= r.since and i.message_type = 'system'`

// Only what was announced after the message was written: before it, the number was somebody else's already.
const FIND_SUCCESSORS: Statement = {
  name: 'identities.find_successors',
  text: `
with recursive q as materialized (
  select * from jsonb_to_recordset($1::jsonb)
    as q(wamid text, former jsonb, phones jsonb, user_id text, since timestamptz, tenant_id uuid, supplier_id text)
), r(wamid, since, id) as (
  select q.wamid, q.since, f.id from q cross join lateral jsonb_array_elements_text(q.former) as f(id)
  union
  select r.wamid, r.since, a.id from r cross join lateral (${announcedTo('from_wa_id')}
    union all ${announcedTo('from_user_id')}
  ) a where a.id is not null
), s(wamid, id) as materialized (
  select q.wamid, p.id from q cross join lateral jsonb_array_elements_text(q.phones) as p(id)
  union
  select q.wamid, q.user_id from q where q.user_id is not null
  union
  select q.wamid, k.id from q cross join lateral (${phonesOf('q.user_id')}
    union all
    select i.content -> 'system' ->> 'previous_user_id' from inbound_messages i
    where i.from_user_id = q.user_id and i.received_at >= q.since and i.message_type = 'system'
  ) k where k.id is not null
)
select q.wamid from q
where exists (select 1 from r join s on s.wamid = r.wamid and s.id = r.id where r.wamid = q.wamid)
  -- a status of another message to the same number named both
  or exists (
    select 1 from r cross join lateral (
      select recipient_user_id from whatsapp_messages
      where recipient_phone = '+' || r.id order by id desc limit 200
    ) m where r.wamid = q.wamid and m.recipient_user_id = q.user_id)
  or exists (
    select 1 from suppliers d
    where d.tenant_id = q.tenant_id and d.supplier_id = q.supplier_id
      and d.phones && array(select '+' || s.id from s where s.wamid = q.wamid))`,
}

/**
 * Which of these strangers the recipient has become: by what WhatsApp announced since the message was written, or
 * by the directory, or by an earlier message that names his number and his user id together.
 *
 * @returns the wamids of their answers
 */
export async function findSuccessors(
  tx: Queryable,
  strangers: readonly Stranger[],
): Promise<Set<string>> {
  if (strangers.length === 0) return new Set()
  const rows = await tx.query<{ wamid: string }>(FIND_SUCCESSORS, [
    JSON.stringify(
      strangers.map(({ wamid, from_wa_id, from_user_id, recipient }) => ({
        wamid,
        former: [
          ...digitsOf(recipient.wa_id),
          ...digitsOf(recipient.recipient_phone),
          ...(recipient.recipient_user_id === null ? [] : [recipient.recipient_user_id]),
        ],
        phones: digitsOf(from_wa_id),
        user_id: from_user_id,
        since: recipient.created_at,
        tenant_id: recipient.tenant_id,
        supplier_id: recipient.supplier_id,
      })),
    ),
  ])
  return new Set(rows.map((row) => row.wamid))
}

/** As Meta writes a number, in every form. */
function digitsOf(phone: string | null): string[] {
  return phone === null ? [] : phoneVariants(phone).map((variant) => variant.slice(1))
}
