import type { MessageRequest, TemplateBody, TemplateComponent } from '../cloud-api/wire.ts'
import type { ClaimedMessage } from '../message/outbox.ts'
import { callbackData } from '../message/message.ts'
import { ANSWERS, replyPayload } from '../message/reply-payload.ts'
import { wireText, wireTexts } from '../template/parameter-text.ts'

/**
 * The body of the send call for a claimed message (reference, sections 2.1 to 2.3). Parameters are
 * normalised here and only here: the row keeps them as they were given.
 *
 * @param replyButtons places, among the template's buttons, of its quick replies: those of an order carry
 *   our payloads, by which the supplier's answer is understood
 * @throws Error where the row holds neither a template nor content: a defect, not an input
 */
export function buildRequest(
  message: ClaimedMessage,
  replyButtons: readonly number[] = [],
): MessageRequest {
  const type = message.message_type.toLowerCase()
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(message.recipient_phone === null
      ? { recipient: message.recipient_user_id ?? '' }
      : { to: message.recipient_phone }),
    type,
    [type]: type === 'template' ? templateOf(message, replyButtons) : contentOf(message),
    biz_opaque_callback_data: callbackData(message.id, message.attempt),
  }
}

function contentOf({ id, content }: ClaimedMessage): unknown {
  if (content === null || content === undefined) throw new Error(`message ${id} has no content`)
  return withoutNulls(content)
}

function templateOf(message: ClaimedMessage, replyButtons: readonly number[]): TemplateBody {
  const { id, template_name: name, template_language: language } = message
  if (name === null || language === null) throw new Error(`message ${id} has no template`)
  const components = [...componentsOf(message), ...answersOf(message, replyButtons)]
  return { name, language: { code: language }, ...(components.length > 0 && { components }) }
}

/** The first quick reply acknowledges, the second rejects, the third asks; others bring their own text. */
function answersOf(
  { event_id: eventId }: ClaimedMessage,
  replyButtons: readonly number[],
): TemplateComponent[] {
  if (eventId === null) return []
  return ANSWERS.slice(0, replyButtons.length).map((answer, place) => ({
    type: 'button',
    sub_type: 'quick_reply',
    index: String(replyButtons[place]),
    parameters: [{ type: 'payload', payload: replyPayload(answer) }],
  }))
}

/** An array is positional, an object is named, `{ "components": [...] }` is Meta's own form. */
function componentsOf(message: ClaimedMessage): TemplateComponent[] {
  const { template_parameters: parameters } = message
  if (Array.isArray(parameters)) {
    if (parameters.length === 0) return []
    return [
      {
        type: 'body',
        parameters: bodyTexts(message, parameters).map((text) => ({ type: 'text', text })),
      },
    ]
  }
  if (typeof parameters !== 'object' || parameters === null) return []
  if ('components' in parameters) {
    return (parameters.components as GivenComponent[]).map(wireComponent)
  }
  const texts = bodyTexts(message, Object.values(parameters))
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

/**
 * An order's texts come from an ERP: they are shortened rather than refused. What was sent directly was
 * checked against the template when it came, and its caller would not know of a cut.
 */
function bodyTexts({ event_id: eventId }: ClaimedMessage, values: readonly unknown[]): string[] {
  const texts = values.map(String)
  return eventId === null ? texts.map((text) => wireText(text)) : wireTexts(texts)
}

type GivenComponent = Omit<TemplateComponent, 'index'> & { index?: string | number }

/** One line a text, and a button's position as text, as Meta has it. */
function wireComponent(component: GivenComponent): TemplateComponent {
  const { index, parameters, ...rest } = withoutNulls(component) as GivenComponent
  return {
    ...rest,
    ...(index !== undefined && { index: String(index) }),
    ...(parameters !== undefined && {
      parameters: parameters.map((parameter) =>
        parameter.text === undefined ? parameter : { ...parameter, text: wireText(parameter.text) },
      ),
    }),
  }
}

/** Null says that there is none; to Meta nothing says so. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== '')
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}
