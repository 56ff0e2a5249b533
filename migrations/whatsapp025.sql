-- whatsapp025: an ANALYZE that looks at what is asked for.

-- Nobody filters or sorts by the columns that are named here, and of the others 7,500 rows say as much as 30,000. In the
-- minutes after a start ANALYZE took a quarter of PostgreSQL's time, most of it to compare documents and texts.
-- Partitions do not inherit it: whoever makes one calls this.
create function whatsapp_keep_statistics_lean(part regclass) returns void language plpgsql as $$
declare col record;
begin
  for col in
    select attname as name, attname in ('template_parameters', 'content', 'pricing', 'provider_response', 'metadata',
        'error_message', 'recipient_input', 'lease_owner', 'wa_id', 'whatsapp_message_id', 'notification_id', 'event_id',
        'po_id', 'revision', 'recipient_user_id', 'retried_through', 'retries', 'resolved_as', 'template_language_asked',
        'recipient_since', 'undelivered_at', 'sent_received_at', 'delivered_received_at', 'read_received_at',
        'error', 'wamid', 'sort_key', 'detail', 'body', 'lengths', 'message_ids') as is_never_asked_for
    from pg_attribute
    where attrelid = part and attnum > 0 and not attisdropped and coalesce(attstattarget, -1) = -1
  loop
    execute format('alter table %s alter column %I set statistics %s', part, col.name,
      case when col.is_never_asked_for then 0 else 25 end);
  end loop;
  -- of an expression in an index, too: the largest target decides how many rows are read
  for col in
    select a.attrelid::regclass as index, a.attnum from pg_index x join pg_attribute a on a.attrelid = x.indexrelid
    where x.indrelid = part and x.indexprs is not null and x.indkey[a.attnum - 1] = 0 and coalesce(a.attstattarget, -1) = -1
  loop
    execute format('alter index %s alter column %s set statistics 25', col.index, col.attnum);
  end loop;
end $$;

do $$
declare part regclass;
begin
  for part in
    select inhrelid::regclass from pg_inherits where inhparent in ('whatsapp_messages'::regclass,
      'whatsapp_attempts'::regclass, 'whatsapp_status_facts'::regclass, 'webhook_bodies'::regclass)
  loop
    perform whatsapp_keep_statistics_lean(part);
  end loop;
end $$;
