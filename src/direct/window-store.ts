import type { Queryable, Statement } from '../db/database.ts'

// A recipient writes under the wa_id that Meta gave, which in some countries is not the number as it is
// dialled, or under a user id alone (reference, sections 2.6 and 5.8): what the newest messages to the
// same number brought back is asked, too. A change of number ("system") is nothing that a person wrote.
const FIND_WINDOWS: Statement = {
  name: 'direct.find_windows',
  text: `
with r as (
  select * from json_to_recordset($2::json) as r(n integer, phone text, user_id text)
), known as (
  select r.n, m.wa_id, m.recipient_user_id
  from r cross join lateral (
    select wa_id, recipient_user_id from whatsapp_messages
    where recipient_phone = r.phone order by id desc limit 5
  ) m
), wa as (
  select n, substr(phone, 2) as wa_id from r where phone is not null
  union select n, wa_id from known where wa_id is not null
), u as (
  select n, user_id from r where user_id is not null
  union select n, recipient_user_id from known where recipient_user_id is not null
), i as (
  select wa.n, coalesce(i.meta_at, i.received_at) as at
  from wa join inbound_messages i on i.from_wa_id = wa.wa_id
  where i.received_at > (select clock_timestamp() - interval '25 hours')
    and i.message_type <> 'system' and i.phone_number_id = $1
  union all
  select u.n, coalesce(i.meta_at, i.received_at)
  from u join inbound_messages i on i.from_user_id = u.user_id
  where i.received_at > (select clock_timestamp() - interval '25 hours')
    and i.message_type <> 'system' and i.phone_number_id = $1
)
select n, max(at) + interval '24 hours' as ends_at from i
group by n having max(at) > clock_timestamp() - interval '24 hours'`,
}

/**
 * When the customer service windows of recipients close (reference, section 6): 24 hours after the
 * newest message that each wrote to this number, by Meta's clock. Only those that are open.
 *
 * @param recipients by position in the answer
 */
export async function findWindows(
  db: Queryable,
  phoneNumberId: string,
  recipients: readonly { phone: string | null; userId: string | null }[],
): Promise<Map<number, Date>> {
  if (recipients.length === 0) return new Map()
  const rows = await db.query<{ n: number; ends_at: Date }>(FIND_WINDOWS, [
    phoneNumberId,
    JSON.stringify(recipients.map(({ phone, userId }, n) => ({ n, phone, user_id: userId }))),
  ])
  return new Map(rows.map((row) => [row.n, row.ends_at]))
}
