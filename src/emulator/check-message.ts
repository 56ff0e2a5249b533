import { checkContent, MESSAGE_TYPES } from './check-content.ts'
import { checkTemplate } from './check-template.ts'
import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { readRecipient, userIdOf, waIdOf } from './phone-number.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import type { Template } from './template.ts'
import type { World } from './world.ts'

/** A send in which nothing is wrong. */
export interface CheckedMessage {
  kind: 'message'
  input: string
  /** What the pair limit and the behaviours go by: digits as dialled, or the user id. */
  recipient: string
  waId: string | null
  userId: string
  type: string
  template: Template | null
  callbackData: string | null
}

export type MessageCheck =
  CheckedMessage | { kind: 'read'; messageId: string } | { kind: 'refused'; refusal: Refusal }

const CALLBACK_LIMIT = 512

/**
 * The body of `POST /{phone}/messages`, in the order in which Meta is seen to complain: envelope,
 * recipient, type, then the content of the type (reference, sections 2.1 to 2.4).
 *
 * @param version Graph version of the call
 */
export function checkMessage(world: World, body: unknown, version: number): MessageCheck {
  if (!isObject(body))
    return refused(refuseParameter('The parameter messaging_product is required.'))
  if (body['messaging_product'] !== 'whatsapp') {
    return refused(
      body['messaging_product'] === undefined
        ? refuseParameter('The parameter messaging_product is required.')
        : refuseParameter('Param messaging_product must be one of {WHATSAPP}.'),
    )
  }
  if (body['status'] !== undefined) return checkRead(world, body)
  const recipient = findRecipient(world, body)
  if ('code' in recipient) return refused(recipient)

  const { type = 'text', biz_opaque_callback_data: callbackData } = body
  const wrong = checkCommon(body, type, callbackData)
  if (wrong !== undefined) return refused(wrong)

  const nowMs = world.settings.clock()
  const checked: CheckedMessage = {
    kind: 'message',
    ...recipient,
    type: String(type),
    template: null,
    callbackData: typeof callbackData === 'string' ? callbackData : null,
  }
  const { templates, media } = world
  if (type !== 'template') {
    const refusal = checkContent(checked.type, body[checked.type], { media, nowMs })
    return refusal === undefined ? checked : refused(refusal)
  }
  const result = checkTemplate(body['template'], { templates, media, version, nowMs })
  if ('refusal' in result) return refused(result.refusal)
  if (recipient.waId === null && result.template.category === 'AUTHENTICATION') {
    return refused(refuse(131062, 'This template needs a phone number as recipient'))
  }
  checked.template = result.template
  return checked
}

function refused(refusal: Refusal): MessageCheck {
  return { kind: 'refused', refusal }
}

function checkCommon(body: JsonObject, type: unknown, callbackData: unknown): Refusal | undefined {
  const recipientType = body['recipient_type'] ?? 'individual'
  if (recipientType !== 'individual' && recipientType !== 'group') {
    return refuseParameter(
      `Param recipient_type must be one of {INDIVIDUAL, GROUP} - got "${show(recipientType)}".`,
    )
  }
  if (!(MESSAGE_TYPES as readonly unknown[]).includes(type)) {
    const known = MESSAGE_TYPES.join(', ').toUpperCase()
    return refuseParameter(`Param type must be one of {${known}} - got "${show(type)}".`)
  }
  if (callbackData !== undefined && typeof callbackData !== 'string') {
    return refuseParameter('Param biz_opaque_callback_data must be a string.')
  }
  if (callbackData !== undefined && callbackData.length > CALLBACK_LIMIT) {
    const limit = String(CALLBACK_LIMIT)
    return refuseParameter(
      `Param biz_opaque_callback_data must be at most ${limit} characters long.`,
    )
  }
  const context = body['context']
  if (context !== undefined && !(isObject(context) && typeof context['message_id'] === 'string')) {
    return refuseParameter("The parameter context['message_id'] is required.")
  }
  return undefined
}

type Recipient = Pick<CheckedMessage, 'input' | 'recipient' | 'waId' | 'userId'>

/** `to` wins over `recipient` where both are given. */
function findRecipient(world: World, body: JsonObject): Recipient | Refusal {
  const { to, recipient } = body
  if (to === undefined && typeof recipient === 'string') {
    return /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(recipient)
      ? { input: recipient, recipient, waId: null, userId: recipient }
      : refuse(131009, 'recipient is not a business-scoped user id')
  }
  if (to === undefined || to === '') return refuseParameter('The parameter to is required.')
  if (typeof to !== 'string') return refuseParameter('Param to must be a string.')
  const digits = readRecipient(to, world.number.callingCode)
  if (digits === undefined) return refuse(131009, 'to is not a phone number')
  const waId = waIdOf(digits)
  const userId = userIdOf(waId, world.settings.businessAccountId)
  return { input: to, recipient: digits, waId, userId }
}

/** Mark as read, with or without the typing indicator. */
function checkRead(world: World, body: JsonObject): MessageCheck {
  const { status, message_id: messageId, typing_indicator: typing } = body
  if (status !== 'read') return refused(refuseParameter('Param status must be one of {READ}.'))
  if (typeof messageId !== 'string') {
    return refused(refuseParameter('The parameter message_id is required.'))
  }
  if (typing !== undefined && !(isObject(typing) && typing['type'] === 'text')) {
    return refused(refuseParameter("Param typing_indicator['type'] must be one of {TEXT}."))
  }
  return world.conversations.knows(messageId)
    ? { kind: 'read', messageId }
    : refused(refuse(131009, 'message_id is not an incoming message'))
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : typeof value
}
