-- whatsapp011: batches.

-- 0 goes first: orders, and what is sent one by one. 1: messages of a batch.
alter table whatsapp_messages add column lane smallint not null default 0;

create table whatsapp_batches (
  id uuid primary key,
  tenant_id uuid not null,
  state text not null check (state in ('running', 'paused', 'stopped', 'canceled', 'done')),
  total integer not null,
  -- what was not taken: [{ "index", "code", "detail" }]
  rejections jsonb not null,
  rejected integer not null,
  -- messages a second at most; null = as fast as the number may
  rate_per_second float8,
  stop_when_failed_share float8,
  -- Messages up to this one have been let go; the others wait, due only when they expire.
  fed_through uuid,
  fed integer not null default 0,
  -- the batch's own pace: up to when its share is used
  fed_at timestamptz not null default clock_timestamp(),
  -- messages a second of late
  pace float8,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index whatsapp_batches_running on whatsapp_batches (id) where state = 'running';
