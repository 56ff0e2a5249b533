-- whatsapp001: the way of a purchase order, from its event to the last webhook.
--
-- Written for PostgreSQL 15 and run unchanged on PGlite. Append-only: a later change is a later file.

create type whatsapp_message_type as enum
  ('TEMPLATE', 'TEXT', 'IMAGE', 'DOCUMENT', 'VIDEO', 'AUDIO', 'INTERACTIVE', 'LOCATION', 'CONTACTS', 'STICKER', 'REACTION');

create type whatsapp_message_status as enum ('PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED');

-- In rank order, so that greatest(old, new) merges what webhooks say in whatever order they come.
-- failed stands below delivered: with several devices both may come, and a delivered order is delivered.
create type whatsapp_message_state as enum
  ('queued', 'held', 'claimed', 'sending', 'in_doubt', 'unconfirmed', 'canceled', 'expired',
   'accepted', 'sent', 'failed', 'delivered', 'read');

create type whatsapp_attempt_outcome as enum ('accepted', 'rejected', 'not_sent', 'in_doubt', 'assumed_lost');

-- The message row is the outbox row. id is a UUID v7 made by the service, so a range of ids is a
-- range of time: tables are partitioned by it, and old months are dropped instead of deleted.
create table whatsapp_messages (
  id uuid not null,
  tenant_id uuid not null,
  notification_id uuid,
  batch_id uuid,
  state whatsapp_message_state not null,
  status whatsapp_message_status not null generated always as (
    case state
      when 'read' then 'READ'::whatsapp_message_status
      when 'delivered' then 'DELIVERED'::whatsapp_message_status
      when 'accepted' then 'SENT'::whatsapp_message_status
      when 'sent' then 'SENT'::whatsapp_message_status
      when 'failed' then 'FAILED'::whatsapp_message_status
      when 'expired' then 'FAILED'::whatsapp_message_status
      when 'canceled' then 'FAILED'::whatsapp_message_status
      else 'PENDING'::whatsapp_message_status
    end) stored,
  duplicate_sent boolean not null default false,
  needs_attention boolean not null generated always as (
    duplicate_sent or state = 'held' or state = 'in_doubt' or state = 'unconfirmed' or state = 'expired' or state = 'failed') stored,
  hold_reason text,
  message_type whatsapp_message_type not null default 'TEMPLATE',
  template_name text,
  template_language text,
  template_parameters jsonb,
  -- what is sent instead of a template
  content jsonb,
  recipient_phone text,
  recipient_input text,
  recipient_user_id text,
  wa_id text,
  whatsapp_message_id text,
  event_id text,
  po_id text,
  po_number text,
  revision bigint,
  supplier_id text,
  supplier_name text,
  phone_number_id text,
  -- The number of the newest attempt. Grows with every claim: it is the fence that makes a worker
  -- whose lease is over write nothing.
  fence integer not null default 0,
  -- Attempts that count: a refusal that blames the number or the template is given back.
  attempts integer not null default 0,
  -- Refusals and failed connections in a row: the step of the backoff.
  failures integer not null default 0,
  -- Attempts up to this one had failed when a person asked for a retry: of their webhooks only a
  -- delivery still counts.
  retried_through integer not null default 0,
  retries integer not null default 0,
  lease_owner text,
  -- When somebody has to look at this row next: queued = may be sent from, claimed and sending = the
  -- lease ends, in_doubt = the window closes, held = it expires. Null once nothing is left to do, so
  -- that webhooks touch no index (HOT updates).
  due_at timestamptz,
  expires_at timestamptz,
  accepted_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  -- delivered_at was copied from read_at and yields to the first real one
  delivered_implied boolean not null default false,
  read_at timestamptz,
  failed_at timestamptz,
  held_for_quality boolean not null default false,
  error_code text,
  error_message text,
  pricing jsonb,
  provider_response jsonb,
  metadata jsonb,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (id),
  constraint whatsapp_messages_held_says_why check ((state = 'held') = (hold_reason is not null)),
  constraint whatsapp_messages_failed_says_why
    check (state not in ('failed', 'expired', 'canceled') or error_code is not null),
  constraint whatsapp_messages_accepted_has_wamid
    check (state not in ('accepted', 'sent', 'delivered', 'read') or whatsapp_message_id is not null),
  constraint whatsapp_messages_sendable_has_recipient
    check (state in ('failed', 'canceled', 'expired') or recipient_phone is not null or recipient_user_id is not null)
) partition by range (id);

-- fillfactor 50 leaves room for the three webhook updates beside the row (98 % and more are HOT).
create table whatsapp_messages_default partition of whatsapp_messages default with (fillfactor = 50);

-- No index and no predicate names state or status: either would end HOT updates.
create index whatsapp_messages_due on whatsapp_messages (due_at) where due_at is not null;
create index whatsapp_messages_list on whatsapp_messages (tenant_id, id desc);
create index whatsapp_messages_po_number on whatsapp_messages (po_number, id desc) where po_number is not null;
create index whatsapp_messages_recipient on whatsapp_messages (recipient_phone, id desc);
create index whatsapp_messages_supplier_name on whatsapp_messages (left(lower(supplier_name), 100) text_pattern_ops, id desc);
create index whatsapp_messages_batch on whatsapp_messages (batch_id, id desc) where batch_id is not null;
create index whatsapp_messages_attention on whatsapp_messages (tenant_id, id desc) where needs_attention;

-- The states only move as the state machine says, whoever writes: see docs/message-lifecycle.md.
-- The condition is evaluated without calling a function, so an allowed update costs no PL/pgSQL.
create function whatsapp_messages_refuse_transition() returns trigger language plpgsql as $$
begin
  raise exception 'message % may not go from % to %', old.id, old.state, new.state
    using errcode = 'integrity_constraint_violation', constraint = 'whatsapp_messages_transition';
