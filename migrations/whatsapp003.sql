-- whatsapp003: Meta's limits, kept across all processes together.

-- One message every six seconds to the same recipient. Unlogged: after a crash of the database Meta's
-- own limiter stands behind it, and a row a message would cost as much log as the message.
create unlogged table recipient_pace (
  phone_number_id text not null,
  recipient text not null,
  next_at timestamptz not null,
  primary key (phone_number_id, recipient)
);
create index recipient_pace_next on recipient_pace (next_at);

-- Sends per second of a business number (GCRA): tat is when the next send is due at an even pace.
create table number_pace (
  phone_number_id text primary key,
  tat timestamptz not null,
  -- what the last call was granted
  granted integer not null default 0,
  -- below 1 after Meta said it was too fast; grows back by a tenth a second
  factor float8 not null default 1,
  factor_at timestamptz not null default clock_timestamp(),
  paused_until timestamptz
);
