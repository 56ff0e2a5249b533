/** Facts that stand in their message (migration 023), for the statements that make rows of them. */

/**
 * SQL that makes rows of whatsapp_status_facts of what stands in messages; the caller clears their columns
 * `*_received_at` in the same statement.
 *
 * @param from the source, named `m`, with the message's columns
 */
export function insertFactsInPlace(from: string): string {
  return `
  insert into whatsapp_status_facts (message_id, attempt, status, tenant_id, wamid, meta_at, received_at, sort_key)
  select m.id, m.fence, s.status, m.tenant_id, m.whatsapp_message_id, s.meta_at, s.received_at,
    -- as fold-statuses.ts makes it of an ordinary status
    to_char(s.meta_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || right(m.whatsapp_message_id, 16)
  from ${from}
  cross join lateral (values ('sent', m.sent_at, m.sent_received_at),
    ('delivered', m.delivered_at, m.delivered_received_at), ('read', m.read_at, m.read_received_at)
  ) as s(status, meta_at, received_at)
  where s.received_at is not null
  on conflict (message_id, attempt, status) do nothing`
}

/** SQL: the assignments that say of a message that none of its facts stands in it. */
export const NO_FACTS_IN_PLACE =
  'sent_received_at = null, delivered_received_at = null, read_received_at = null'
