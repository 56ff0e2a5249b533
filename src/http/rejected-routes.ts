import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Caller } from '../access/api-keys.ts'
import type { Database } from '../db/database.ts'
import type { Delivery, EventOutcome } from '../intake/event-source.ts'
import { findStatuses } from '../intake/event-store.ts'
import { findRejected, listRejected, markReplayed } from '../intake/rejected-store.ts'
import type { RejectedRow, RejectedScope } from '../intake/rejected-store.ts'
import { AppError } from '../lib/errors.ts'
import type { FieldError } from '../lib/errors.ts'
import type { WebhookReplay } from '../webhook/replay-webhook.ts'
import { READERS, WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { FieldErrorSchema, ProblemSchema, StatusSchema } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { createProblem } from './problem.ts'

export interface RejectedRouteOptions {
  authenticate: Authenticate
  database: Database
  createId: () => string
  /** The way of every event. */
  publish: (delivery: Delivery) => Promise<EventOutcome>
  /** The way of every webhook. */
  replayWebhook: (raw: Buffer) => Promise<WebhookReplay>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const time = z.iso.datetime()
const SourceSchema = z.enum(['rabbitmq', 'http', 'webhook'])
const CodeSchema = z.enum([
  'invalid_json',
  'validation_failed',
  'unknown_tenant',
  'conflict',
  'too_large',
  'unsupported_version',
])

export const RejectedSchema = z
  .object({
    id: z.string(),
    received_at: time,
    source: SourceSchema,
    tenant_id: z.string().nullable().describe('Null where it cannot be said whose it is'),
    event_id: z.string().nullable(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(FieldErrorSchema),
    raw: z.string().describe('The bytes as they came, in base64'),
    headers: z.record(z.string(), z.unknown()).nullable(),
    replayed_at: time.nullable(),
    message_id: z.string().nullable().describe('What a replay made; of a conflict, the first'),
  })
  .meta({ id: 'RejectedEvent' })

export const RejectedListSchema = z
  .object({ data: z.array(RejectedSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'RejectedEventList' })

/** As of an event; a webhook may concern no message, or several. */
export const ReplayResultSchema = z
  .object({
    message_id: z.string().nullable(),
    status: StatusSchema.nullable(),
    duplicate: z.boolean(),
  })
  .meta({ id: 'ReplayResult' })

export const RejectedQuerySchema = z.strictObject({
  source: SourceSchema.optional(),
  code: CodeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})

/** What could not be understood: looked at by readers, replayed by operators and administrators. */
export function registerRejectedRoutes(app: FastifyInstance, options: RejectedRouteOptions): void {
  const { database } = options
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const asReader = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, READERS)
  }
  const asWriter = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, WRITERS)
  }
  const getRow = async (id: string, caller: Caller | undefined): Promise<RejectedRow> => {
    const row = UUID.test(id) ? await findRejected(database, id, scopeOf(caller)) : undefined
    if (row === undefined) {
      throw new AppError('not_found', 'There is no rejected event with this id.')
    }
    return row
  }
  routes.get(
    '/api/v1/rejected-events',
    {
      onRequest: asReader,
      schema: {
        summary: 'What could not be understood, newest first',
        description: 'A page may be shorter than its limit where its events are large.',
        tags: ['events'],
        querystring: RejectedQuerySchema,
        response: { 200: RejectedListSchema, 400: ProblemSchema },
      },
    },
    async (request) => {
      const { source, code, limit, cursor } = request.query
      const { rows, more } = await listRejected(database, {
        ...scopeOf(request.caller),
        source: source ?? null,
        code: code ?? null,
        before: cursor === undefined ? null : decodeCursor(cursor),
        limit,
      })
      const last = rows.at(-1)
      return {
        data: rows.map(viewRejected),
        next_cursor: more && last !== undefined ? encodeCursor(last.id) : null,
      }
    },
  )
  routes.get(
    '/api/v1/rejected-events/:id',
    {
      onRequest: asReader,
      schema: {
        summary: 'One event or webhook body that could not be understood',
        tags: ['events'],
        params: z.object({ id: z.string() }),
        response: { 200: RejectedSchema, 404: ProblemSchema },
      },
    },
    async (request) => viewRejected(await getRow(request.params.id, request.caller)),
  )
  routes.post(
    '/api/v1/rejected-events/:id/replay',
    {
      onRequest: asWriter,
      schema: {
        summary: 'Take it once more, after its cause was mended',
        tags: ['events'],
        params: z.object({ id: z.string() }),
        response: {
          202: ReplayResultSchema,
          404: ProblemSchema,
          409: ProblemSchema,
          422: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const row = await getRow(request.params.id, request.caller)
      const replayed = await (row.source === 'webhook'
        ? replayWebhook(row, options)
        : replayEvent(row, row.source, options))
      if (replayed.kind === 'conflict') {
        const problem = createProblem('conflict', replayed.detail, request.id)
        return reply
          .code(409)
          .type('application/problem+json')
          .send({ ...problem, errors: [], message_id: replayed.messageId })
      }
      const { messageId, status, duplicate } = replayed
      await markReplayed(database, {
        id: row.id,
        messageId,
        auditId: options.createId(),
        actor: request.caller?.name ?? 'unknown',
      })
      return reply.code(202).send({ message_id: messageId, status, duplicate })
    },
  )
}

type ReplayResult = z.infer<typeof ReplayResultSchema>
type Replayed =
  | {
      kind: 'taken'
      messageId: string | null
      status: ReplayResult['status']
      duplicate: boolean
    }
  | { kind: 'conflict'; messageId: string; detail: string }

/** Through the same door as at first, for the tenant it was kept under and for no other. */
async function replayEvent(
  row: RejectedRow,
  source: Delivery['source'],
  options: RejectedRouteOptions,
): Promise<Replayed> {
  const headers = row.headers ?? {}
  const contentType = headers['content-type']
  const outcome = await options.publish({
    raw: Buffer.from(row.raw),
    contentType: typeof contentType === 'string' ? contentType : undefined,
    headers,
    source,
    onlyTenant: row.tenant_id,
    isReplay: true,
  })
  switch (outcome.kind) {
    case 'accepted':
    case 'duplicate': {
      const { messageId, status } = outcome
      return { kind: 'taken', messageId, status, duplicate: outcome.kind === 'duplicate' }
    }
    case 'conflict':
      return { kind: 'conflict', messageId: outcome.messageId, detail: outcome.detail }
    case 'rejected':
      throw stillRefused(outcome.code, outcome.detail, outcome.errors)
  }
}

async function replayWebhook(row: RejectedRow, options: RejectedRouteOptions): Promise<Replayed> {
  const outcome = await options.replayWebhook(Buffer.from(row.raw))
  if (outcome.kind === 'refused') throw stillRefused(outcome.code, outcome.detail, [])
  const { messageId, duplicate } = outcome
  const statuses = await findStatuses(options.database, messageId === null ? [] : [messageId])
  const status = messageId === null ? undefined : statuses.get(messageId)
  return status === undefined
    ? { kind: 'taken', messageId: null, status: null, duplicate }
    : { kind: 'taken', messageId, status, duplicate }
}

/** 422 whatever the reason: this request is in order, what it names is not. */
function stillRefused(
  code: Extract<EventOutcome, { kind: 'rejected' }>['code'],
  detail: string,
  errors: readonly FieldError[],
): AppError {
  if (code === 'unknown_tenant' || code === 'unsupported_version' || code === 'forbidden') {
    return new AppError(code, `Still refused: ${detail}.`, { errors })
  }
  const remedy = 'Have it sent again in a form that is right: its bytes do not change here.'
  const whole = { field: '', code, detail, remedy }
  return new AppError('validation_failed', `Still refused: ${detail}.`, {
    errors: errors.length > 0 ? errors : [whole],
  })
}

/** What has no tenant may be anybody's: only administrators of all tenants see it. */
function scopeOf(caller: Caller | undefined): RejectedScope {
  const tenantId = caller?.tenantId ?? null
  return { tenantId, withoutTenant: tenantId === null && caller?.role === 'admin' }
}

function viewRejected(row: RejectedRow): z.infer<typeof RejectedSchema> {
  return {
    id: row.id,
    received_at: row.received_at.toISOString(),
    source: row.source,
    tenant_id: row.tenant_id,
    event_id: row.event_id,
    code: row.code,
    detail: row.detail,
    errors: row.errors ?? [],
    raw: Buffer.from(row.raw).toString('base64'),
    headers: row.headers,
    replayed_at: row.replayed_at?.toISOString() ?? null,
    message_id: row.message_id,
  }
}
