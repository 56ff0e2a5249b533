-- whatsapp029: raw webhooks are kept in a quarter of their bytes.

-- Bodies of one batch say nearly the same: with lz4 190 bytes a webhook instead of 680, which are neither written to the log nor
-- replicated, and 4.7 µs instead of 6.2 (pglz: 9.2; docs/decisions/0024-an-order-in-fewer-bytes.md). For what comes from now on; a
-- server that was built without lz4 keeps them as they are.
do $$
declare
  part regclass;
begin
  -- unlike the storage, the compression is set for the named table alone
  for part in select relid from pg_partition_tree('webhook_bodies') loop
    execute format('alter table %s alter column body set compression lz4', part);
  end loop;
  alter table webhook_bodies alter column body set storage extended;
exception when feature_not_supported then
  raise notice 'this server has no lz4: raw webhooks stay uncompressed';
end $$;
