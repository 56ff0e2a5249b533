import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { MessageRequestSchema } from '../direct/message-schema.ts'
import type { BatchSchema, BulkResultSchema } from '../http/batch-contract.ts'
import type { HealthView, MessageView } from '../http/contract.ts'
import { AvisoError } from './aviso-error.ts'
import { createServiceCaller } from './service-caller.ts'
import type { CallService, ServiceOptions } from './service-caller.ts'

/** As `POST /api/v1/whatsapp/messages` takes it. */
export type MessageRequest = z.input<typeof MessageRequestSchema>
export type BulkResult = z.infer<typeof BulkResultSchema>
export type Batch = z.infer<typeof BatchSchema>
/** A message as the service shows it. */
export type Message = MessageView
export type Health = HealthView

const MESSAGES = '/api/v1/whatsapp/messages'
/** Messages of one bulk request at most. */
export const MAX_BULK_MESSAGES = 10_000

/** WhatsApp messages through a running Aviso service, in the shapes of its HTTP API. */
export class WhatsAppBusinessService {
  readonly #call: CallService

  /** @throws AvisoError `configuration` where an address is malformed */
  constructor(options: ServiceOptions = {}) {
    this.#call = createServiceCaller(options)
  }

  /**
   * Queues one message; resolves once it is durable. What becomes of it: `getMessage`. An answer that is
   * lost on the way is asked for again under the same key, and makes no second message.
   *
   * @param options.idempotencyKey default: one of its own for each call
   * @throws AvisoError with each fault of the request and its remedy
   */
  async sendMessage(
    request: MessageRequest,
    options: { idempotencyKey?: string } = {},
  ): Promise<Message> {
    return (await this.#call({
      method: 'POST',
      path: MESSAGES,
      body: request,
      headers: { 'idempotency-key': options.idempotencyKey ?? randomUUID() },
      repeatable: true,
    })) as Message
  }

  /**
   * Queues up to 10,000 messages as one batch; bad ones are reported with their index, the others go on.
   *
   * @param options.stopWhenFailedShare from 0 to 1: the batch ends by itself when that share of it fails
   * @throws AvisoError `validation_failed` for none, or too many
   */
  async sendBulk(
    requests: readonly MessageRequest[],
    options: { idempotencyKey?: string; stopWhenFailedShare?: number } = {},
  ): Promise<BulkResult> {
    if (requests.length > MAX_BULK_MESSAGES) {
      const detail = `A batch has ${String(MAX_BULK_MESSAGES)} messages at most, not ${String(requests.length)}: send several.`
      throw new AvisoError('validation_failed', detail, { status: 422 })
    }
    const { stopWhenFailedShare: share } = options
    return (await this.#call({
      method: 'POST',
      path: `${MESSAGES}/bulk`,
      body: { messages: requests, ...(share !== undefined && { stop_when_failed_share: share }) },
      headers: { 'idempotency-key': options.idempotencyKey ?? randomUUID() },
      repeatable: true,
    })) as BulkResult
  }

  /** One message with its timeline. @throws AvisoError `not_found` */
  async getMessage(id: string): Promise<Message> {
    return (await this.#get(`${MESSAGES}/${encodeURIComponent(id)}`)) as Message
  }

  /** How far a batch is. @throws AvisoError `not_found` */
  async getBatch(id: string): Promise<Batch> {
    return (await this.#get(`/api/v1/whatsapp/batches/${encodeURIComponent(id)}`)) as Batch
  }

  /** Health with its parts; a service that is down answers too, one that is not there throws. */
  async healthCheck(): Promise<Health> {
    return (await this.#get('/api/v1/whatsapp/health')) as Health
  }

  #get(path: string): Promise<unknown> {
    return this.#call({ method: 'GET', path, repeatable: true })
  }
}
