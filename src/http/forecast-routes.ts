import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { DAY_MS, forecastMonth, WEEKS } from '../stats/forecast.ts'
import type { Daily } from '../stats/forecast.ts'
import { countMessages } from '../stats/stats-store.ts'
import { costOf } from '../stats/summarise.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ProblemSchema } from './contract.ts'
import { tenantAsked } from './tenant-asked.ts'

const SumSchema = z.object({
  billable: z.number().int(),
  cost: z.array(z.object({ currency: z.string(), amount: z.string() })),
})
export const ForecastSchema = z
  .object({
    month: z.string(),
    so_far: SumSchema,
    forecast: SumSchema.describe('At the end of the month'),
    rate_card: z.object({ source: z.string(), read_on: z.string() }),
  })
  .meta({ id: 'CostForecast' })
export const ForecastQuerySchema = z.strictObject({
  month: z
    .string()
    .regex(/^[12]\d{3}-(?:0[1-9]|1[0-2])$/, 'a month, as 2026-11')
    .optional()
    .describe('Such as 2026-11; default: this month, in UTC'),
  tenant_id: z.guid().optional().describe('Of one tenant, for keys of all tenants'),
})

/** `GET /api/v1/whatsapp/stats/forecast`: what a month will have cost. */
export function registerForecastRoutes(
  app: FastifyInstance,
  options: { authenticate: Authenticate; database: Database; card: RateCard },
): void {
  const { card } = options
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/whatsapp/stats/forecast',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'What a month has cost so far, and will have cost at its end',
        description: `For each day that is left, the mean of the same weekday in the last ${String(WEEKS)} weeks. Messages count on the day they were created.`,
        tags: ['statistics'],
        querystring: ForecastQuerySchema,
        response: { 200: ForecastSchema, 400: ProblemSchema, 403: ProblemSchema },
      },
    },
    async (request) => {
      const now = Date.now()
      const name = request.query.month ?? new Date(now).toISOString().slice(0, 7)
      const month = boundsOf(name)
      const today = Math.floor(now / DAY_MS) * DAY_MS
      const counted = await countMessages(options.database, {
        range: {
          from: Math.min(month.from, today - 7 * WEEKS * DAY_MS),
          to: Math.max(month.to, today + DAY_MS),
        },
        groupBy: 'day',
        tenantId: tenantAsked(request, request.query.tenant_id),
        limit: 100_000,
      })
      const daily: Daily = new Map(
        counted.groups.map(({ key, metrics }) => [Number(key) * 1000, costOf(metrics, card)]),
      )
      const { soFar, forecast } = forecastMonth(month, now, daily)
      const rate_card = { source: card.source, read_on: card.readOn }
      return { month: name, so_far: soFar, forecast, rate_card }
    },
  )
}

function boundsOf(month: string): { from: number; to: number } {
  const from = new Date(`${month}-01T00:00:00Z`)
  return { from: from.getTime(), to: Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1) }
}
