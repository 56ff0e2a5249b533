import type { Behaviour, Step, WebhookFate } from './behaviour.ts'
import { describeError } from './error-table.ts'
import type { JsonObject } from './json.ts'
import type { AcceptedMessage } from './message-log.ts'
import { replyWithButton, replyWithText } from './reply.ts'
import type { StatusUpdate } from './webhook-feed.ts'
import type { World } from './world.ts'

/** The way of one accepted message through its statuses. */
export interface StatusRun {
  /** Makes the first status now and resolves when its webhook was answered, or tried once. */
  first(): Promise<void>
  /** Plans the steps that are left. */
  start(): void
}

export function createStatusRun(
  world: World,
  message: AcceptedMessage,
  behaviour: Behaviour,
): StatusRun {
  const fate: WebhookFate = behaviour.webhooks === 'normal' ? world.fate : behaviour.webhooks
  const { steps } = behaviour
  const kept: StatusUpdate[] = []
  let place = 0
  let priced = 0

  const step = (): Promise<void> => {
    const name = steps[place]
    if (name === undefined) return Promise.resolve()
    place += 1
    const update = createStatus(world, message, behaviour, name, pricesNow(name))
    const last = place === steps.length
    const done = tell(update, last)
    if (last) void done.then(answer)
    return done
  }
  /** Pricing goes with `sent` and with the first of `delivered` and `read` (reference, section 5.6). */
  const pricesNow = (name: Step): boolean => {
    const part = name === 'sent' ? 1 : name === 'failed' ? 0 : 2
    if ((priced & part) !== 0 || part === 0) return false
    priced |= part
    return true
  }
  const tell = (update: StatusUpdate, last: boolean): Promise<void> => {
    switch (fate) {
      case 'missing':
        return Promise.resolve()
      case 'normal':
      case 'early':
        return world.feed.status(update)
      case 'duplicated':
        return Promise.all([world.feed.status(update), world.feed.status(update)]).then(
          () => undefined,
        )
      case 'batched':
        kept.push(update)
        return last ? world.feed.batch(kept) : Promise.resolve()
      case 'shuffled':
        kept.push(update)
        return last
          ? inOrder(world, world.random.fork(message.wamid).shuffle(kept))
          : Promise.resolve()
    }
  }
  const plan = (): void => {
    const name = steps[place]
    if (name === undefined) return
    const extra = place === 0 ? behaviour.statusDelayMs : 0
    world.timers.schedule(delayOf(world, name) + extra, () => {
      void step()
      plan()
    })
  }
  const answer = (): void => {
    if (behaviour.replies === null || message.waId === null) return
    world.timers.schedule(world.delays.readMs, () => {
      const reply = behaviour.replies === 'button' ? replyWithButton : replyWithText
      void reply(world, { wamid: message.wamid })
    })
  }
  return { first: step, start: plan }
}

export function isEarly(world: World, behaviour: Behaviour): boolean {
  const fate = behaviour.webhooks === 'normal' ? world.fate : behaviour.webhooks
  return fate === 'early'
}

async function inOrder(world: World, updates: readonly StatusUpdate[]): Promise<void> {
  for (const update of updates) await world.feed.status(update)
}

function delayOf(world: World, step: Step): number {
  switch (step) {
    case 'sent':
      return world.delays.sentMs
    case 'delivered':
    case 'failed':
      return world.delays.deliveredMs
    case 'read':
      return world.delays.readMs
  }
}

function createStatus(
  world: World,
  message: AcceptedMessage,
  behaviour: Behaviour,
  step: Step,
  priced: boolean,
): StatusUpdate {
  const atMs = world.settings.clock()
  const failed = step === 'failed'
  const { waId, userId, wamid } = message
  const names = waId !== null && !behaviour.anonymous
  message.statuses.push({ status: step, atMs, errorCode: failed ? behaviour.code : null })

  const status: JsonObject = {
    id: wamid,
    status: step,
    timestamp: String(Math.floor(atMs / 1000)),
  }
  if (names) status['recipient_id'] = waId
  // On `failed` the user id is left out where a phone number was addressed (reference, section 5.6).
  if (!failed || waId === null) status['recipient_user_id'] = userId
  if (message.callbackData !== null) status['biz_opaque_callback_data'] = message.callbackData
  if (priced) status['pricing'] = priceOf(message)
  if (failed) status['errors'] = [createStatusError(behaviour.code)]
  const contact: JsonObject = names ? { wa_id: waId, user_id: userId } : { user_id: userId }
  return { wamid, status, contact: failed ? null : { profile: { name: 'Supplier' }, ...contact } }
}

/** Per-message pricing (reference, section 7.1). */
function priceOf({ free, category }: AcceptedMessage): JsonObject {
  return {
    billable: !free,
    pricing_model: 'PMP',
    type: free ? 'free_customer_service' : 'regular',
    category,
  }
}

/** The error object of webhooks (reference, section 8.1). */
function createStatusError(code: number): JsonObject {
  const { title } = describeError(code)
  return {
    code,
    title,
    message: title,
    error_data: { details: `Emulated failure: ${title}` },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  }
}
