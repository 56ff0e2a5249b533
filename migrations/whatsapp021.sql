-- whatsapp021: what retention needs: raw webhooks in weeks that are dropped whole, and how far it has looked.

-- Every order leaves more bytes here than in its message, for 30 days: deleted, they would be written to the
-- log and vacuumed a second time. Rows from before stay where they are, as the first partition, up to the end
-- of this week; weeks begin on Monday, in UTC.
alter table webhook_bodies rename to webhook_bodies_before;
alter table webhook_bodies_before rename constraint webhook_bodies_pkey to webhook_bodies_before_pkey;
create table webhook_bodies (
  id uuid not null,
  received_at timestamptz not null default clock_timestamp(),
  body bytea not null,
  lengths integer[],
  primary key (id)
) partition by range (id);
alter table webhook_bodies alter column body set storage external;
create table webhook_bodies_default partition of webhook_bodies default;
do $$
declare
  newest uuid := (select id from webhook_bodies_before order by id desc limit 1);
  -- a UUID v7 begins with its milliseconds
  newest_at timestamptz := to_timestamp(('x' || left(replace(newest::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
  through timestamptz := date_trunc('week', greatest(clock_timestamp(), newest_at), 'UTC') + interval '7 days';
begin
  if newest is null then
    drop table webhook_bodies_before;
  else
    execute format('alter table webhook_bodies attach partition webhook_bodies_before for values from (minvalue) to (%L)',
      (lpad(to_hex((extract(epoch from through) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid);
  end if;
end $$;

-- Long tables with a key that must be unique over all time, and so without partitions, are looked through page
-- by page. No row: not looked through yet.
create table retention_walks (
  table_name text primary key,
  next_page bigint not null,
  -- the age of the oldest row that this walk has left where it is
  oldest_seen timestamptz,
  -- and the whole walk before it; nothing is due before that is
  oldest timestamptz
);
