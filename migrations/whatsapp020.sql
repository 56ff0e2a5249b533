-- whatsapp020: up to when the operator was told of messages that need attention.

create table alert_state (
  single boolean primary key default true check (single),
  -- Changes up to here have been told.
  told_through timestamptz not null,
  -- Whoever tells just now; another process takes over after it.
  lease_until timestamptz not null,
  -- Calls in a row that the operator's address did not take.
  failures integer not null default 0
);
insert into alert_state (told_through, lease_until) values (clock_timestamp(), clock_timestamp());
