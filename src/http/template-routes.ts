import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Caller } from '../access/api-keys.ts'
import { findError } from '../cloud-api/error-catalogue.ts'
import { AppError } from '../lib/errors.ts'
import type { TemplateDesk } from '../template/create-templates.ts'
import { lintTemplate } from '../template/lint-template.ts'
import type { RegisteredTemplate } from '../template/registered-template.ts'
import type { DemandOutcome } from '../template/sync-on-demand.ts'
import { findTemplateRow, listTemplateRows } from '../template/template-list-store.ts'
import { listAllTemplates } from '../template/template-store.ts'
import { READERS, WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import {
  LintResultSchema,
  problems,
  TemplateDraftSchema,
  TemplateListSchema,
  TemplateQuerySchema,
  TemplateSchema,
  TemplateSyncSchema,
} from './contract.ts'
import type { TemplateView } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'

export interface TemplateRouteOptions extends TemplateDesk {
  authenticate: Authenticate
  /** Other tenants send with its templates, too. */
  isShared: boolean
}

export const TEMPLATES_PATH = '/api/v1/whatsapp/templates'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Reading the registry of Meta's templates, and having it read anew. */
export function registerTemplateRoutes(app: FastifyInstance, options: TemplateRouteOptions): void {
  const { database, businessAccountId } = options
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const asReader = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, READERS)
  }
  routes.get(
    TEMPLATES_PATH,
    {
      onRequest: asReader,
      schema: {
        summary: "Meta's templates as the registry has them, newest first",
        tags: ['templates'],
        querystring: TemplateQuerySchema,
        response: { 200: TemplateListSchema, ...problems(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { name, status, language, category, template_key: key, limit, cursor } = request.query
      const before = cursor === undefined ? null : decodeCursor(cursor)
      if (!maySee(request.caller, options)) return { data: [], next_cursor: null }
      // One more than asked for tells whether there is a next page.
      const rows = await listTemplateRows(database, {
        businessAccountId,
        name: name ?? null,
        status: status?.toUpperCase() ?? null,
        language: language?.replaceAll('-', '_') ?? null,
        category: category?.toUpperCase() ?? null,
        templateKey: key ?? null,
        before,
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        data: page.map(viewTemplate),
        next_cursor: rows.length > page.length && last !== undefined ? encodeCursor(last.id) : null,
      }
    },
  )
  routes.get(
    `${TEMPLATES_PATH}/:id`,
    {
      onRequest: asReader,
      schema: {
        summary: 'One template in one language',
        tags: ['templates'],
        params: z.object({ id: z.string() }),
        response: { 200: TemplateSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request) => viewTemplate(await getTemplate(request.params.id, request.caller, options)),
  )
  routes.post(
    `${TEMPLATES_PATH}/lint`,
    {
      onRequest: asReader,
      schema: {
        summary: 'What Meta would refuse of a template, and what would go wrong with it later',
        description: 'Nothing is sent to Meta. docs/templates.md lists the rules.',
        tags: ['templates'],
        body: TemplateDraftSchema,
        response: { 200: LintResultSchema, ...problems(400, 401, 403, 413, 415, 422, 503) },
      },
    },
    async (request) => {
      const existing = maySee(request.caller, options)
        ? await listAllTemplates(database, businessAccountId)
        : []
      return { findings: lintTemplate(request.body, existing) }
    },
  )
  routes.post(
    `${TEMPLATES_PATH}/sync`,
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, WRITERS)
        requireOwner(request.caller, options)
      },
      schema: {
        summary: "Read Meta's list now, and say what has changed",
        description:
          'It is read by itself at the start, every ten minutes, and after a webhook of a template. Ten reads at once, then one each two minutes: Meta counts them by the hour.',
        tags: ['templates'],
        response: { 200: TemplateSyncSchema, ...problems(401, 403, 429, 503) },
      },
    },
    async () => {
      const outcome = await options.sync()
      if (outcome.kind !== 'synced') throw syncError(outcome)
      const { templates, created, deleted, changes } = outcome
      return { templates, created, deleted, changes }
    },
  )
}

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

function maySee(caller: Caller | undefined, { tenantId, isShared }: Ownership): boolean {
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

function syncError(outcome: Exclude<DemandOutcome, { kind: 'synced' }>): AppError {
  switch (outcome.kind) {
    case 'too_often':
      return new AppError(
        'rate_limited',
        "Meta's list was asked for too often of late; it is read by itself every ten minutes.",
        { retryAfterSeconds: outcome.retryAfterSeconds },
      )
    case 'busy':
      return new AppError('unavailable', 'Another process reads the list just now; try again.')
    case 'failed': {
      const { reason, code, retryAfterMs } = outcome
      const remedy = code === null ? 'It is tried again by itself.' : findError(code)?.remedy
      return new AppError(
        retryAfterMs === null ? 'unavailable' : 'rate_limited',
        `Meta's list could not be read: ${reason}. ${remedy ?? ''}`.trimEnd(),
        retryAfterMs === null ? {} : { retryAfterSeconds: retryAfterMs / 1000 },
      )
    }
  }
}
