-- whatsapp019: how often templates were used, counted behind the sends.

-- Sends that Meta accepted, by the day (UTC) on which they began.
create table template_usage (
  business_account_id text not null,
  template_name text not null,
  language text not null,
  tenant_id uuid not null,
  day date not null,
  sent bigint not null,
  primary key (business_account_id, template_name, language, tenant_id, day)
);

-- Attempts that began up to here are counted, or stand among the open ones.
create table template_usage_state (
  business_account_id text primary key,
  counted_through timestamptz not null
);

-- Attempts of which Meta's acceptance may still become known.
create table template_usage_open (
  message_id uuid not null,
  attempt integer not null,
  business_account_id text not null,
  template_name text not null,
  language text not null,
  tenant_id uuid not null,
  started_at timestamptz not null,
  looked_at timestamptz not null default clock_timestamp(),
  primary key (message_id, attempt)
);
create index template_usage_open_next on template_usage_open (business_account_id, looked_at);
