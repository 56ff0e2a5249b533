/** Answers of suppliers: which of them wait to be judged, and what was decided. */

import type { Queryable, Statement } from '../db/database.ts'
import type { Answer } from '../message/reply-payload.ts'
import type { JudgedReply, RepliedMessage, Reply } from './judge-replies.ts'

// The lock orders an answer among the other events of its message, and lets one process at a time
// judge a message's answers. Sorted, so that two of them cannot deadlock.
const LOCK: Statement = {
  name: 'reply.lock_messages',
  text: `
select m.id, m.tenant_id, m.supplier_id, m.phone_number_id, m.wa_id, m.recipient_phone, m.recipient_user_id, m.po_id,
  m.created_at
from whatsapp_messages m
where m.id in (
  select w.message_id
  from inbound_messages i join whatsapp_wamids w on w.wamid = i.context_wamid
  where i.judged_at is null and i.context_wamid is not null
    and i.received_at > (select clock_timestamp() - $1::float8 * interval '1 second')
  order by i.received_at limit 500)
order by m.id
for no key update`,
}

/**
 * Locks the messages that are answered by what nobody has judged yet.
 *
 * @param seconds how far back answers are looked for
 */
export function lockReplied(tx: Queryable, seconds: number): Promise<RepliedMessage[]> {
  return tx.query(LOCK, [seconds])
}

const FIND: Statement = {
  name: 'reply.find',
  text: `
select i.wamid, w.message_id, i.phone_number_id, i.from_wa_id, i.from_user_id, i.payload
from inbound_messages i
join whatsapp_wamids w on w.wamid = i.context_wamid
join jsonb_array_elements_text($1::jsonb) as m(id) on m.id::uuid = w.message_id
where i.judged_at is null and i.context_wamid is not null
order by i.meta_at, i.received_at, i.wamid`,
}

/** What waits to be judged of locked messages, in the order it was written. */
export function findReplies(tx: Queryable, messageIds: readonly string[]): Promise<Reply[]> {
  return tx.query(FIND, [JSON.stringify(messageIds)])
}

const EARLIER: Statement = {
  name: 'reply.earlier',
  text: `
select i.message_id, array_agg(distinct i.answer) as answers
from inbound_messages i join jsonb_array_elements_text($1::jsonb) as m(id) on m.id::uuid = i.message_id
where i.answer is not null
group by i.message_id`,
}

/** What was answered to these messages before. */
export async function findEarlierAnswers(
  tx: Queryable,
  messageIds: readonly string[],
): Promise<Map<string, Answer[]>> {
  const rows = await tx.query<{ message_id: string; answers: Answer[] }>(EARLIER, [
    JSON.stringify(messageIds),
  ])
  return new Map(rows.map((row) => [row.message_id, row.answers]))
}

// Sequence numbers are drawn in the order of the sort.
const RECORD: Statement = {
  name: 'reply.record',
  text: `
with j as (
  select * from jsonb_to_recordset($1::jsonb)
    as j(place integer, wamid text, message_id uuid, answer text, superseded boolean)
), u as (
  update inbound_messages i
  set judged_at = clock_timestamp(), answer = j.answer, message_id = j.message_id,
    tenant_id = (select m.tenant_id from whatsapp_messages m where m.id = j.message_id)
  from j where i.wamid = j.wamid
)
insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state,
  hold_reason, recipient_phone, whatsapp_message_id, error_code, error_message, reply_wamid, superseded)
select 'po.' || j.answer, m.tenant_id || '/' || coalesce(m.po_id, m.id::text), m.tenant_id, m.id, m.status, m.state,
  m.hold_reason, m.recipient_phone, m.whatsapp_message_id, m.error_code, m.error_message, j.wamid, j.superseded
from j join whatsapp_messages m on m.id = j.message_id
where j.answer is not null and strpos(current_setting('aviso.publish', true), 'po.' || j.answer) > 0
order by j.place`,
}

/** Writes what was decided, and with it what is to be published. */
export async function recordReplies(tx: Queryable, judged: readonly JudgedReply[]): Promise<void> {
  await tx.query(RECORD, [JSON.stringify(judged.map((reply, place) => ({ place, ...reply })))])
}
