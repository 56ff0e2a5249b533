import { createBehaviour } from './behaviour.ts'
import type { Behaviour } from './behaviour.ts'
import { checkMessage } from './check-message.ts'
import type { CheckedMessage } from './check-message.ts'
import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { parseJson } from './json.ts'
import type { AcceptedMessage } from './message-log.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { createStatusRun, isEarly } from './status-run.ts'
import { createWamid } from './wamid.ts'
import type { World } from './world.ts'

const REENGAGEMENT = createBehaviour('fail', { code: 131047 })

/** `POST /{phone}/messages` (reference, sections 2.1 to 2.5). */
export async function sendMessage(world: World, call: GraphCall): Promise<GraphAnswer> {
  const text = call.body.toString('utf8')
  const check = checkMessage(world, parseJson(text), call.version)
  if (check.kind === 'refused') return answerRefusal(check.refusal)
  if (check.kind === 'read') {
    world.conversations.markRead()
    return answerJson({ success: true })
  }
  const refusal = checkState(world, check) ?? checkLimits(world, check)
  if (refusal !== undefined) return answerRefusal(refusal)

  const behaviour = chooseBehaviour(world, check)
  let message: AcceptedMessage | undefined
  if (behaviour.accepts) {
    message = accept(world, check, behaviour, text)
    const run = createStatusRun(world, message, behaviour)
    if (isEarly(world, behaviour)) await run.first()
    run.start()
  }
  if (behaviour.delayMs > 0) await pause(world, behaviour.delayMs)
  return answerAs(behaviour, check, message)
}

/** What is wrong with the number or the account, whatever the message. */
function checkState(world: World, { recipient, waId }: CheckedMessage): Refusal | undefined {
  const { number, account } = world
  if (account.sendError !== null) return refuse(account.sendError, 'The account cannot send')
  if (!number.registered || number.status === 'DISCONNECTED' || number.status === 'PENDING') {
    return refuse(133010, 'The number is not registered')
  }
  if (number.status === 'RESTRICTED' || number.status === 'BANNED') {
    return refuse(131031, 'The number may not send')
  }
  if (recipient === world.settings.displayPhoneNumber.replace(/\D/g, '')) {
    return refuse(131021, 'Sender and recipient are the same number')
  }
  const allowed = number.allowedRecipients
  if (
    allowed !== null &&
    !allowed.includes(recipient) &&
    !(waId !== null && allowed.includes(waId))
  ) {
    return refuse(131030, 'Recipient phone number not in allowed list')
  }
  return undefined
}

function checkLimits(world: World, { recipient }: CheckedMessage): Refusal | undefined {
  const nowMs = world.settings.clock()
  if (!world.throughput.take(nowMs)) {
    return refuse(130429, 'Message failed to send because there were too many in a short time')
  }
  if (!world.pairs.take(recipient, nowMs)) {
    return refuse(131056, 'Too many messages to the same recipient in a short time')
  }
  return undefined
}

/** Outside the service window a free-form message is taken and fails by webhook. */
function chooseBehaviour(
  world: World,
  { recipient, waId, template, userId }: CheckedMessage,
): Behaviour {
  const behaviour = world.script.next(recipient)
  if (template !== null || !behaviour.accepts) return behaviour
  const open = world.conversations.isOpen(waId ?? userId, world.settings.clock())
  return open ? behaviour : { ...behaviour, ...pickFailure(REENGAGEMENT) }
}

function pickFailure({ steps, code }: Behaviour): Pick<Behaviour, 'steps' | 'code'> {
  return { steps, code }
}

const FREE_SERVICE_MESSAGES = 1000

function accept(
  world: World,
  check: CheckedMessage,
  behaviour: Behaviour,
  body: string,
): AcceptedMessage {
  const { template, input, callbackData } = check
  const message: AcceptedMessage = {
    wamid: createWamid(world.random, check.waId ?? check.userId, 'out'),
    input,
    waId: check.waId,
    userId: check.userId,
    type: check.type,
    templateName: template?.name ?? null,
    language: template?.language ?? null,
    category: template?.category.toLowerCase() ?? 'service',
    free: template === null && world.conversations.countService() <= FREE_SERVICE_MESSAGES,
    callbackData,
    acceptedAtMs: world.settings.clock(),
    behaviour: behaviour.name,
    statuses: [],
    replies: 0,
    body,
  }
  world.log.add(message)
  world.emit({ kind: 'message_accepted', wamid: message.wamid, to: input, callbackData })
  return message
}

function pause(world: World, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    world.timers.schedule(delayMs, resolve)
  })
}

function answerAs(
  behaviour: Behaviour,
  check: CheckedMessage,
  message: AcceptedMessage | undefined,
): GraphAnswer {
  switch (behaviour.answer) {
    case 'ok':
      return answerJson(renderAccepted(check, message?.wamid, behaviour.held))
    case 'no_id':
      return answerJson(renderAccepted(check, undefined, behaviour.held))
    case 'broken_json': {
      const whole = JSON.stringify(renderAccepted(check, message?.wamid, behaviour.held))
      const half = Buffer.from(whole.slice(0, Math.floor(whole.length / 2)))
      return { kind: 'bytes', status: 200, contentType: 'application/json', bytes: half }
    }
    case 'html_502':
      return {
        kind: 'bytes',
        status: 502,
        contentType: 'text/html; charset=utf-8',
        bytes: Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>\n'),
      }
    case 'error':
    case 'graph_500': {
      const { code, answer, retryAfterSeconds } = behaviour
      const refusal = refuse(code, `Emulated refusal with code ${String(code)}`)
      if (answer === 'graph_500') refusal.httpStatus = 500
      if (retryAfterSeconds !== null) refusal.retryAfterSeconds = retryAfterSeconds
      return answerRefusal(refusal)
    }
    case 'cut':
      return { kind: 'cut' }
    case 'hang':
      return { kind: 'hang' }
  }
}

function renderAccepted(check: CheckedMessage, wamid: string | undefined, held: boolean): unknown {
  const { input, waId, userId, template } = check
  const contact = waId === null ? { input, user_id: userId } : { input, wa_id: waId }
  const message: Record<string, string> = {}
  if (wamid !== undefined) message['id'] = wamid
  // Only for templates (reference, section 2.5).
  if (template !== null) {
    message['message_status'] = held ? 'held_for_quality_assessment' : 'accepted'
  }
  return { messaging_product: 'whatsapp', contacts: [contact], messages: [message] }
}
