-- whatsapp014: the supplier directory, and who does not want messages.

create table suppliers (
  -- made by the service, a UUID v7: the order of lists
  id uuid not null unique,
  tenant_id uuid not null,
  supplier_id text collate "C" not null,
  name text not null,
  -- E.164; orders go to the first
  phones text[] not null default '{}',
  language text,
  email text,
  metadata jsonb,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, supplier_id)
);
create index suppliers_list on suppliers (tenant_id, id desc);
-- Whose number this is: asked when somebody writes STOP, or has a new number.
create index suppliers_phones on suppliers using gin (phones);

-- Narrow, because every claim looks here. A recipient is a number in E.164 form, a business-scoped user
-- id, or "s:" and a supplier_id: whatever number a supplier who has opted out is written to, it is refused.
-- Rows outlive the supplier's: a directory that is imported anew forgets nobody's STOP.
create table opt_outs (
  tenant_id uuid not null,
  recipient text collate "C" not null,
  opted_out_at timestamptz not null default clock_timestamp(),
  -- stop_word, directory, number_change
  source text not null,
  primary key (tenant_id, recipient)
);
