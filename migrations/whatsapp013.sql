-- whatsapp013: messages that are under way as they are written.

-- An order for which a send can begin at once is written as `sending`, with its attempt, in the statement
-- that remembers its event. It never stands in the due index, so that its acceptance is a HOT update; who
-- looks for leases that have ended finds it here: one row a batch, forgotten once its lease is over.
create table send_leases (
  id bigint generated always as identity primary key,
  lease_until timestamptz not null,
  message_ids uuid[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
