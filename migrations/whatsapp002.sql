-- whatsapp002: what a person decided of a message whose evidence never came.

-- The last decision; evidence that comes later still wins over it.
alter table whatsapp_messages add column resolved_as text
  constraint whatsapp_messages_resolved_as check (resolved_as in ('sent', 'not_sent', 'resend'));

-- Every message beyond sending has Meta's id, but for one that a person resolved as sent: its id comes
-- with its first webhook, if one ever comes, and only then may it go further than accepted.
alter table whatsapp_messages drop constraint whatsapp_messages_accepted_has_wamid;
alter table whatsapp_messages add constraint whatsapp_messages_accepted_has_wamid check (
  state not in ('accepted', 'sent', 'delivered', 'read')
  or whatsapp_message_id is not null
  or (state = 'accepted' and resolved_as is not distinct from 'sent'));
