-- whatsapp009: the registry of Meta's templates, and what an order asked of it.

-- Templates belong to a business account; tenant_id is the tenant whose account it is. Nothing has
-- filled the table before, so no row needs the default.
alter table whatsapp_templates
  add column business_account_id text not null default '',
  -- when template_key was chosen: of several active templates of a key the newest choice goes first
  add column keyed_at timestamptz,
  add column previous_category text,
  -- what Meta has announced that the category will become
  add column correct_category text,
  -- the newest time that a webhook gave of this template
  add column meta_at timestamptz,
  -- when something else than a read of the whole list changed it last
  add column touched_at timestamptz;
alter table whatsapp_templates alter column business_account_id drop default;
alter table whatsapp_templates drop constraint whatsapp_templates_tenant_id_template_name_language_key;
alter table whatsapp_templates
  add constraint whatsapp_templates_identity unique (business_account_id, template_name, language);

-- One row a business account: who reads its templates just now, when they were read, when next.
create table template_accounts (
  business_account_id text primary key,
  -- the last read that succeeded; null: nobody knows any template yet
  synced_at timestamptz,
  next_sync_at timestamptz not null default clock_timestamp(),
  -- somebody asks for a read before that
  requested_at timestamptz,
  lease_owner text,
  lease_until timestamptz,
  sync_started_at timestamptz,
  -- in a row, and Meta's words for the last
  failures integer not null default 0,
  last_error text,
  -- grows with every change of a template: who keeps a copy reads again
  version bigint not null default 0
);

-- Templates because of which messages are held: one alert each, however many processes meet it.
create table template_holds (
  business_account_id text not null,
  template_name text not null,
  language text not null,
  hold_reason text not null,
  since timestamptz not null default clock_timestamp(),
  primary key (business_account_id, template_name, language)
);

-- The language asked for, where the message is written in another one.
alter table whatsapp_messages add column template_language_asked text;
