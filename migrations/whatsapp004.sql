-- whatsapp004: deliveries that were begun again and again and never ended.

-- One row while a delivery that came ten times or more is under way, written before its start. A row that
-- stays is a start whose process died; keyed by the bytes, since nothing else of it may be read yet.
create table suspicious_starts (
  raw_sha256 bytea primary key,
  starts integer not null,
  last_at timestamptz not null default clock_timestamp()
);
