import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import {
  ACTION_STATES,
  cancelMessage,
  RESOLUTIONS,
  resolveMessage,
  retryMessage,
} from '../message/action-store.ts'
import type { ActionTarget, MessageAction } from '../message/action-store.ts'
import { findHistory, findMessage } from '../message/message-store.ts'
import type { MessageRow } from '../message/message-store.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { retryRecipient } from '../message/retry-recipient.ts'
import { lookUpSuppliers } from '../supplier/supplier-store.ts'
import type { DirectoryEntry } from '../supplier/supplier-store.ts'
import { chooseForOrder } from '../template/choose-template.ts'
import type { OrderTemplate } from '../template/choose-template.ts'
import { orderParameters } from '../template/po-notification.ts'
import { storedOrder } from '../template/stored-order.ts'
import { WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { MessageSchema, ProblemSchema } from './contract.ts'
import type { MessageView } from './contract.ts'
import { noSuchMessage, viewMessageDetail } from './message-view.ts'

export interface ActionRouteOptions {
  authenticate: Authenticate
  database: Database
  createId: () => string
  card: RateCard
  /** ISO 3166, for orders that name no country. */
  defaultCountry: string | null
  defaultLanguage: string
  /** The templates that orders may use; null before Meta's list was ever read. */
  orderTemplates: () => readonly OrderTemplate[] | null
  /** How long a message that is queued again may wait. */
  expiryHours: number
  /** A message changed, and may have become due. */
  onChange: () => void
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const ParamsSchema = z.object({ id: z.string() })
const RESPONSE = {
  202: MessageSchema,
  404: ProblemSchema,
  409: ProblemSchema,
}
/** Somebody else changed the row between two looks at it: once more, then it is said. */
const MAX_TRIES = 3

type Perform = (row: MessageRow, target: ActionTarget) => Promise<boolean>

/** What a person does to one message: retry, cancel, resolve. For operators and administrators. */
export function registerActionRoutes(app: FastifyInstance, options: ActionRouteOptions): void {
  const { database, expiryHours } = options
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, WRITERS)
  }
  routes.post(
    '/api/v1/whatsapp/messages/:id/retry',
    {
      onRequest,
      schema: {
        summary: 'Queue a failed, expired or canceled message again, with a new attempt',
        description: 'Recipient and template are looked up anew. Written to the audit table.',
        tags: ['messages'],
        params: ParamsSchema,
        response: RESPONSE,
      },
    },
    async (request, reply) => {
      const view = await act(options, request, request.params.id, 'retry', async (row, target) => {
        const renewal = renewalOf(row, await lookUp(row, database), options)
        return retryMessage(database, target, { expiryHours, ...renewal })
      })
      return reply.code(202).send(view)
    },
  )
  routes.post(
    '/api/v1/whatsapp/messages/:id/cancel',
    {
      onRequest,
      schema: {
        summary: 'Cancel a message that is not being sent yet',
        tags: ['messages'],
        params: ParamsSchema,
        response: RESPONSE,
      },
    },
    async (request, reply) => {
      const view = await act(options, request, request.params.id, 'cancel', (_row, target) =>
        cancelMessage(database, target),
      )
      return reply.code(202).send(view)
    },
  )
  routes.post(
    '/api/v1/whatsapp/messages/:id/resolve',
    {
      onRequest,
      schema: {
        summary: 'Say what became of an unconfirmed message',
        description:
          'sent: it arrived; not_sent: it did not; resend: send it once more. Evidence of Meta that comes later still wins.',
        tags: ['messages'],
        params: ParamsSchema,
        body: z.strictObject({ as: z.enum(RESOLUTIONS) }),
        response: { ...RESPONSE, 422: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { as } = request.body
      const view = await act(options, request, request.params.id, 'resolve', (_row, target) =>
        resolveMessage(database, target, as, expiryHours),
      )
      return reply.code(202).send(view)
    },
  )
}

/**
 * Runs an action on one message of the caller's tenant and answers with the message.
 *
 * @throws AppError `not_found`, `invalid_state`
 */
async function act(
  options: ActionRouteOptions,
  request: FastifyRequest,
  id: string,
  action: MessageAction,
  perform: Perform,
): Promise<MessageView> {
  const { database } = options
  const tenantId = request.caller?.tenantId ?? null
  const actor = request.caller?.name ?? 'unknown'
  for (let tries = 1; ; tries += 1) {
    const row = UUID.test(id) ? await findMessage(database, id, tenantId) : undefined
    if (row === undefined) throw noSuchMessage()
    if (!ACTION_STATES[action].includes(row.state)) throw doesNotFit(row, action)
    const auditId = options.createId()
    if (await perform(row, { id: row.id, tenantId, actor, auditId })) {
      options.onChange()
      const after = (await findMessage(database, row.id, tenantId)) ?? row
      return viewMessageDetail(after, await findHistory(database, row.id), options.card)
    }
    if (tries === MAX_TRIES) throw notSettled(row, action)
  }
}

/** What the supplier directory says of an order's supplier. */
async function lookUp(row: MessageRow, database: Database): Promise<DirectoryEntry | undefined> {
  if (row.event_id === null || row.supplier_id === null) return undefined
  const supplier = { tenantId: row.tenant_id, supplierId: row.supplier_id }
  return (await lookUpSuppliers(database, [supplier])).get(0)
}

/** @throws AppError `invalid_state` where there is still no number to send to */
function renewalOf(
  row: MessageRow,
  entry: DirectoryEntry | undefined,
  options: ActionRouteOptions,
) {
  const recipient = retryRecipient(row, options.defaultCountry, entry?.phone ?? null)
  if (!recipient.ok) throw noRecipient(row, recipient.code)
  return {
    recipientPhone: recipient.phone,
    recipientInput: recipient.input,
    ...renewTemplate(row, entry?.language ?? null, options),
  }
}

/** An order is written anew in the template that is chosen now; what a caller chose stays. */
function renewTemplate(
  row: MessageRow,
  directoryLanguage: string | null,
  { defaultLanguage, orderTemplates }: ActionRouteOptions,
) {
  const templates = orderTemplates()
  const isOrder = row.event_id !== null && row.message_type === 'TEMPLATE'
  if (!isOrder || templates === null) {
    return {
      templateName: row.template_name,
      templateLanguage: row.template_language,
      templateLanguageAsked: row.template_language_asked,
      templateParameters: row.template_parameters ?? null,
    }
  }
  const order = storedOrder(row)
  const asked = order.language ?? directoryLanguage ?? defaultLanguage
  const choice = chooseForOrder(templates, asked, defaultLanguage)
  return {
    templateName: choice.name,
    templateLanguage: choice.language,
    templateLanguageAsked: choice.asked,
    templateParameters: orderParameters(order, choice.language, choice.shape),
  }
}

function noRecipient(row: MessageRow, code: 'no_phone' | 'invalid_phone'): AppError {
  const reason =
    code === 'no_phone' ? 'there is no phone number' : 'the phone number still cannot be read'
  return new AppError(
    'invalid_state',
    `The message is ${row.state} and cannot be retried: ${reason} (${code}). ` +
      'Record the number in the supplier directory (PUT /api/v1/suppliers/{supplier_id}) and retry, or ' +
      'correct it where the order comes from and send the order again as a new revision.',
  )
}

function doesNotFit(row: MessageRow, action: MessageAction): AppError {
  const takes = oneOf(ACTION_STATES[action])
  return new AppError(
    'invalid_state',
    `The message is ${row.state}: ${action} takes only what is ${takes}. ${possibleNow(row)}`,
  )
}

function possibleNow({ state }: MessageRow): string {
  const possible = Object.entries(ACTION_STATES).flatMap(([action, states]) =>
    states.includes(state) ? [action] : [],
  )
  if (possible.length > 0) return `Possible now: ${possible.join(', ')}.`
  if (state === 'sending') return "Nothing is possible until Meta's answer is here."
  if (state === 'in_doubt') {
    return 'Nothing is possible until a webhook settles it, or it becomes unconfirmed; then: resolve.'
  }
  return 'Meta has it: nothing more is possible.'
}

function notSettled(row: MessageRow, action: MessageAction): AppError {
  const reason =
    action === 'retry'
      ? 'what became of its newest attempt is not known yet. Wait for the answer or the status of Meta'
      : 'it is being changed just now. Look at it again'
  return new AppError('invalid_state', `The message is ${row.state}, and ${reason}.`)
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}
