import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { findError } from '../cloud-api/error-catalogue.ts'
import { AppError } from '../lib/errors.ts'
import { lintTemplate } from '../template/lint-template.ts'
import type { DemandOutcome } from '../template/sync-on-demand.ts'
import { listTemplateRows } from '../template/template-list-store.ts'
import { listAllTemplates } from '../template/template-store.ts'
import { READERS, WRITERS } from './authenticate.ts'
import {
  LintResultSchema,
  problems,
  TemplateDraftSchema,
  TemplateListSchema,
  TemplateQuerySchema,
  TemplateSchema,
  TemplateSyncSchema,
} from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import {
  getTemplate,
  maySee,
  requireOwner,
  TEMPLATES_PATH,
  viewTemplate,
} from './template-access.ts'
import type { TemplateRouteOptions } from './template-access.ts'
import { registerTemplateEventRoutes } from './template-event-routes.ts'
import { registerTemplateWriteRoutes } from './template-write-routes.ts'

/** The registry of Meta's templates: read, read anew, checked, changed. */
export function registerTemplateRoutes(app: FastifyInstance, options: TemplateRouteOptions): void {
  registerTemplateWriteRoutes(app, options)
  registerTemplateEventRoutes(app, options)
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
