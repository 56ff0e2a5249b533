import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RegisteredTemplate } from '../template/registered-template.ts'
import { WRITERS } from './authenticate.ts'
import {
  DeletedTemplateSchema,
  problems,
  TemplateDraftSchema,
  TemplateEditSchema,
  WrittenTemplateSchema,
} from './contract.ts'
import { refusedError } from './template-errors.ts'
import { getTemplate, requireOwner, TEMPLATES_PATH, viewTemplate } from './template-access.ts'
import type { TemplateRouteOptions } from './template-access.ts'
import { registerSampleRoute } from './template-sample-route.ts'

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
const DeleteQuerySchema = z.strictObject({
  all_languages: flag.describe('The whole name, not this language alone'),
  dry_run: flag.describe('Only tell what would follow'),
})

/** Creating, editing and deleting templates: by operators and administrators of the account's tenant. */
export function registerTemplateWriteRoutes(
  app: FastifyInstance,
  options: TemplateRouteOptions,
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const asOwner = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, WRITERS)
    requireOwner(request.caller, options)
  }
  const getRow = (request: FastifyRequest, id: string): Promise<RegisteredTemplate> =>
    getTemplate(id, request.caller, options)
  const params = z.object({ id: z.string() })
  routes.post(
    TEMPLATES_PATH,
    {
      onRequest: asOwner,
      schema: {
        summary: 'Submit a template to Meta',
        description:
          'It is checked first, as lint does: an error is refused with 422 and nothing goes to Meta. A review takes minutes, or up to a day. A template of orders that Meta puts into another category than the one asked for is not active.',
        tags: ['templates'],
        body: TemplateDraftSchema,
        response: {
          201: WrittenTemplateSchema,
          ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const outcome = await options.create(request.body, actorOf(request))
      if (outcome.kind !== 'created') throw refusedError(outcome)
      const { template, findings } = outcome
      return reply
        .code(201)
        .header('location', `${TEMPLATES_PATH}/${template.id}`)
        .send({ ...viewTemplate(template), findings })
    },
  )
  routes.route({
    method: ['PATCH', 'PUT'],
    url: `${TEMPLATES_PATH}/:id`,
    onRequest: asOwner,
    schema: {
      summary: 'Edit a template',
      description:
        'Meta takes an edit while a template is APPROVED (once a day, ten times in thirty days, never its category), REJECTED or PAUSED, and reviews it again; what waits for it is held meanwhile. template_key and is_active are ours and ask nothing of Meta.',
      tags: ['templates'],
      params,
      body: TemplateEditSchema,
      response: {
        200: WrittenTemplateSchema,
        ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
      },
    },
    handler: async (request) => {
      const row = await getRow(request, request.params.id)
      const outcome = await options.edit(row, request.body, actorOf(request))
      if (outcome.kind !== 'edited') throw refusedError(outcome)
      return { ...viewTemplate(outcome.template), findings: outcome.findings }
    },
  })
  routes.delete(
    `${TEMPLATES_PATH}/:id`,
    {
      onRequest: asOwner,
      schema: {
        summary: 'Delete a template at Meta, and say what follows from it',
        description: 'With dry_run=true nothing is deleted, and the answer says what would follow.',
        tags: ['templates'],
        params,
        querystring: DeleteQuerySchema,
        response: {
          200: DeletedTemplateSchema,
          ...problems(400, 401, 403, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request) => {
      const row = await getRow(request, request.params.id)
      const outcome = await options.remove(row, {
        allLanguages: request.query.all_languages,
        isDryRun: request.query.dry_run,
        actor: actorOf(request),
      })
      if (outcome.kind !== 'deleted') throw refusedError(outcome)
      const { isDone, languages, consequences } = outcome
      return { deleted: isDone, template_name: row.template_name, languages, consequences }
    },
  )
  registerSampleRoute(app, { ...options, asOwner })
}

function actorOf(request: FastifyRequest): string {
  return request.caller?.name ?? 'unknown'
}
