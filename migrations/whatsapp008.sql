-- whatsapp008: what is published to notification.events, written in the transaction of what it tells of.
--
-- The session says what is wanted: aviso.publish holds routing keys, separated by commas. Unset or
-- empty (no broker, an operator's psql, a process of the former version), nothing is kept.

create table outgoing_events (
  -- Also the sequence of a message's events: the lock on the message's row is held while it is drawn.
  id bigint generated always as identity primary key,
  event_id uuid not null default gen_random_uuid(),
  routing_key text collate "C" not null,
  -- Events of one purchase order go out one after the other.
  order_key text collate "C" not null,
  tenant_id uuid not null,
  message_id uuid not null,
  -- The message as it was then. What never changes is read from its row when it is published.
  status whatsapp_message_status not null,
  state whatsapp_message_state not null,
  hold_reason text,
  recipient_phone text,
  whatsapp_message_id text,
  error_code text,
  error_message text,
  -- Of po.*: the supplier's answer.
  reply_wamid text collate "C",
  superseded boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index outgoing_events_route on outgoing_events (routing_key, id);
create index outgoing_events_order on outgoing_events (order_key, id);

-- Routing keys whose events nobody gets just now: one event is tried at a time, and the others wait.
create table outgoing_routes (
  routing_key text collate "C" primary key,
  -- unbound: returned, no queue is bound; refused: the broker confirmed with no
  reason text not null check (reason in ('unbound', 'refused')),
  since timestamptz not null default clock_timestamp(),
  probe_at timestamptz not null,
  probes integer not null default 1
);

-- Who publishes: one process at a time, or the order of events would be lost.
create table outgoing_lease (
  only_one boolean primary key default true check (only_one),
  owner text not null,
  held_until timestamptz not null
);

-- One event for each step that a change takes, lowest first, also where webhooks of one batch took
-- several at once. A message that was inserted has no old row: its columns are null here.
create function outgoing_events_of_change() returns trigger language plpgsql as $$
begin
  insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state, hold_reason,
    recipient_phone, whatsapp_message_id, error_code, error_message)
  select s.routing_key, new.tenant_id || '/' || coalesce(new.po_id, new.id::text), new.tenant_id, new.id,
    s.status::whatsapp_message_status, s.state::whatsapp_message_state, s.hold_reason,
    new.recipient_phone, new.whatsapp_message_id, s.error_code, s.error_message
  from (values
    (1, 'whatsapp.message.sent', 'SENT',
      case when new.state in ('accepted', 'failed') then 'accepted' else 'sent' end,
      old.accepted_at is null and new.accepted_at is not null, null, null, null),
    (2, 'whatsapp.message.delivered', 'DELIVERED', 'delivered',
      new.state in ('delivered', 'read') and (old.state in ('delivered', 'read')) is not true, null, null, null),
    (3, 'whatsapp.message.read', 'READ', 'read',
      new.state = 'read' and old.state is distinct from 'read', null, null, null),
    (4, 'whatsapp.message.failed', 'FAILED', new.state::text,
      new.status = 'FAILED' and old.status is distinct from 'FAILED', null, new.error_code, new.error_message),
    (5, 'whatsapp.message.needs_attention', new.status::text, new.state::text,
      (new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed') and old.state is distinct from new.state)
        or (new.duplicate_sent and old.duplicate_sent is not true),
      new.hold_reason, new.error_code, new.error_message)
  ) as s (step, routing_key, status, state, happened, hold_reason, error_code, error_message)
  where s.happened and strpos(current_setting('aviso.publish', true), s.routing_key) > 0
  order by s.step;
  return null;
end $$;

-- Conditions without a function of ours: with what is wanted by default, a message on its usual way
-- (queued, sending, accepted, sent, delivered, read) calls nothing.
create trigger whatsapp_messages_publish_new after insert on whatsapp_messages for each row
when (case new.state
  when 'failed' then strpos(current_setting('aviso.publish', true), 'whatsapp.message.failed') > 0
    or strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0
  when 'held' then strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0
  else false end)
execute function outgoing_events_of_change();

create trigger whatsapp_messages_publish after update on whatsapp_messages for each row
when ((new.state <> old.state or new.duplicate_sent <> old.duplicate_sent) and case
  when new.duplicate_sent <> old.duplicate_sent
    then strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0
  when new.state in ('accepted', 'sent')
    then old.accepted_at is null and strpos(current_setting('aviso.publish', true), 'whatsapp.message.sent') > 0
  when new.state in ('delivered', 'read')
    then strpos(current_setting('aviso.publish', true), 'whatsapp.message.read') > 0
      or strpos(current_setting('aviso.publish', true), 'whatsapp.message.delivered') > 0
      or strpos(current_setting('aviso.publish', true), 'whatsapp.message.sent') > 0
  when new.state in ('failed', 'expired', 'canceled')
    then current_setting('aviso.publish', true) <> ''
  when new.state in ('held', 'in_doubt', 'unconfirmed')
    then strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0
  else false end)
execute function outgoing_events_of_change();

-- An answer counts once it is judged: its message has to be known, and may become known later.
alter table inbound_messages add column answer text
  constraint inbound_messages_answer check (answer in ('acknowledged', 'rejected', 'question'));
alter table inbound_messages add column judged_at timestamptz;
update inbound_messages set judged_at = received_at where message_id is not null;
create index inbound_messages_unjudged on inbound_messages (received_at)
  where judged_at is null and context_wamid is not null;
