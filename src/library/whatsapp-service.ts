import { setTimeout as wait } from 'node:timers/promises'
import { AvisoError } from './aviso-error.ts'
import type { ServiceOptions } from './service-caller.ts'
import { WhatsAppBusinessService } from './whatsapp-business-service.ts'
import type { Message, MessageRequest } from './whatsapp-business-service.ts'

/** As code written for the former Twilio service calls it. */
export interface SendMessageParams {
  /** A phone number in any usual way of writing; a leading `whatsapp:` is left out. */
  toPhone: string
  /** A text, where no template is named; then it needs an open customer service window. */
  message?: string
  templateName?: string
  /** In the order of the variables, or by their names. */
  templateParams?: readonly (string | number)[] | Readonly<Record<string, string | number>>
  tenantId?: string
}

export interface WhatsAppServiceOptions extends ServiceOptions {
  /** How long a message is followed, in ms; default 30,000. */
  waitMs?: number
  /** Hears why the answer is false: an `AvisoError`, or the message that failed or is not sent yet. */
  onFailure?: (reason: AvisoError | Message) => void
}

const SENT = new Set(['SENT', 'DELIVERED', 'READ'])
const POLL_MS = 250

/**
 * The interface of the former Twilio integration, over a running Aviso service: true or false, and no
 * throw for what may be expected to fail. A message that is not sent within the wait goes on by itself:
 * false says that it is not known to be sent, and calling again makes another message.
 */
export class WhatsAppService {
  readonly #options: WhatsAppServiceOptions

  constructor(options: WhatsAppServiceOptions = {}) {
    this.#options = options
  }

  /** @returns true once Meta has taken the message; false where it was refused, has failed, or waits */
  async sendMessage(params: SendMessageParams): Promise<boolean> {
    try {
      const service = new WhatsAppBusinessService(this.#options)
      const queued = await service.sendMessage(toRequest(params))
      const message = await this.#follow(service, queued)
      if (SENT.has(message.status)) return true
      this.#options.onFailure?.(message)
      return false
    } catch (error) {
      if (!(error instanceof AvisoError)) throw error
      this.#options.onFailure?.(error)
      return false
    }
  }

  /** A read that fails is tried again: the message is queued, whatever becomes of the question. */
  async #follow(service: WhatsAppBusinessService, queued: Message): Promise<Message> {
    const until = performance.now() + (this.#options.waitMs ?? 30_000)
    let message = queued
    while (message.status === 'PENDING' && performance.now() < until) {
      await wait(Math.min(POLL_MS, Math.max(0, until - performance.now())))
      message = await service.getMessage(message.id).catch((error: unknown) => {
        if (error instanceof AvisoError) return message
        throw error
      })
    }
    return message
  }
}

function toRequest(params: SendMessageParams): MessageRequest {
  const { toPhone, message, templateName, templateParams, tenantId } = params
  const common = {
    to: toPhone.replace(/^whatsapp:/, ''),
    ...(tenantId !== undefined && { tenant_id: tenantId }),
  }
  if (templateName === undefined || templateName === '') {
    return { ...common, type: 'text', text: { body: message ?? '' } }
  }
  return {
    ...common,
    type: 'template',
    template: {
      name: templateName,
      ...(templateParams !== undefined && { parameters: toTexts(templateParams) }),
    },
  }
}

function toTexts(
  params: NonNullable<SendMessageParams['templateParams']>,
): string[] | Record<string, string> {
  if (isList(params)) return params.map(String)
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

function isList(params: object): params is readonly (string | number)[] {
  return Array.isArray(params)
}
