import { parseJson, isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { AcceptedMessage } from './message-log.ts'
import { readInternational, userIdOf, waIdOf } from './phone-number.ts'
import type { Random } from './random.ts'
import { createWamid } from './wamid.ts'
import type { World } from './world.ts'

export interface ReplyTarget {
  /** The message that is answered; null: the user writes without a quote. */
  wamid?: string | undefined
  /** The user's number with its country code, with or without `+`; default: the recipient of `wamid`. */
  from?: string | undefined
}

export type ReplyResult = { kind: 'sent'; wamid: string } | { kind: 'refused'; reason: string }

const NO_NUMBER =
  'from is no phone number: give 5 to 15 digits with the country code, with or without +, as +34612345678'

/** A supplier writes back; opens the service window. */
export function replyWithText(
  world: World,
  target: ReplyTarget & { text?: string | undefined },
): Promise<ReplyResult> {
  return receive(world, target, () => ({
    type: 'text',
    text: { body: target.text ?? 'Recibido, gracias 👍' },
  }))
}

/**
 * A tap on a template's quick-reply button: its payload as given in the send, else the button's text
 * (reference, section 5.7). A template without quick replies gets a text instead.
 */
export function replyWithButton(
  world: World,
  target: ReplyTarget & {
    /** Place among the template's buttons. */
    index?: number | undefined
    payload?: string | undefined
    text?: string | undefined
  },
): Promise<ReplyResult> {
  const message = target.wamid === undefined ? undefined : world.log.find(target.wamid)
  const button = message === undefined ? undefined : findButton(world, message, target.index)
  const text = target.text ?? button?.text
  if (text === undefined) return replyWithText(world, target)
  const payload = target.payload ?? button?.payload ?? text
  return receive(world, target, () => ({ type: 'button', button: { payload, text } }))
}

/** Any inbound message: `content` is what stands beside `from`, `id` and `timestamp`. */
export function receiveMessage(
  world: World,
  target: ReplyTarget,
  content: JsonObject,
): Promise<ReplyResult> {
  return receive(world, target, () => content)
}

async function receive(
  world: World,
  target: ReplyTarget,
  content: () => JsonObject,
): Promise<ReplyResult> {
  const answered = target.wamid === undefined ? undefined : world.log.find(target.wamid)
  const digits = target.from === undefined ? undefined : readInternational(target.from)
  if (target.from !== undefined && digits === undefined) {
    return { kind: 'refused', reason: NO_NUMBER }
  }
  const from = digits === undefined ? answered?.waId : waIdOf(digits)
  if (from === undefined || from === null)
    return { kind: 'refused', reason: 'no sender: give from or a known wamid' }
  const nowMs = world.settings.clock()
  const wamid = createWamid(drawFor(world, answered), from, 'in')
  const userId = userIdOf(from, world.settings.businessAccountId)
  world.conversations.inbound(wamid, from, nowMs)
  world.throughput.take(nowMs)

  const message: JsonObject = {
    from,
    from_user_id: userId,
    id: wamid,
    timestamp: String(Math.floor(nowMs / 1000)),
    ...content(),
  }
  if (answered !== undefined) {
    const business = world.settings.displayPhoneNumber.replace(/\D/g, '')
    message['context'] = { from: business, id: answered.wamid }
  }
  const contact = { profile: { name: 'Supplier' }, wa_id: from, user_id: userId }
  await world.feed.inbound(message, contact)
  return { kind: 'sent', wamid }
}

/** A scripted reply comes while other requests draw: so it draws by what it answers. */
function drawFor(world: World, answered: AcceptedMessage | undefined): Random {
  if (answered === undefined) return world.random
  answered.replies += 1
  return world.random.fork(`${answered.wamid} ${String(answered.replies)}`)
}

function findButton(
  world: World,
  message: AcceptedMessage,
  index: number | undefined,
): { text: string; payload: string | undefined } | undefined {
  if (message.templateName === null || message.language === null) return undefined
  const template = world.templates.find(message.templateName, message.language)
  const buttons = template?.components.flatMap((component) => component.buttons ?? []) ?? []
  const place = index ?? buttons.findIndex((button) => button.type === 'QUICK_REPLY')
  const text = buttons[place]?.text
  return text === undefined ? undefined : { text, payload: findPayload(message, place) }
}

/** The payload that the send gave the button at this place. */
function findPayload(message: AcceptedMessage, place: number): string | undefined {
  const body = message.body === null ? undefined : parseJson(message.body)
  const template = isObject(body) ? body['template'] : undefined
  const components = isObject(template) ? template['components'] : undefined
  if (!Array.isArray(components)) return undefined
  const component: unknown = components.find(
    (one: unknown) =>
      isObject(one) && one['type'] === 'button' && String(one['index']) === String(place),
  )
  const parameters = isObject(component) ? component['parameters'] : undefined
  const parameter: unknown = Array.isArray(parameters) ? parameters[0] : undefined
  const payload = isObject(parameter) ? parameter['payload'] : undefined
  return typeof payload === 'string' ? payload : undefined
}
