import type { Caller } from '../access/api-keys.ts'
import { AppError } from '../lib/errors.ts'
import type { TemplateDesk } from '../template/wire-templates.ts'
import type { RegisteredTemplate } from '../template/registered-template.ts'
import { findTemplateRow } from '../template/template-list-store.ts'
import type { Authenticate } from './authenticate.ts'
import type { CategoryCostOptions } from './category-cost.ts'
import type { TemplateView } from './contract.ts'

export interface TemplateRouteOptions extends TemplateDesk, CategoryCostOptions {
  authenticate: Authenticate
  /** Other tenants send with its templates, too. */
  isShared: boolean
}

export const TEMPLATES_PATH = '/api/v1/whatsapp/templates'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** @throws AppError `not_found`, for another tenant's too */
export async function getTemplate(
  id: string,
  caller: Caller | undefined,
  options: Pick<TemplateRouteOptions, 'database' | 'businessAccountId' | 'tenantId' | 'isShared'>,
): Promise<RegisteredTemplate> {
  const row =
    UUID.test(id) && maySee(caller, options)
      ? await findTemplateRow(options.database, options.businessAccountId, id)
      : undefined
  if (row === undefined) throw new AppError('not_found', 'There is no template with this id.')
  return row
}

type Ownership = Pick<TemplateRouteOptions, 'tenantId' | 'isShared'>

/** Who sends with the templates of an account sees them. */
export function maySee(caller: Caller | undefined, { tenantId, isShared }: Ownership): boolean {
  return isShared || caller?.tenantId === null || caller?.tenantId === tenantId
}

/** @throws AppError `forbidden`: who shares an account may not change it for the others */
export function requireOwner(caller: Caller, { tenantId }: Ownership): void {
  if (caller.tenantId === null || caller.tenantId === tenantId) return
  throw new AppError(
    'forbidden',
    'The templates belong to the business account of another tenant; this key may only read them.',
  )
}

export function viewTemplate(row: RegisteredTemplate): TemplateView {
  return {
    id: row.id,
    template_name: row.template_name,
    template_key: row.template_key,
    category: row.category,
    language: row.language,
    status: row.status,
    body_text: row.body_text,
    parameter_count: row.parameter_count,
    parameter_format: row.parameter_format,
    sent_count: Number(row.sent_count),
    is_active: row.is_active,
    meta_id: row.meta_id,
    quality: row.quality,
    components: row.components ?? null,
    rejected_reason: row.rejected_reason,
    previous_category: row.previous_category,
    correct_category: row.correct_category,
    synced_at: row.synced_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
