import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listTemplateEvents, TEMPLATE_EVENT_KINDS } from '../template/template-event-store.ts'
import type { TemplateEventRow } from '../template/template-event-store.ts'
import { READERS } from './authenticate.ts'
import { readCategoryCost } from './category-cost.ts'
import type { CategoryChange, CategoryCost, CategoryCostOptions } from './category-cost.ts'
import { problems } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { getTemplate, TEMPLATES_PATH } from './template-access.ts'
import type { TemplateRouteOptions } from './template-access.ts'

const amount = z.string().describe('Decimal text')
const CategoryCostSchema = z
  .object({
    days: z.number().int().describe('Before the change, whose messages were counted'),
    messages: z
      .number()
      .int()
      .describe(
        'Of the caller’s tenant, or of all: delivered with the template, in all its languages, where the rate card has prices',
      ),
    currency: z.string(),
    was: amount.describe('What they cost together'),
    becomes: amount.describe('What they would have cost'),
    more: amount.describe('The difference; begins with "-" where it is cheaper'),
    markets: z
      .array(
        z.object({
          market: z.string(),
          messages: z.number().int(),
          was: amount.describe('Of one message'),
          becomes: amount.describe('Of one message'),
        }),
      )
      .describe('Those with the most messages first'),
  })
  .meta({ id: 'CategoryCost' })

export const TemplateEventSchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime().describe('RFC 3339, UTC'),
    kind: z.enum(TEMPLATE_EVENT_KINDS),
    actor: z.string().nullable().describe('Name of the API key; null: Meta'),
    detail: z.record(z.string(), z.unknown()).nullable().describe('What became another one'),
    cost: CategoryCostSchema.nullable().describe(
      'Of a change of category that the rate card has prices for: what it costs; else null',
    ),
  })
  .meta({ id: 'TemplateEvent' })
export const TemplateEventListSchema = z
  .object({ data: z.array(TemplateEventSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'TemplateEventList' })
type TemplateEventView = z.infer<typeof TemplateEventSchema>

/** `GET …/templates/{id}/events`: what happened to a template, and who did it. */
export function registerTemplateEventRoutes(
  app: FastifyInstance,
  options: TemplateRouteOptions,
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    `${TEMPLATES_PATH}/:id/events`,
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'What happened to a template, newest first',
        description:
          'Statuses and categories that Meta changed, and what people created, edited, deleted or chose. Of a category that became another one it says what that costs.',
        tags: ['templates'],
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(200).default(50),
          cursor: z.string().optional(),
        }),
        response: { 200: TemplateEventListSchema, ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const before = cursor === undefined ? null : decodeCursor(cursor)
      const template = await getTemplate(request.params.id, request.caller, options)
      const which = { ...template, businessAccountId: options.businessAccountId }
      const rows = await listTemplateEvents(options.database, which, before, limit + 1)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const data: TemplateEventView[] = []
      const whose = {
        template_name: template.template_name,
        tenantId: request.caller?.tenantId ?? null,
      }
      for (const row of page) data.push(await viewEvent(row, whose, options))
      return {
        data,
        next_cursor: rows.length > page.length && last !== undefined ? encodeCursor(last.id) : null,
      }
    },
  )
}

/** A key of one tenant learns nothing of what others send with a template that they share. */
type Whose = Pick<CategoryChange, 'template_name' | 'tenantId'>

async function viewEvent(
  row: TemplateEventRow,
  whose: Whose,
  options: CategoryCostOptions,
): Promise<TemplateEventView> {
  const { id, at, kind, actor, detail } = row
  const cost = kind === 'category' ? await costOf(row, whose, options) : null
  return { id, at: at.toISOString(), kind, actor, detail: detail ?? null, cost }
}

/** At the prices of its month: a corrected card corrects what was told before. */
async function costOf(
  { at, detail }: TemplateEventRow,
  whose: Whose,
  options: CategoryCostOptions,
): Promise<CategoryCost | null> {
  const word = (key: string): string | null => {
    const value = detail?.[key]
    return typeof value === 'string' ? value : null
  }
  const [from, to, announced] = [word('from'), word('to'), word('correct_category')]
  // An announcement leaves the category as it is until the day after.
  const isAnnounced = announced !== null && announced !== to
  const was = isAnnounced ? to : from
  const becomes = isAnnounced ? announced : to
  if (was === null || becomes === null || was === becomes) return null
  return readCategoryCost({ ...whose, was, becomes, at }, options)
}
