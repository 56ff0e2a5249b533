-- whatsapp028: in a month's partition the columns that change stand last.

-- The log of an update that stays in its page leaves out what the old and the new row have in common at the beginning and at
-- the end. state stood fifth and read_received_at last, so each of an order's four updates logged nearly the whole row. Each
-- partition may have an order of its own (docs/decisions/0023-what-changes-stands-last.md).
create function whatsapp_make_month(month text, lower_id uuid, upper_id uuid, filled integer) returns void language plpgsql as $$
declare
  -- From those that trouble changes, over those of the acceptance, to those of every webhook.
  changing constant name[] := array[
    'hold_reason', 'last_hold_reason', 'last_held_at', 'failures', 'retries', 'retried_through', 'recipient_since', 'resolved_as',
    'failed_at', 'undelivered_at', 'duplicate_sent', 'held_for_quality', 'error_code', 'error_message', 'fence', 'attempts',
    'phone_number_id', 'lease_until', 'due_at', 'lease_owner', 'wa_id', 'recipient_user_id', 'provider_response',
    'whatsapp_message_id', 'accepted_at', 'pricing', 'needs_attention', 'state', 'status', 'delivered_implied', 'sent_at',
    'sent_received_at', 'delivered_at', 'delivered_received_at', 'read_at', 'read_received_at', 'updated_at'];
  rule record;
begin
  if to_regclass(month) is not null then return; end if;
  execute (
    select format('create table %I (%s) with (fillfactor = %s)', month, string_agg(
      format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || case when a.attnotnull then ' not null' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''),
      ', ' order by coalesce(array_position(changing, a.attname), 0), a.attnum), filled)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = 'whatsapp_messages'::regclass and a.attnum > 0 and not a.attisdropped);
  for rule in
    select conname, pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = 'whatsapp_messages'::regclass and contype = 'c'
  loop
    execute format('alter table %I add constraint %I %s', month, rule.conname, rule.text);
  end loop;
  -- Keys, indexes and triggers come with this.
  execute format('alter table whatsapp_messages attach partition %I for values from (%L) to (%L)', month, lower_id, upper_id);
end $$;

-- The months ahead have no messages yet.
do $$
declare
  part record;
  is_filled boolean;
begin
  for part in
    select c.oid::regclass as name, c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid), '''(.{36})''.*''(.{36})''') as bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'whatsapp_messages'::regclass
      and c.relname ~ '^whatsapp_messages_\d{4}_\d\d$' and right(c.relname, 7) > to_char(now() at time zone 'UTC', 'YYYY_MM')
  loop
    execute format('select exists (select 1 from %s)', part.name) into is_filled;
    continue when is_filled;
    execute format('drop table %s', part.name);
    perform whatsapp_make_month(part.relname, part.bounds[1]::uuid, part.bounds[2]::uuid, 30);
    perform whatsapp_keep_statistics_lean(part.relname::regclass);
  end loop;
end $$;
