/** The registry as it is read from outside. */

import type { Queryable, Statement } from '../db/database.ts'
import { ORDER_KEY } from './po-notification.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { TEMPLATE_COLUMNS } from './template-store.ts'

export interface TemplateFilter {
  businessAccountId: string
  name: string | null
  /** Null: all but those that Meta has no more. */
  status: string | null
  language: string | null
  category: string | null
  templateKey: string | null
  /** Only ids below this one. */
  before: string | null
  limit: number
}

const LIST: Statement = {
  name: 'templates.list',
  text: `select ${TEMPLATE_COLUMNS} from whatsapp_templates
         where business_account_id = $1 and ($2::text is null or template_name = $2)
           and case when $3::text is null then status <> 'DELETED' else status = $3 end
           and ($4::text is null or language = $4) and ($5::text is null or category = $5)
           and ($6::text is null or template_key = $6) and ($7::uuid is null or id < $7)
         order by id desc limit $8`,
}

/** Newest first. */
export function listTemplateRows(
  db: Queryable,
  filter: TemplateFilter,
): Promise<RegisteredTemplate[]> {
  const { businessAccountId, name, status, language, category, templateKey } = filter
  return db.query<RegisteredTemplate>(LIST, [
    businessAccountId,
    name,
    status,
    language,
    category,
    templateKey,
    filter.before,
    filter.limit,
  ])
}

/** One of this account, a deleted one too. */
export async function findTemplateRow(
  db: Queryable,
  businessAccountId: string,
  id: string,
): Promise<RegisteredTemplate | undefined> {
  const rows = await db.query<RegisteredTemplate>(
    {
      name: 'templates.find_id',
      text: `select ${TEMPLATE_COLUMNS} from whatsapp_templates where id = $2 and business_account_id = $1`,
    },
    [businessAccountId, id],
  )
  return rows[0]
}

/** One of this account by name and language. */
export async function findTemplateByKey(
  db: Queryable,
  businessAccountId: string,
  which: { template_name: string; language: string },
): Promise<RegisteredTemplate | undefined> {
  const rows = await db.query<RegisteredTemplate>(
    {
      name: 'templates.find_key',
      text: `select ${TEMPLATE_COLUMNS} from whatsapp_templates
             where business_account_id = $1 and template_name = $2 and language = $3`,
    },
    [businessAccountId, which.template_name, which.language],
  )
  return rows[0]
}

/** Messages that wait to be sent with a template. */
export async function countWaiting(
  db: Queryable,
  name: string,
  languages: readonly string[],
): Promise<number> {
  const rows = await db.query<{ count: number }>(
    {
      name: 'templates.count_waiting',
      text: `select count(*)::integer as count from whatsapp_messages
             where due_at is not null and state in ('queued', 'held')
               and template_name = $1 and template_language = any ($2::text[])`,
    },
    [name, languages],
  )
  return rows[0]?.count ?? 0
}

/** Templates that orders use, and that Meta counts as marketing now or soon. */
export function listDearTemplates(
  db: Queryable,
): Promise<Pick<RegisteredTemplate, 'template_name' | 'language' | 'category'>[]> {
  return db.query(
    {
      name: 'templates.list_dear',
      text: `select template_name, language, category from whatsapp_templates
             where template_key = $1 and is_active and status <> 'DELETED'
               and (category = 'MARKETING' or correct_category = 'MARKETING')
             order by template_name, language limit 20`,
    },
    [ORDER_KEY],
  )
}
