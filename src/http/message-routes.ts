import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { listMessages } from '../message/message-list.ts'
import type { MessageFilter } from '../message/message-list.ts'
import { findHistory, findMessage } from '../message/message-store.ts'
import { phonesMeant } from '../message/phone-number.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { READERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { MessageListSchema, MessageQuerySchema, MessageSchema, ProblemSchema } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { noSuchMessage, viewMessage, viewMessageDetail } from './message-view.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Reading messages: the list, and one with its timeline. */
export function registerMessageRoutes(
  app: FastifyInstance,
  options: {
    authenticate: Authenticate
    database: Database
    card: RateCard
    /** ISO 3166, for numbers without `+`; null: none. */
    defaultCountry: string | null
  },
): void {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  routes.get(
    '/api/v1/whatsapp/messages',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'Messages, newest first',
        description:
          'A page by template, by a frequent name, or by a status or state that most messages have, is looked for during about a second: where nearly none fits it may have fewer than limit, or none, and next_cursor goes on from there. null alone says that there are no more.',
        tags: ['messages'],
        querystring: MessageQuerySchema,
        response: { 200: MessageListSchema, 400: ProblemSchema },
      },
    },
    async (request) => {
      const filter = filterOf(
        request.query,
        request.caller?.tenantId ?? null,
        options.defaultCountry,
      )
      // One more than asked for tells whether there is a next page.
      const { messages, unseenBefore } = await listMessages(options.database, {
        ...filter,
        limit: filter.limit + 1,
      })
      const page = messages.slice(0, filter.limit)
      const next = messages.length > page.length ? (page.at(-1)?.id ?? null) : unseenBefore
      return {
        data: page.map((row) => viewMessage(row, options.card)),
        next_cursor: next === null ? null : encodeCursor(next),
      }
    },
  )
  routes.get(
    '/api/v1/whatsapp/messages/:id',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, READERS)
      },
      schema: {
        summary: 'One message with its timeline',
        tags: ['messages'],
        params: z.object({ id: z.string() }),
        response: { 200: MessageSchema, 404: ProblemSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const row = UUID.test(id)
        ? await findMessage(options.database, id, request.caller?.tenantId ?? null)
        : undefined
      if (row === undefined) throw noSuchMessage()
      return viewMessageDetail(row, await findHistory(options.database, row.id), options.card)
    },
  )
}

function filterOf(
  query: z.infer<typeof MessageQuerySchema>,
  tenantId: string | null,
  defaultCountry: string | null,
): MessageFilter {
  return {
    tenantId,
    limit: query.limit,
    ...(query.status !== undefined && { status: query.status }),
    ...(query.state !== undefined && { state: query.state }),
    ...(query.recipient_phone !== undefined && {
      recipientPhones: readRecipient(query.recipient_phone, defaultCountry),
    }),
    ...(query.template_name !== undefined && { templateName: query.template_name }),
    ...(query.po_number !== undefined && { poNumber: query.po_number }),
    ...(query.batch_id !== undefined && { batchId: query.batch_id }),
    ...(query.from !== undefined && { from: new Date(query.from) }),
    ...(query.to !== undefined && { to: new Date(query.to) }),
    ...(query.q !== undefined && { q: query.q, qPhones: phonesMeant(query.q, defaultCountry) }),
    ...(query.cursor !== undefined && { before: decodeCursor(query.cursor) }),
  }
}

/** @throws AppError `invalid_query`: an empty page would read as "was never sent" */
function readRecipient(text: string, defaultCountry: string | null): string[] {
  const phones = phonesMeant(text, defaultCountry)
  if (phones.length > 0) return phones
  const detail = 'is no phone number that can be read'
  const remedy = 'Send it with + and the country code, and the + in an address as %2B.'
  throw new AppError('invalid_query', `recipient_phone ${detail}. ${remedy}`, {
    errors: [{ field: 'recipient_phone', code: 'invalid_phone', detail, remedy }],
  })
}
