-- whatsapp007: messages that are sent directly, without an order.

-- Who wrote last, for the customer service window.
create index inbound_messages_from on inbound_messages (from_wa_id, received_at desc)
  where from_wa_id is not null;
create index inbound_messages_from_user on inbound_messages (from_user_id, received_at desc)
  where from_user_id is not null;

-- Requests that carried an Idempotency-Key, written in one statement with what they made. The answer is
-- not kept: it is the message as it was written, and that stands in its row.
create table idempotency_keys (
  tenant_id uuid not null,
  key text collate "C" not null,
  -- SHA-256 over where the request went and what it said
  fingerprint bytea not null,
  message_id uuid,
  batch_id uuid,
  -- as it was written: null = queued
  hold_reason text,
  expires_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, key),
  constraint idempotency_keys_made_something check (num_nonnulls(message_id, batch_id) = 1)
);
create index idempotency_keys_created on idempotency_keys (created_at);
