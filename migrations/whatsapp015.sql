-- whatsapp015: statistics, as counts that are summed up beforehand.

-- Finds what was made in a span of time. Its entry is a block of pages, not a row: an insert does not touch
-- it, and created_at never changes, so updates stay HOT. No id is in it.
create index whatsapp_messages_created on whatsapp_messages using brin (created_at) with (pages_per_range = 64, autosummarize = on);

-- Messages created before folded_through are counted in stats_rollup; later ones are counted where they are.
create table stats_state (
  only_one boolean primary key default true check (only_one),
  folded_through timestamptz not null default '-infinity',
  -- What is older than candidate_at - 15 minutes changes no more without a row in stats_changes, once these
  -- transactions (pg_locks.virtualtransaction) are over, which were writing messages then.
  candidate_at timestamptz,
  candidate_writers text[]
);
insert into stats_state default values;

-- Sums. Several rows of one place are one sum: what is folded is appended, and put together by and by.
create table stats_rollup (
  -- 0: name is a template's; 1: a supplier_id. Empty = none
  dimension smallint not null,
  -- hours that a row covers
  span smallint not null,
  start timestamptz not null,
  tenant_id uuid not null,
  name text not null,
  total bigint not null,
  -- { metric: count }; see src/stats/metrics.ts
  metrics jsonb not null
) with (autovacuum_vacuum_scale_factor = 0.05);
create index stats_rollup_place on stats_rollup (dimension, span, start, tenant_id);

-- How many rows a place has, and how many it had when it was last put together.
create table stats_places (
  dimension smallint not null,
  span smallint not null,
  start timestamptz not null,
  appended integer not null,
  compacted integer not null default 0,
  primary key (dimension, span, start)
);

-- A message that changes late: what it counted as before (-1) and counts as now (1). Columns as in
-- whatsapp_messages, so that both are read by the same words.
create table stats_changes (
  sign smallint not null,
  tenant_id uuid not null,
  created_at timestamptz not null,
  template_name text,
  supplier_id text,
  status whatsapp_message_status not null,
  accepted_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  error_code text,
  pricing jsonb,
  recipient_phone text,
  recipient_user_id text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

create function stats_note_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    insert into stats_changes values (-1, old.tenant_id, old.created_at, old.template_name, old.supplier_id, old.status,
      old.accepted_at, old.delivered_at, old.read_at, old.error_code, old.pricing, old.recipient_phone, old.recipient_user_id);
  else
    -- A history that is copied in before anything is folded is counted where it is. The lock keeps the fold
    -- from passing by before this is committed.
    perform 1 from stats_state where folded_through <= new.created_at for share;
    if found then return null; end if;
  end if;
  insert into stats_changes values (1, new.tenant_id, new.created_at, new.template_name, new.supplier_id, new.status,
    new.accepted_at, new.delivered_at, new.read_at, new.error_code, new.pricing, new.recipient_phone, new.recipient_user_id);
  return null;
end $$;

-- Conditions without a function of ours: on its usual way, within 15 minutes, a message calls nothing.
create trigger whatsapp_messages_stats_new after insert on whatsapp_messages for each row
when (new.created_at < clock_timestamp() - interval '15 minutes')
execute function stats_note_change();

create trigger whatsapp_messages_stats after update on whatsapp_messages for each row
when ((old.created_at < clock_timestamp() - interval '15 minutes' or new.created_at < clock_timestamp() - interval '15 minutes')
  and (old.status, old.created_at, old.template_name, old.supplier_id, old.accepted_at, old.delivered_at, old.read_at,
      old.error_code, old.pricing, old.recipient_phone)
    is distinct from (new.status, new.created_at, new.template_name, new.supplier_id, new.accepted_at, new.delivered_at,
      new.read_at, new.error_code, new.pricing, new.recipient_phone))
execute function stats_note_change();
