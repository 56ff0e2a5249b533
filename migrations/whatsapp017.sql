-- whatsapp017: what webhooks leave out, and what came with a wrong signature.

-- A message that Meta took, and of which nothing came since: no status at all after some minutes, or
-- no delivery after Meta's time to live. Found once, by the time of its attempt.
create table webhook_gaps (
  message_id uuid primary key,
  -- A gap without any status becomes one without a delivery.
  kind text not null constraint webhook_gaps_kind check (kind in ('no_status', 'undelivered')),
  tenant_id uuid not null,
  wamid text collate "C" not null,
  accepted_at timestamptz not null,
  found_at timestamptz not null default clock_timestamp(),
  -- Meta's message_history: when it was asked last, how often, and what it said.
  asked_at timestamptz,
  asked integer not null default 0,
  answer text constraint webhook_gaps_answer check (answer in ('statuses', 'nothing', 'refused', 'unreachable')),
  -- A status has come, however late.
  closed_at timestamptz
);
create index webhook_gaps_open on webhook_gaps (found_at) where closed_at is null;
create index webhook_gaps_listed on webhook_gaps (tenant_id, message_id);

-- How far attempts have been looked at; who holds the row looks.
create table webhook_gap_scans (
  kind text primary key constraint webhook_gap_scans_kind check (kind in ('no_status', 'undelivered')),
  scanned_to timestamptz not null
);
insert into webhook_gap_scans
values ('no_status', clock_timestamp() - interval '7 days'), ('undelivered', clock_timestamp() - interval '60 days');

-- Counted by all processes together; an hour a row.
create table webhook_refusals (
  hour timestamptz primary key,
  count bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null
);

-- Meta drops a message past its time to live and says nothing (no index names it: HOT updates stay).
alter table whatsapp_messages add column undelivered_at timestamptz;
