import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ApiKeyRow, ApiKeys } from '../access/api-keys.ts'
import { AppError } from '../lib/errors.ts'
import { isUuid } from '../lib/text-rules.ts'
import { ADMINS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ApiKeyListSchema, MadeApiKeySchema, NewApiKeySchema, ProblemSchema } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'

/** API keys: administrators only. A tenant's administrator sees and makes its tenant's keys. */
export function registerKeyRoutes(app: FastifyInstance, options: KeyRouteOptions): void {
  // In a scope of its own: the hook is for these routes alone.
  void app.register((scope, _options, done) => {
    addRoutes(scope, options)
    done()
  })
}

const ListQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})

interface KeyRouteOptions {
  authenticate: Authenticate
  apiKeys: ApiKeys
}

function addRoutes(app: FastifyInstance, options: KeyRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.addHook('onRequest', async (request) => {
    request.caller = await options.authenticate(request, ADMINS)
  })
  routes.get(
    '/api/v1/keys',
    {
      schema: {
        summary: 'API keys, newest first',
        tags: ['keys'],
        querystring: ListQuerySchema,
        response: { 200: ApiKeyListSchema, 400: ProblemSchema },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const rows = await options.apiKeys.list({
        tenantId: request.caller?.tenantId ?? null,
        before: cursor === undefined ? null : decodeCursor(cursor),
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const more = rows.length > page.length && last !== undefined
      return { data: page.map(viewKey), next_cursor: more ? encodeCursor(last.id) : null }
    },
  )
  routes.post(
    '/api/v1/keys',
    {
      schema: {
        summary: 'Make an API key; it is shown once',
        tags: ['keys'],
        body: NewApiKeySchema,
        response: { 201: MadeApiKeySchema, 422: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { name, role, tenant_id, expires_at } = request.body
      if (typeof expires_at === 'string' && Date.parse(expires_at) <= Date.now()) throw isPast()
      const own = request.caller?.tenantId ?? null
      if (own !== null && tenant_id !== undefined && tenant_id !== own) {
        throw new AppError('forbidden', 'The key belongs to another tenant.')
      }
      const { row, key } = await options.apiKeys.create({
        name,
        role,
        tenantId: own ?? tenant_id?.toLowerCase() ?? null,
        expiresAt: expires_at === undefined || expires_at === null ? null : new Date(expires_at),
        actor: request.caller?.name ?? 'unknown',
      })
      return reply.code(201).send({ ...viewKey(row), key })
    },
  )
  routes.delete(
    '/api/v1/keys/:id',
    {
      schema: {
        summary: 'Revoke an API key; it takes effect within 5 seconds',
        tags: ['keys'],
        params: z.object({ id: z.string() }),
        response: { 204: z.null().describe('Revoked'), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { tenantId = null, name = 'unknown' } = request.caller ?? {}
      const revoked = isUuid(id) && (await options.apiKeys.revoke(id, tenantId, name))
      if (!revoked) throw new AppError('not_found', 'There is no API key with this id.')
      return reply.code(204).send(null)
    },
  )
}

/** Such a key would be of no use, and whoever made it would look for the fault elsewhere. */
function isPast(): AppError {
  const detail = 'is in the past'
  const remedy = 'Send a later time, or leave it out for a key that does not expire.'
  return new AppError('validation_failed', `expires_at ${detail}. ${remedy}`, {
    errors: [{ field: 'expires_at', code: 'out_of_range', detail, remedy }],
  })
}

function viewKey(row: ApiKeyRow): z.infer<typeof ApiKeyListSchema>['data'][number] {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    tenant_id: row.tenant_id,
    prefix: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
  }
}
