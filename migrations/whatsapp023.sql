-- whatsapp023: an ordinary status stands in its message.

-- Sent, delivered and read of the attempt that Meta took say nothing but their time, which the message has
-- already. With the moment at which each came (by our clock) that is all of the fact: no row of its own, no
-- entry in two indexes, and nothing to look up to know what is new. Where a time is set and its moment is
-- not, the facts of this message are rows of whatsapp_status_facts: one place for a message, never both.
alter table whatsapp_messages
  add column sent_received_at timestamptz,
  add column delivered_received_at timestamptz,
  add column read_received_at timestamptz;

-- What Meta said of an attempt, wherever it is kept.
create view whatsapp_facts as
select message_id, attempt, status, tenant_id, wamid, meta_at, received_at, detail
from whatsapp_status_facts
union all
select m.id, m.fence, s.status, m.tenant_id, m.whatsapp_message_id, s.meta_at, s.received_at, null::jsonb
from whatsapp_messages m
cross join lateral (values
  ('sent', m.sent_at, m.sent_received_at),
  ('delivered', m.delivered_at, m.delivered_received_at),
  ('read', m.read_at, m.read_received_at)
) as s(status, meta_at, received_at)
where s.received_at is not null;

-- Which messages a batch of webhooks is about: how the live stream finds what they changed.
alter table webhook_bodies add column message_ids uuid[];
