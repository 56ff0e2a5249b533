import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { actOnBatch, BATCH_ACTIONS } from '../direct/batch-actions.ts'
import type { BatchAction } from '../direct/batch-actions.ts'
import { BatchSettingsSchema, MAX_BULK_BYTES, MAX_MESSAGES } from '../direct/batch-receiver.ts'
import type { BulkAsk, BulkResult } from '../direct/batch-receiver.ts'
import { countStates, EMPTY_COUNTS, findBatch } from '../direct/batch-store.ts'
import type { BatchRow } from '../direct/batch-store.ts'
import { MessageRequestSchema } from '../direct/message-schema.ts'
import { AppError } from '../lib/errors.ts'
import { schemaFaults } from '../lib/schema-faults.ts'
import { statusOf } from '../message/message.ts'
import type { MessageState, MessageStatus } from '../message/message.ts'
import { BatchSchema, BulkResultSchema } from './batch-contract.ts'
import { READERS, SENDERS, WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ProblemSchema } from './contract.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { bytesOf, isJson, mediaTypeOf, takeBytes } from './json-bytes.ts'
import { IdempotencyHeaderSchema } from './send-routes.ts'
import { sayRepeated } from './validate.ts'

// Once a process: a second schema of the same id would give the document other names.
const BulkRequestSchema = BatchSettingsSchema.extend({
  messages: z.array(MessageRequestSchema).min(1).max(MAX_MESSAGES),
}).meta({ id: 'BulkRequest' })

