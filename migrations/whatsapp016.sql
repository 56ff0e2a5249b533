-- whatsapp016: every update of an order stays on its page.

-- A page filled by three tenths has two orders, and room for what they grow to with every version that
-- cannot be removed yet. At half, a sixth of the updates moved to another page and wrote every index.
do $$
declare part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'whatsapp_messages'::regclass loop
    execute format('alter table %s set (fillfactor = 30)', part);
  end loop;
end $$;

-- After the update instead of before it: a row that is looked at before is locked first, and the lock is
-- written to the log. What is refused is undone all the same. The condition is that of whatsapp001.
drop trigger whatsapp_messages_transition on whatsapp_messages;
create trigger whatsapp_messages_transition after update on whatsapp_messages for each row
when (old.state is distinct from new.state and not (
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
  end))
execute function whatsapp_messages_refuse_transition();
