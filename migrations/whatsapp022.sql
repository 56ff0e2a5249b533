-- whatsapp022: which of many suppliers have the most messages is known from far fewer rows.

-- Finds the sums of those that are shown.
create index stats_rollup_supplier on stats_rollup (name, span, start) where dimension = 1;

-- Messages by supplier in spans that lie between those of stats_rollup, without metrics: few bytes a row, and
-- what becomes of a message later changes none of them.
create table stats_supplier_totals (
  -- hours that a row covers
  span smallint not null,
  start timestamptz not null,
  tenant_id uuid not null,
  name text not null,
  total bigint not null
);
create index stats_supplier_totals_place on stats_supplier_totals (span, start);

-- Spans that were over before totals_through have their totals. It is folded_through, but where a process of a
-- former version has folded, which knows nothing of them.
alter table stats_state add column totals_through timestamptz not null default '-infinity';

-- A message that comes, goes, or changes its supplier late. Whichever version folds such a change takes it out of
-- stats_changes, and what has its totals already has them corrected in the same statement.
create function stats_correct_totals() returns trigger language plpgsql as $$
begin
  insert into stats_supplier_totals (span, start, tenant_id, name, total)
  select v.span, date_bin(make_interval(hours => v.span), g.created_at, 'epoch'), g.tenant_id, coalesce(g.supplier_id, ''), sum(g.sign)
  from gone g cross join (values (96::smallint), (384::smallint)) as v(span) cross join stats_state s
  where date_bin(make_interval(hours => v.span), g.created_at, 'epoch') + make_interval(hours => v.span) <= s.totals_through
  group by 1, 2, 3, 4 having sum(g.sign) <> 0;
  return null;
end $$;
create trigger stats_changes_totals after delete on stats_changes
referencing old table as gone for each statement execute function stats_correct_totals();
