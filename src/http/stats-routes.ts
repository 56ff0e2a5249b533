import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { shownCode } from '../cloud-api/error-catalogue.ts'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { aTime } from '../lib/text-rules.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import type { Metrics } from '../stats/measures.ts'
import { countMessages, GROUPINGS } from '../stats/stats-store.ts'
import type { CountedGroup, Grouping } from '../stats/stats-store.ts'
import { summarise } from '../stats/summarise.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ProblemSchema } from './contract.ts'
import { csvOfStats } from './stats-csv.ts'
import { tenantAsked } from './tenant-asked.ts'

export interface StatsRouteOptions {
  authenticate: Authenticate
  database: Database
  card: RateCard
}

const DAY_MS = 24 * 60 * 60 * 1000
/** A group an hour: more is for days. */
const MAX_HOURLY_DAYS = 100
const HOURLY_DAYS = 31
/** Groups of time are all shown: their number is bounded by the range. */
const ALL = 1_000_000
const MAX_GROUPS = 20_000

const time = z.iso.datetime()
const count = z.number().int()
const DurationsSchema = z.object({
  median: z.number().nullable().describe('Seconds, within 5 %'),
  p95: z.number().nullable(),
})
const StatsGroupSchema = z
  .object({
    key: z.string().nullable().describe('Null: none, or everything'),
    total: count,
    counts: z.object({
      PENDING: count,
      SENT: count,
      DELIVERED: count,
      READ: count,
      FAILED: count,
    }),
    delivery_rate: z.number().nullable(),
    read_rate: z.number().nullable(),
    seconds_to_deliver: DurationsSchema.describe('From acceptance by Meta'),
    seconds_to_read: DurationsSchema.describe('From acceptance by Meta'),
    failures: z
      .array(z.object({ error_code: z.string().nullable(), count }))
      .describe('The FAILED ones by code; null: Meta gave none'),
    billable: count.describe('Charged message by message'),
    cost: z.array(z.object({ currency: z.string(), amount: z.string() })),
    free: z.array(z.object({ reason: z.string(), count })).describe('Delivered and not charged'),
    unpriced: count.describe('Of the billable ones: without a price in the rate card'),
    conversations: count.describe('Charged as parts of conversations, before July 2025'),
  })
  .meta({ id: 'StatsGroup' })
export const StatsSchema = z
  .object({
    from: time.nullable(),
    to: time.nullable(),
    group_by: z.enum(GROUPINGS),
    groups: z.array(StatsGroupSchema),
    omitted: count.describe('Groups beyond the limit'),
  })
  .meta({ id: 'Stats' })

export const StatsQuerySchema = z.strictObject({
  from: aTime.optional().describe('created_at, inclusive'),
  to: aTime.optional().describe('created_at, exclusive'),
  group_by: z.enum(GROUPINGS).default('none'),
  tenant_id: z.guid().optional().describe('Of one tenant, for keys of all tenants'),
  limit: z.coerce.number().int().min(1).max(MAX_GROUPS).default(1000).describe('Groups at most'),
  format: z.enum(['json', 'csv']).default('json'),
})

/** `GET /api/v1/whatsapp/stats`: exact at the moment of the answer. */
export function registerStatsRoutes(app: FastifyInstance, options: StatsRouteOptions): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.get(
    '/api/v1/whatsapp/stats',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'What became of messages, how fast, and what it cost',
        description:
          'By created_at. Counts and money are exact; durations are within 5 %. Times ascending, other groups by their number of messages. ' +
          `Hours: ${String(MAX_HOURLY_DAYS)} days at most, by default the last ${String(HOURLY_DAYS)}. format=csv answers with text/csv.`,
        tags: ['statistics'],
        querystring: StatsQuerySchema,
        response: { 200: StatsSchema, 400: ProblemSchema, 403: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { group_by: groupBy, format, limit } = request.query
      const range = rangeOf(request.query)
      const isTime = groupBy === 'hour' || groupBy === 'day'
      const counted = await countMessages(options.database, {
        range,
        groupBy,
        tenantId: tenantAsked(request, request.query.tenant_id),
        limit: isTime ? ALL : limit,
      })
      const nothing: CountedGroup[] = [{ key: '', metrics: new Map() }]
      const shown = groupBy === 'none' && counted.groups.length === 0 ? nothing : counted.groups
      const groups = shown.map(({ key, metrics }) =>
        viewGroup(viewKey(key, groupBy), metrics, options),
      )
      if (format === 'csv') {
        void reply.type('text/csv; charset=utf-8').serializer((text: unknown) => String(text))
        void reply.header('content-disposition', `attachment; filename="stats-${groupBy}.csv"`)
        return reply.send(csvOfStats(groups) as never)
      }
      return {
        from: timeOf(range.from),
        to: timeOf(range.to),
        group_by: groupBy,
        groups,
        omitted: counted.count - counted.groups.length,
      }
    },
  )
}

/** @throws AppError `invalid_query` */
function rangeOf({ from, to, group_by: groupBy }: z.infer<typeof StatsQuerySchema>): {
  from: number
  to: number
} {
  const end = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to)
  const last = Math.min(end, Date.now())
  const whole = groupBy === 'hour' ? last - HOURLY_DAYS * DAY_MS : Number.NEGATIVE_INFINITY
  const start = from === undefined ? whole : Date.parse(from)
  if (start > end) throw fromFault('is later than to', 'Send a time that is not after to.')
  if (groupBy === 'hour' && last - start > MAX_HOURLY_DAYS * DAY_MS) {
    const days = String(MAX_HOURLY_DAYS)
    throw fromFault(
      `is too early: groups by hour reach over ${days} days at most`,
      'Group by day, or send a later time.',
    )
  }
  return { from: start, to: end }
}

function fromFault(detail: string, remedy: string): AppError {
  return new AppError('invalid_query', `from ${detail}. ${remedy}`, {
    errors: [{ field: 'from', code: 'out_of_range', detail, remedy }],
  })
}

function viewGroup(key: string | null, metrics: Metrics, { card }: { card: RateCard }) {
  const { failures, ...summary } = summarise(metrics, card)
  const codes = failures.map(({ error_code, count: n }) => ({
    error_code: shownCode(error_code),
    count: n,
  }))
  return { key, ...summary, failures: codes }
}

function viewKey(key: string, groupBy: Grouping): string | null {
  if (key === '') return null
  if (groupBy !== 'hour' && groupBy !== 'day') return key
  return new Date(Number(key) * 1000).toISOString().replace('.000Z', 'Z')
}

function timeOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null
}
