-- whatsapp018: what happened to a template, and who did it.

-- Append-only. actor is null where it was Meta.
create table template_events (
  id uuid primary key,
  at timestamptz not null default clock_timestamp(),
  business_account_id text not null,
  template_name text not null,
  language text not null,
  -- created, edited, deleted, chosen; status, category, quality
  kind text not null,
  actor text,
  detail jsonb
);
create index template_events_template on template_events (business_account_id, template_name, language, id desc);