end $$;

create trigger whatsapp_messages_transition before update on whatsapp_messages for each row
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

-- One row a call to Meta, written before the call: an attempt without an outcome is a call whose
-- answer nobody has seen. (message_id, attempt) is what biz_opaque_callback_data names.
create table whatsapp_attempts (
  message_id uuid not null,
  attempt integer not null,
  tenant_id uuid not null,
  phone_number_id text not null,
  lease_owner text not null,
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome whatsapp_attempt_outcome,
  -- what settled it: the answer, a webhook, the lease that ran out, a person
  evidence text,
  http_status smallint,
  wamid text,
  error_code text,
  error jsonb,
  primary key (message_id, attempt)
) partition by range (message_id);
create table whatsapp_attempts_default partition of whatsapp_attempts default with (fillfactor = 70);
create index whatsapp_attempts_started on whatsapp_attempts (started_at);

-- What Meta said of an attempt: the first of each status word, with the smallest time Meta gave.
create table whatsapp_status_facts (
  message_id uuid not null,
  attempt integer not null,
  status text not null,
  tenant_id uuid not null,
  wamid text,
  meta_at timestamptz,
  received_at timestamptz not null default clock_timestamp(),
  -- which of two reports of the same status is kept: the smaller
  sort_key text collate "C" not null,
  detail jsonb,
  primary key (message_id, attempt, status)
) partition by range (message_id);
create table whatsapp_status_facts_default partition of whatsapp_status_facts default;
create index whatsapp_status_facts_received on whatsapp_status_facts (received_at);

-- Narrow tables for what must be unique over all time: a unique index on a partitioned table would
-- have to contain the partition key.
create table received_events (
  tenant_id uuid not null,
  event_id text collate "C" not null,
  fingerprint bytea not null,
  message_id uuid not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, event_id)
);
create table approved_revisions (
  tenant_id uuid not null,
  po_id text collate "C" not null,
  revision bigint not null,
  fingerprint bytea not null,
  message_id uuid not null,
  primary key (tenant_id, po_id, revision)
);
create table whatsapp_wamids (
  wamid text collate "C" primary key,
  message_id uuid not null,
  attempt integer not null
);

-- Statuses whose message is not known (yet): kept 8 days, because Meta repeats for 7.
create table orphan_statuses (
  wamid text collate "C" not null,
  status text not null,
  phone_number_id text,
  meta_at timestamptz,
  callback_data text,
  detail jsonb,
  received_at timestamptz not null default clock_timestamp(),
  primary key (wamid, status)
);
create index orphan_statuses_received on orphan_statuses (received_at);

-- Every webhook body as it came, before it was understood.
create table webhook_bodies (
  id uuid primary key,
  received_at timestamptz not null default clock_timestamp(),
  body bytea not null
);
create index webhook_bodies_received on webhook_bodies (received_at);

create table inbound_messages (
  wamid text collate "C" primary key,
  phone_number_id text,
  from_wa_id text,
  from_user_id text,
  message_type text not null,
  context_wamid text,
  -- the message it answers, where sender and business number fit
  message_id uuid,
  tenant_id uuid,
  text text,
  payload text,
  meta_at timestamptz,
  received_at timestamptz not null default clock_timestamp(),
  content jsonb not null
);
create index inbound_messages_message on inbound_messages (message_id) where message_id is not null;
create index inbound_messages_received on inbound_messages (received_at);

-- What could not be understood: events and webhook items, with bytes and reason.
create table rejected_events (
  id uuid primary key,
  received_at timestamptz not null default clock_timestamp(),
  source text not null check (source in ('rabbitmq', 'http', 'webhook')),
  tenant_id uuid,
  event_id text,
  code text not null,
  detail text not null,
  errors jsonb,
  raw bytea not null,
  headers jsonb,
  replayed_at timestamptz,
  message_id uuid
);
create index rejected_events_list on rejected_events (tenant_id, id desc);

-- Why nothing may be sent by a number or with a template just now, and when to try one message again.
create table send_gates (
  scope text not null check (scope in ('number', 'template')),
  -- the phone number id, or "phone number id/template/language"
  key text not null,
  hold_reason text not null,
  error_code text,
  error_message text,
  closed_at timestamptz not null default clock_timestamp(),
  probe_at timestamptz,
  probes integer not null default 0,
  primary key (scope, key)
);

-- The newest time Meta gave in a status of a number: silence is evidence only when webhooks flow.
create table webhook_watermarks (
  phone_number_id text primary key,
  newest_meta_at timestamptz not null,
  received_at timestamptz not null default clock_timestamp()
);

create table whatsapp_templates (
  id uuid primary key,
  tenant_id uuid not null,
  template_name text not null,
  template_key text,
  category text not null,
  language text not null,
  status text not null,
  body_text text,
  parameter_count integer not null default 0,
  parameter_format text,
  sent_count bigint not null default 0,
  is_active boolean not null default true,
  meta_id text,
  quality text,
  components jsonb,
  rejected_reason text,
  synced_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  unique (tenant_id, template_name, language)
);

create table api_keys (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('admin', 'operator', 'viewer', 'ingest')),
  -- null: every tenant (administrators)
  tenant_id uuid,
  prefix text not null,
  -- SHA-256 of 32 random bytes in base64url: nothing to guess, so no slow hash is needed
  key_sha256 bytea not null unique,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- Who did what by hand. Append-only.
create table audit_log (
  id uuid primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  tenant_id uuid,
  message_id uuid,
  detail jsonb
);
create index audit_log_message on audit_log (message_id) where message_id is not null;
create index audit_log_at on audit_log (at);
