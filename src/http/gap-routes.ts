import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Database } from '../db/database.ts'
import { listGaps } from '../webhook/gap-store.ts'
import type { ListedGap } from '../webhook/gap-store.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { GapListSchema, GapQuerySchema, problems } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'

/** `GET /api/v1/whatsapp/gaps`: messages of which Meta's webhooks left something out. */
export function registerGapRoutes(
  app: FastifyInstance,
  options: { authenticate: Authenticate; database: Database },
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/whatsapp/gaps',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'Messages whose webhooks are missing, newest first',
        description:
          'Taken by Meta, and no status came within AVISO_GAP_SECONDS (no_status), or no delivery within ' +
          "AVISO_UNDELIVERED_HOURS (undelivered). `answer` is what Meta's message_history said when it was asked.",
        tags: ['messages'],
        querystring: GapQuerySchema,
        response: { 200: GapListSchema, ...problems(400, 401, 403) },
      },
    },
    async (request) => {
      const { open, kind, cursor, limit } = request.query
      const rows = await listGaps(options.database, {
        tenantId: request.caller?.tenantId ?? null,
        open,
        kind: kind ?? null,
        before: cursor === undefined ? null : decodeCursor(cursor),
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        data: page.map(viewGap),
        next_cursor:
          rows.length > page.length && last !== undefined ? encodeCursor(last.message_id) : null,
      }
    },
  )
}

function viewGap(gap: ListedGap) {
  return {
    message_id: gap.message_id,
    tenant_id: gap.tenant_id,
    kind: gap.kind,
    whatsapp_message_id: gap.wamid,
    accepted_at: gap.accepted_at.toISOString(),
    found_at: gap.found_at.toISOString(),
    asked_at: gap.asked_at?.toISOString() ?? null,
    answer: gap.answer,
    closed_at: gap.closed_at?.toISOString() ?? null,
  }
}
