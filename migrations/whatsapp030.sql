-- whatsapp030: the live stream finds what leaves no other trace.

-- It finds changed messages by rows that are written anyway (attempts, statuses, raw webhooks, actions), or by their need of
-- attention. A batch that is canceled, a gate that opens or a template that is approved writes none of these and ends the need.
-- Such a statement leaves one row here with the ids of all that it changed; an order on its usual way leaves none. Rows are
-- forgotten after a quarter of an hour, later than a stream may be resumed.
create table change_notes (
  noted_at timestamptz not null default clock_timestamp(),
  message_ids uuid[] not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index change_notes_noted_at on change_notes (noted_at);