export interface BatchRouteOptions {
  authenticate: Authenticate
  database: Database
  createId: () => string
  /** Sends per second of the business number; 0 = no limit. */
  numberRate: number
  receive: (ask: BulkAsk) => Promise<BulkResult & { replayed: boolean }>
  /** A batch was resumed. */
  onChange: () => void
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const LINES = new Set(['application/x-ndjson', 'application/jsonl', 'application/ndjson'])
const SEND = 'Send { "messages": […] } as application/json, or JSON lines as application/x-ndjson.'
/** Bulk requests read at once: each takes its size several times. */
const MAX_AT_ONCE = 4

/** Many messages in one request, and what becomes of them. */
export function registerBatchRoutes(app: FastifyInstance, options: BatchRouteOptions): void {
  registerBulk(app, options)
  const { database } = options
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const params = z.object({ id: z.string() })
  routes.get(
    '/api/v1/whatsapp/batches/:id',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'How far a batch is',
        tags: ['batches'],
        params,
        response: { 200: BatchSchema, 404: ProblemSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const tenantId = request.caller?.tenantId ?? null
      const batch = UUID.test(id) ? await findBatch(database, id, tenantId) : undefined
      if (batch === undefined) throw notFound()
      return viewBatch(batch, options)
    },
  )
  for (const action of ['pause', 'resume', 'cancel'] as const) {
    routes.post(
      `/api/v1/whatsapp/batches/:id/${action}`,
      {
        onRequest: async (request) => {
          request.caller = await options.authenticate(request, WRITERS)
        },
        schema: {
          summary: SUMMARIES[action],
          tags: ['batches'],
          params,
          response: { 202: BatchSchema, 404: ProblemSchema, 409: ProblemSchema },
        },
      },
      async (request, reply) => {
        const batch = await act(request, request.params.id, action, options)
        options.onChange()
        return reply.code(202).send(await viewBatch(batch, options))
      },
    )
  }
}

const SUMMARIES: Readonly<Record<BatchAction, string>> = {
  pause: 'Send nothing more of a batch until it is resumed',
  resume: 'Go on with a paused batch',
  cancel: 'Cancel what a batch has not sent yet',
}

function registerBulk(app: FastifyInstance, options: BatchRouteOptions): void {
  let atOnce = 0
  void app.register((scope, _options, done) => {
    takeBytes(scope, SEND, (mediaType) => isJson(mediaType) || LINES.has(mediaType))
    scope.post(
      '/api/v1/whatsapp/messages/bulk',
      {
        bodyLimit: MAX_BULK_BYTES,
        onRequest: async (request) => {
          request.caller = await options.authenticate(request, SENDERS)
          if (atOnce >= MAX_AT_ONCE) {
            throw new AppError('unavailable', 'Other bulk requests are being read; try again.')
          }
        },
        // The body comes as bytes and is read element by element.
        validatorCompiler: () => () => true,
        schema: {
          headers: IdempotencyHeaderSchema,
          querystring: z.object({
            stop_when_failed_share: z.string().optional().describe('For JSON lines'),
            rate_per_second: z.string().optional().describe('For JSON lines'),
          }),
          body: BulkRequestSchema,
          summary: 'Send up to 10,000 messages',
          description:
            'JSON, or JSON lines (application/x-ndjson) with the settings in the address. What is wrong with one message stops no other; the whole request is one transaction.',
          tags: ['batches'],
          response: {
            202: BulkResultSchema,
            400: ProblemSchema,
            409: ProblemSchema,
            413: ProblemSchema,
            415: ProblemSchema,
            422: ProblemSchema,
            503: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        atOnce += 1
        try {
          const { replayed, ...result } = await options.receive({
            raw: bytesOf(request.body, SEND),
            format: LINES.has(mediaTypeOf(request.headers['content-type'])) ? 'lines' : 'json',
            query: readQuery(request.query),
            onlyTenant: request.caller?.tenantId ?? null,
            key: readIdempotencyKey(request.headers),
          })
          if (replayed) void reply.header('idempotency-replayed', 'true')
          return await reply.code(202).send(result)
        } finally {
          atOnce -= 1
        }
      },
    )
    done()
  })
}

function readQuery(query: unknown): z.infer<typeof BatchSettingsSchema> {
  const numbers = Object.fromEntries(
    Object.entries(query as Record<string, string>).map(([key, text]) => [
      key,
      text === '' ? NaN : Number(text),
    ]),
  )
  const read = BatchSettingsSchema.safeParse(numbers)
  if (read.success) return read.data
  const errors = schemaFaults(read.error, numbers).map((fault) => sayRepeated(fault, query))
  const names = errors.map(({ field, detail }) => `${field} ${detail}`).join(', ')
  throw new AppError('invalid_query', `Not valid: ${names}.`, { errors })
}

/** @throws AppError `not_found`, `invalid_state` */
async function act(
  request: FastifyRequest,
  id: string,
  action: BatchAction,
  options: BatchRouteOptions,
): Promise<BatchRow> {
  const tenantId = request.caller?.tenantId ?? null
  const actor = request.caller?.name ?? 'unknown'
  const who = { id, tenantId, actor, auditId: options.createId() }
  const result = UUID.test(id) ? await actOnBatch(options.database, action, who) : undefined
  if (result === undefined) throw notFound()
  if (result.done) return result.batch
  const takes = BATCH_ACTIONS[action].from.join(' or ')
  throw new AppError(
    'invalid_state',
    `The batch is ${result.batch.state}: ${action} takes only one that is ${takes}.`,
  )
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no batch with this id.')
}

async function viewBatch(
  batch: BatchRow,
  { database, numberRate }: BatchRouteOptions,
): Promise<z.infer<typeof BatchSchema>> {
  const counts: Record<MessageStatus, number> = { ...EMPTY_COUNTS }
  for (const [state, count] of Object.entries(await countStates(database, batch.id))) {
    counts[statusOf(state as MessageState)] += count
  }
  const limits = [batch.rate_per_second, numberRate === 0 ? null : numberRate]
  const rates = limits.filter((rate) => rate !== null)
  const rate = rates.length === 0 ? null : Math.min(...rates)
  return {
    batch_id: batch.id,
    state: batch.state,
    total: batch.total,
    rejected: batch.rejected,
    counts,
    rate_per_second: rate,
    estimated_end: estimatedEnd(batch, counts.PENDING, rate),
    created_at: batch.created_at.toISOString(),
    finished_at: batch.finished_at?.toISOString() ?? null,
  }
}

/** At the pace of late, or at the limit where there was none yet. */
function estimatedEnd(batch: BatchRow, pending: number, limit: number | null): string | null {
  const paces = [batch.pace, limit].filter((pace) => pace !== null && pace > 0) as number[]
  if (batch.state !== 'running' || paces.length === 0) return null
  return new Date(Date.now() + (pending / Math.min(...paces)) * 1000).toISOString()
}
