-- whatsapp026: a list of failed messages that costs what failed, however long the history is.

-- FAILED is what needs attention, and what a person canceled: that has failed_at, as have messages that failed and were
-- delivered after all. No index may name state or status, since an update of an indexed column is not HOT; these two change
-- only where something goes wrong. Of all tenants, newest first: whatsapp_messages_attention begins with the tenant.
create index whatsapp_messages_attention_all on whatsapp_messages (id desc) where needs_attention;
create index whatsapp_messages_ended on whatsapp_messages (id desc)
  where failed_at is not null and not needs_attention;
