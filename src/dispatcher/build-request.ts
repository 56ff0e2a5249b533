import type { MessageRequest } from '../cloud-api/wire.ts'
import type { ClaimedMessage } from '../message/outbox.ts'
import { callbackData } from '../message/message.ts'
import { wireTexts } from '../template/parameter-text.ts'

/**
 * The body of the send call for a claimed message (reference, sections 2.1 and 2.2). Parameters are
 * normalised here and only here: the row keeps them as they were given.
 *
 * @throws Error where the row holds neither a template nor content: a defect, not an input
 */
export function buildRequest(message: ClaimedMessage): MessageRequest {
  const { template_name: name, template_language: language } = message
  if (name === null || language === null) {
    throw new Error(`message ${message.id} has no template`)
  }
  const components = componentsOf(message.template_parameters)
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(message.recipient_phone === null
      ? { recipient: message.recipient_user_id ?? '' }
      : { to: message.recipient_phone }),
    type: 'template',
    template: {
      name,
      language: { code: language },
      ...(components.length > 0 && { components }),
    },
    biz_opaque_callback_data: callbackData(message.id, message.attempt),
  }
}

type Component = NonNullable<NonNullable<MessageRequest['template']>['components']>[number]

/** An array is positional, an object is named, `{ "components": [...] }` is used as it is. */
function componentsOf(parameters: unknown): Component[] {
  if (Array.isArray(parameters)) {
    if (parameters.length === 0) return []
    return [
      {
        type: 'body',
        parameters: wireTexts(parameters.map(String)).map((text) => ({ type: 'text', text })),
      },
    ]
  }
  if (typeof parameters !== 'object' || parameters === null) return []
  if ('components' in parameters) return parameters.components as Component[]
  const texts = wireTexts(Object.values(parameters).map(String))
  return [
    {
      type: 'body',
      parameters: Object.keys(parameters).map((key, index) => ({
        type: 'text',
        parameter_name: key,
        text: texts[index] ?? '',
      })),
    },
  ]
}
