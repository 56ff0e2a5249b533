-- whatsapp026: a list of failed messages that costs what failed, however long the history is.

-- FAILED is what needs attention, which has its index, and what does not: canceled, and failed but settled by a person. No
-- index may name state or status, since an update of an indexed column is not HOT; failed_at changes only where a message
-- fails.
create index whatsapp_messages_ended on whatsapp_messages (tenant_id, id desc)
  where failed_at is not null and not needs_attention;
