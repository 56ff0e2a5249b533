-- whatsapp012: that a message was sent twice is told in the commit that reveals it.

-- One change may now say both, so neither may hide the other: the state's events also where nobody has
-- asked for needs_attention, and the other way round.
drop trigger whatsapp_messages_publish on whatsapp_messages;
create trigger whatsapp_messages_publish after update on whatsapp_messages for each row
when ((new.duplicate_sent <> old.duplicate_sent
    and strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0)
  or (new.state <> old.state and case
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
  else false end))
execute function outgoing_events_of_change();
