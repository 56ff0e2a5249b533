import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Database } from '../db/database.ts'
import { countBacklog, settleBacklog } from '../message/backlog-store.ts'
import { WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ReleaseResultSchema, ReleaseSchema } from './contract.ts'

/** Lets a backlog go, or ends it, on a person's word. For operators and administrators. */
export function registerReleaseRoutes(
  app: FastifyInstance,
  options: {
    authenticate: Authenticate
    database: Database
    /** Messages became due. */
    onChange: () => void
  },
): void {
  const { authenticate, database } = options
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/whatsapp/messages/release',
    {
      onRequest: async (request) => {
        request.caller = await authenticate(request, WRITERS)
      },
      schema: {
        summary: 'Send or cancel what waits as backlog_not_released',
        description:
          'What was held by ENABLE_WHATSAPP_NOTIFICATIONS=false for longer than AVISO_BACKLOG_MINUTES ' +
          'waits for this. With dry_run it is only counted.',
        tags: ['messages'],
        body: ReleaseSchema,
        response: { 200: ReleaseResultSchema },
      },
    },
    async (request) => {
      const { caller } = request
      const { created_from: from, created_to: to, decision, dry_run: isDryRun } = request.body
      const filter = {
        tenantId: caller?.tenantId ?? null,
        from: from === undefined ? null : new Date(from),
        to: to === undefined ? null : new Date(to),
      }
      const found = await countBacklog(database, filter)
      const done = isDryRun
        ? 0
        : await settleBacklog(database, filter, decision, caller?.name ?? 'unknown')
      if (done > 0) options.onChange()
      return {
        matching: found.count,
        oldest_at: found.oldest_at?.toISOString() ?? null,
        newest_at: found.newest_at?.toISOString() ?? null,
        done,
      }
    },
  )
}
