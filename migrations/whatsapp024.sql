-- whatsapp024: an update of a message costs a quarter less.

-- status and needs_attention were generated columns: each update of a row copied all of its columns for them, and
-- each statement read the expressions anew. Now whoever changes the state writes them with it, and where
-- somebody does not (a former version, a hand), whatsapp_messages_keep does.
alter table whatsapp_messages alter column status drop expression;
alter table whatsapp_messages alter column needs_attention drop expression;
alter table whatsapp_messages alter column status set default 'PENDING';
alter table whatsapp_messages alter column needs_attention set default false;

-- The states only move as the state machine says, whoever writes: see docs/message-lifecycle.md.
create function whatsapp_messages_keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state <> new.state and not (
    case old.state
      when 'queued' then new.state in ('held', 'claimed', 'sending', 'canceled', 'expired', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'held' then new.state in ('queued', 'canceled', 'expired', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'claimed' then new.state in ('queued', 'held', 'sending', 'canceled', 'expired', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'sending' then new.state in ('queued', 'held', 'in_doubt', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'in_doubt' then new.state in ('queued', 'held', 'unconfirmed', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'unconfirmed' then new.state in ('queued', 'accepted', 'sent', 'failed', 'delivered', 'read')
      when 'accepted' then new.state in ('sent', 'failed', 'delivered', 'read')
      when 'sent' then new.state in ('failed', 'delivered', 'read')
      when 'delivered' then new.state = 'read'
      when 'read' then false
      -- failed, expired, canceled: evidence of a delivery, or a person's retry, which is counted
      else new.state in ('delivered', 'read', 'failed')
        or (new.state in ('accepted', 'sent') and old.whatsapp_message_id is null)
        or (new.state = 'queued' and new.retries = old.retries + 1)
    end) then
    raise exception 'message % may not go from % to %', old.id, old.state, new.state
      using errcode = 'integrity_constraint_violation', constraint = 'whatsapp_messages_transition';
  end if;
  update whatsapp_messages m
  set status = c.status, needs_attention = c.needs_attention
  from (select
      case when new.state <= 'unconfirmed' then 'PENDING' when new.state = 'read' then 'READ'
        when new.state = 'delivered' then 'DELIVERED' when new.state in ('accepted', 'sent') then 'SENT'
        else 'FAILED' end::whatsapp_message_status as status,
      new.duplicate_sent or new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed') as needs_attention) c
  where m.id = new.id and (m.status <> c.status or m.needs_attention <> c.needs_attention);
  return null;
end $$;

-- Conditions are read anew for each statement, so they are short: a step forward to accepted or beyond passes by
-- itself, as does a claim; of any other the function decides.
drop trigger whatsapp_messages_transition on whatsapp_messages;
drop function whatsapp_messages_refuse_transition();
create trigger whatsapp_messages_keep after update on whatsapp_messages for each row
when ((old.state <> new.state
    and not (old.state < new.state and new.state >= 'accepted'
      and (old.state <= 'unconfirmed' or old.state in ('accepted', 'sent', 'delivered')))
    and not (old.state = 'queued' and new.state = 'sending'))
  or new.status <> case when new.state <= 'unconfirmed' then 'PENDING'::whatsapp_message_status
    when new.state = 'read' then 'READ' when new.state = 'delivered' then 'DELIVERED'
    when new.state in ('accepted', 'sent') then 'SENT' else 'FAILED' end
  or new.needs_attention <> (new.duplicate_sent or new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed')))
execute function whatsapp_messages_keep();
create trigger whatsapp_messages_keep_new after insert on whatsapp_messages for each row
when (new.status <> case when new.state <= 'unconfirmed' then 'PENDING'::whatsapp_message_status
    when new.state = 'read' then 'READ' when new.state = 'delivered' then 'DELIVERED'
    when new.state in ('accepted', 'sent') then 'SENT' else 'FAILED' end
  or new.needs_attention <> (new.duplicate_sent or new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed')))
execute function whatsapp_messages_keep();

-- As in whatsapp008, by the state alone: the status may be written after it.
create or replace function outgoing_events_of_change() returns trigger language plpgsql as $$
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
      new.state in ('failed', 'expired', 'canceled') and (old.state in ('failed', 'expired', 'canceled')) is not true,
      null, new.error_code, new.error_message),
    (5, 'whatsapp.message.needs_attention',
      case when new.state <= 'unconfirmed' then 'PENDING' when new.state = 'read' then 'READ'
        when new.state = 'delivered' then 'DELIVERED' when new.state in ('accepted', 'sent') then 'SENT'
        else 'FAILED' end, new.state::text,
      (new.state in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed') and old.state is distinct from new.state)
        or (new.duplicate_sent and old.duplicate_sent is not true),
      new.hold_reason, new.error_code, new.error_message)
  ) as s (step, routing_key, status, state, happened, hold_reason, error_code, error_message)
  where s.happened and strpos(current_setting('aviso.publish', true), s.routing_key) > 0
  order by s.step;
  return null;
end $$;
