/** The rows of the registry. */

import type { Queryable, Statement } from '../db/database.ts'
import type { RegisteredTemplate } from './registered-template.ts'

export const TEMPLATE_COLUMNS = `id, tenant_id, business_account_id, template_name, template_key, category, language, status,
  body_text, parameter_count, parameter_format, sent_count, is_active, meta_id, quality, components,
  rejected_reason, synced_at, keyed_at, previous_category, correct_category, created_at, updated_at`

/** A row with what decides whether something that was said earlier may change it. */
export interface StoredTemplate extends RegisteredTemplate {
  /** The newest time that a webhook gave. */
  meta_at: Date | null
  /** When something else than a read of the whole list changed it. */
  touched_at: Date | null
}

const LIST_ALL: Statement = {
  name: 'templates.list_all',
  text: `select ${TEMPLATE_COLUMNS}, meta_at, touched_at from whatsapp_templates where business_account_id = $1`,
}

/** Every row of an account, deleted ones too. */
export function listAllTemplates(
  db: Queryable,
  businessAccountId: string,
): Promise<StoredTemplate[]> {
  return db.query<StoredTemplate>(LIST_ALL, [businessAccountId])
}

/** All languages of these names, deleted ones too. */
export function findTemplates(
  db: Queryable,
  businessAccountId: string,
  names: readonly string[],
): Promise<StoredTemplate[]> {
  return db.query<StoredTemplate>(
    {
      name: 'templates.find_names',
      text: `select ${TEMPLATE_COLUMNS}, meta_at, touched_at from whatsapp_templates
             where business_account_id = $1 and template_name = any ($2::text[])`,
    },
    [businessAccountId, names],
  )
}

const LIST_KEYED: Statement = {
  name: 'templates.list_keyed',
  text: `select ${TEMPLATE_COLUMNS} from whatsapp_templates
         where business_account_id = $1 and template_key = $2 and is_active and status <> 'DELETED'
         order by keyed_at desc nulls last, id desc`,
}

/** The active templates under a key, the newest choice first. */
export function listKeyedTemplates(
  db: Queryable,
  businessAccountId: string,
  key: string,
): Promise<RegisteredTemplate[]> {
  return db.query<RegisteredTemplate>(LIST_KEYED, [businessAccountId, key])
}

/** What is written of a template: all but what only grows or is ours. */
export interface TemplateWrite {
  id: string
  template_name: string
  template_key: string | null
  keyed_at: Date | null
  is_active: boolean
  category: string
  previous_category: string | null
  correct_category: string | null
  language: string
  status: string
  body_text: string | null
  parameter_count: number
  parameter_format: string | null
  meta_id: string | null
  quality: string | null
  components: unknown
  rejected_reason: string | null
  meta_at: Date | null
}

const UPSERT: Statement = {
  name: 'templates.upsert',
  text: `
insert into whatsapp_templates as t (id, tenant_id, business_account_id, template_name, template_key, keyed_at,
  is_active, category, previous_category, correct_category, language, status, body_text, parameter_count,
  parameter_format, meta_id, quality, components, rejected_reason, meta_at)
select i.id, $2, $1, i.template_name, i.template_key, i.keyed_at, i.is_active, i.category, i.previous_category,
  i.correct_category, i.language, i.status, i.body_text, i.parameter_count, i.parameter_format, i.meta_id,
  i.quality, i.components, i.rejected_reason, i.meta_at
from jsonb_to_recordset($3::jsonb)
  as i(id uuid, template_name text, template_key text, keyed_at timestamptz, is_active boolean, category text,
       previous_category text, correct_category text, language text, status text, body_text text,
       parameter_count integer, parameter_format text, meta_id text, quality text, components jsonb,
       rejected_reason text, meta_at timestamptz)
on conflict (business_account_id, template_name, language) do update
set template_key = excluded.template_key, keyed_at = excluded.keyed_at, is_active = excluded.is_active,
  category = excluded.category, previous_category = excluded.previous_category,
  correct_category = excluded.correct_category, status = excluded.status, body_text = excluded.body_text,
  parameter_count = excluded.parameter_count, parameter_format = excluded.parameter_format,
  meta_id = excluded.meta_id, quality = excluded.quality, components = excluded.components,
  rejected_reason = excluded.rejected_reason, meta_at = excluded.meta_at, updated_at = clock_timestamp(),
  touched_at = case when $4 then clock_timestamp() else t.touched_at end`,
}

/** @param touched false: by a read of the whole list */
export async function upsertTemplates(
  tx: Queryable,
  account: { businessAccountId: string; tenantId: string },
  templates: readonly TemplateWrite[],
  touched: boolean,
): Promise<void> {
  if (templates.length === 0) return
  const { businessAccountId, tenantId } = account
  await tx.query(UPSERT, [businessAccountId, tenantId, JSON.stringify(templates), touched])
}

/** Notes that the rows are as Meta has them now. */
export async function markSynced(tx: Queryable, businessAccountId: string): Promise<void> {
  await tx.query(
    {
      name: 'templates.mark_synced',
      text: `update whatsapp_templates set synced_at = clock_timestamp()
             where business_account_id = $1 and status <> 'DELETED'`,
    },
    [businessAccountId],
  )
}

// A gate stands for what Meta refuses although the registry shows it approved. Where the registry says
// why by itself, and where it says that it is approved again, there is nothing left for it to do.
const SETTLE_GATES: Statement = {
  name: 'templates.settle_gates',
  text: `
with changed as (select * from json_array_elements_text($2::json) as c(key)),
gone as (
  delete from send_gates g
  where g.scope = 'template' and (g.key in (select key from changed) or exists (
    select 1 from whatsapp_templates t
    where t.business_account_id = $1 and t.template_name || '/' || t.language = g.key and t.status <> 'APPROVED'))
)
delete from template_holds h using whatsapp_templates t
where h.business_account_id = $1 and t.business_account_id = $1
  and t.template_name = h.template_name and t.language = h.language and t.status = 'APPROVED'
  and t.template_name || '/' || t.language in (select key from changed)`,
}

/** @param changed `name/language` of templates whose status is another one now */
export async function settleTemplateGates(
  tx: Queryable,
  businessAccountId: string,
  changed: readonly string[],
): Promise<void> {
  await tx.query(SETTLE_GATES, [businessAccountId, JSON.stringify(changed)])
}

/** Lets one message try what Meta calls approved, though it refused it for good a minute ago. */
export async function probeFinalGates(tx: Queryable): Promise<void> {
  await tx.query(
    {
      name: 'templates.probe_final_gates',
      text: `update send_gates set probe_at = clock_timestamp()
             where scope = 'template' and probe_at is null
               and closed_at < clock_timestamp() - interval '1 minute'`,
    },
    [],
  )
}

/**
 * Chooses a name for a key, in all its languages; null: for none. The newest choice goes first.
 *
 * @param isAnew also where it is chosen already, to go before the others
 */
export async function chooseName(
  tx: Queryable,
  businessAccountId: string,
  name: string,
  key: string | null,
  isAnew: boolean,
): Promise<void> {
  await tx.query(
    {
      name: 'templates.choose_name',
      text: `update whatsapp_templates
             set template_key = $3, keyed_at = case when $3::text is null then null else clock_timestamp() end,
               updated_at = clock_timestamp(), touched_at = clock_timestamp()
             where business_account_id = $1 and template_name = $2 and ($4 or template_key is distinct from $3)`,
    },
    [businessAccountId, name, key, isAnew],
  )
}
