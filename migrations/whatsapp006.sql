-- whatsapp006: a claim touches no index.

-- When the lease of a claimed or sending message ends. due_at stays what it was, when the message could be
-- sent: it has an index, and changing it would cost an entry in each index of the row.
alter table whatsapp_messages add column lease_until timestamptz;
update whatsapp_messages set lease_until = due_at where state in ('claimed', 'sending');

-- An attempt is written once and changed once: a page filled by two fifths leaves room for that beside it.
do $$
declare part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'whatsapp_attempts'::regclass loop
    execute format('alter table %s set (fillfactor = 40)', part);
  end loop;
end $$;
