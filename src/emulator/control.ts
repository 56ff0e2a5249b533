import { createBehaviour } from './behaviour.ts'
import type { BehaviourName, BehaviourOverrides, WebhookFate } from './behaviour.ts'
import { shakeHands } from './handshake.ts'
import type { HandshakeResult } from './handshake.ts'
import type { JsonObject } from './json.ts'
import type { AcceptedMessage } from './message-log.ts'
import type { StatusDelays } from './options.ts'
import { receiveMessage, replyWithButton, replyWithText } from './reply.ts'
import type { ReplyResult } from './reply.ts'
import { changeTemplate } from './template-changes.ts'
import type { TemplateChange } from './template-changes.ts'
import type { SignatureFault, WebhookDelivery } from './webhook-sender.ts'
import { resetWorld } from './world.ts'
import type { AccountState, NumberState, World } from './world.ts'

/** An optional field that may also be given as undefined. */
type Patch<Type> = { [Key in keyof Type]?: Type[Key] | undefined }

export interface AcceptedFilter {
  wamid?: string | undefined
  callbackData?: string | undefined
  /** Beginning of the callback data. */
  callbackPrefix?: string | undefined
  to?: string | undefined
}

/** The code is for `fail`, `refuse` and `sent_then_fail`. */
export interface ScriptRequest extends BehaviourOverrides {
  behaviour: BehaviourName
  /** Digits or E.164; default: any recipient. */
  to?: string | undefined
  /** Default 1; null: until it is cleared. */
  times?: number | null | undefined
}

export interface ReviewRequest {
  /** Default: any template. */
  name?: string | undefined
  language?: string | undefined
  /** Default APPROVED. */
  status?: string | undefined
  reason?: string | undefined
  category?: string | undefined
  delayMs?: number | undefined
  /** Default 1; null: until the emulator is reset. */
  times?: number | null | undefined
}

export interface WebhookModes {
  fate: WebhookFate
  batchSize: number
  batchWindowMs: number
  paused: boolean
}

export interface Limits {
  maxMps: number
  pairLimit: boolean
  pairBurst: number
}

export interface EmulatorState {
  seed: number
  accepted: number
  remembered: number
  duplicates: number
  markedRead: number
  tokenExpired: boolean
  number: NumberState
  account: AccountState
  delays: StatusDelays
  webhooks: WebhookModes & {
    url: string | null
    queued: number
    delivered: number
    refused: number
    givenUp: number
    dropped: number
  }
  rules: number
  pending: number
}

export type ReplyRequest =
  | {
      kind: 'text'
      text?: string | undefined
      wamid?: string | undefined
      from?: string | undefined
    }
  | {
      kind: 'button'
      wamid: string
      index?: number | undefined
      payload?: string | undefined
      text?: string | undefined
    }
  | {
      kind: 'message'
      /** `{ type: 'image', image: {…} }` and the like. */
      content: JsonObject
      wamid?: string | undefined
      from?: string | undefined
    }

/** The steering wheel; over HTTP the same stands below `/_emulator/`. */
export interface EmulatorControl {
  state(): EmulatorState
  /** Everything back to the start; the webhook address stays. */
  reset(): void
  /** Oldest first. */
  accepted(filter?: AcceptedFilter): AcceptedMessage[]
  /**
   * How often each callback data was accepted, or, `by` message, each callback data without its last
   * part behind a dot: all attempts of a message together.
   */
  counts(by: 'callback_data' | 'message'): Map<string, number>
  /** The counts above one: what was sent twice. */
  duplicates(by: 'callback_data' | 'message'): Map<string, number>
  script(request: ScriptRequest): void
  clearScript(): void
  /** @returns how many templates were changed; `language` left out: all languages of the name */
  changeTemplate(
    which: { name: string; language?: string | undefined } | { id: string },
    change: TemplateChange,
  ): Promise<number>
  /** How the next reviews of new and edited templates end. */
  scriptReview(request: ReviewRequest): void
  /** Every cursor given out so far is refused from now on. */
  expireCursors(): void
  expireToken(): void
  /** The former token is unknown from now on, the new one not expired. */
  replaceToken(token: string): void
  setNumber(patch: Patch<Omit<NumberState, 'callingCode'>>): void
  setAccount(patch: Patch<AccountState>): void
  setDelays(patch: Patch<StatusDelays>): void
  setLimits(patch: Patch<Limits>): void
  setWebhooks(patch: Patch<WebhookModes>): void
  setWebhookUrl(url: string): Promise<HandshakeResult>
  reply(request: ReplyRequest): Promise<ReplyResult>
  /** Any change of any field, in an envelope with `time`. */
  sendWebhook(field: string, value: JsonObject): Promise<void>
  /** A body as it stands, signed, unsigned or wrongly signed. */
  sendRawWebhook(json: string, signature?: SignatureFault): Promise<void>
  deliveries(): WebhookDelivery[]
  /** Opens the 24-hour window of a recipient without a message. */
  openWindow(recipient: string): void
  /** Resolves when no status, answer or webhook is pending. */
  settled(): Promise<void>
}

export function createControl(world: World): EmulatorControl {
  const counts = (by: 'callback_data' | 'message'): Map<string, number> => {
    if (by === 'callback_data') return new Map(world.log.counts())
    const totals = new Map<string, number>()
    for (const [callbackData, count] of world.log.counts()) {
      const dot = callbackData.lastIndexOf('.')
      const key = dot === -1 ? callbackData : callbackData.slice(0, dot)
      totals.set(key, (totals.get(key) ?? 0) + count)
    }
    return totals
  }
  const duplicates = (by: 'callback_data' | 'message'): Map<string, number> =>
    new Map([...counts(by)].filter(([, count]) => count > 1))

  return {
    state: () => describeState(world, duplicates('callback_data').size),
    reset() {
      resetWorld(world)
    },
    accepted: (filter = {}) => findAccepted(world, filter),
    counts,
    duplicates,
    script({ behaviour, to, times = 1, ...overrides }) {
      world.script.add({
        behaviour: createBehaviour(behaviour, overrides),
        to: to === undefined ? null : to.replace(/^\+/, ''),
        times,
      })
    },
    clearScript() {
      world.script.clear()
    },
    async changeTemplate(which, change) {
      const found = world.templates
        .list()
        .filter((one) =>
          'id' in which
            ? one.id === which.id
            : one.name === which.name && (which.language ?? one.language) === one.language,
        )
      await Promise.all(found.map((template) => changeTemplate(world, template, change)))
      return found.length
    },
    scriptReview({ name = null, language = null, status = 'APPROVED', times = 1, ...rest }) {
      const { reason, category, delayMs } = rest
      world.reviews.add({ name, language, status, times, reason, category, delayMs })
    },
    expireCursors() {
      world.cursors.generation += 1
    },
    expireToken() {
      world.access.expired = true
    },
    replaceToken(token) {
      world.access = { token, expired: false }
    },
    setNumber(patch) {
      Object.assign(world.number, withoutUndefined(patch))
    },
    setAccount(patch) {
      Object.assign(world.account, withoutUndefined(patch))
    },
    setDelays(patch) {
      Object.assign((world.delays = { ...world.delays }), withoutUndefined(patch))
    },
    setLimits({ maxMps, pairLimit, pairBurst }) {
      if (maxMps !== undefined) world.throughput.setRate(maxMps)
      world.pairs.set({ enabled: pairLimit, burst: pairBurst })
    },
    setWebhooks({ fate, batchSize, batchWindowMs, paused }) {
      if (fate !== undefined) world.fate = fate
      world.feed.setBatching({ size: batchSize, windowMs: batchWindowMs })
      if (paused !== undefined) world.sender.setPaused(paused)
    },
    setWebhookUrl: (url) => changeWebhookUrl(world, url),
    reply(request) {
      switch (request.kind) {
        case 'text':
          return replyWithText(world, request)
        case 'button':
          return replyWithButton(world, request)
        case 'message':
          return receiveMessage(world, request, request.content)
      }
    },
    sendWebhook: (field, value) => world.feed.account(field, value),
    sendRawWebhook: (json, signature = 'none') => world.feed.raw(json, signature),
    deliveries: () => world.sender.deliveries(),
    openWindow(recipient) {
      world.conversations.open(recipient.replace(/^\+/, ''), world.settings.clock())
    },
    settled: () => world.activity.rest(),
  }
}

/** Verified first, and taken only then, as Meta does (reference, section 5.1). */
async function changeWebhookUrl(world: World, url: string): Promise<HandshakeResult> {
  const challenge = world.random.digits(10)
  const result = await shakeHands(url, world.settings.verifyToken, challenge)
  if (result.verified) await world.sender.setUrl(url)
  return result
}

function findAccepted(world: World, filter: AcceptedFilter): AcceptedMessage[] {
  const { wamid, callbackData, callbackPrefix, to } = filter
  if (wamid !== undefined) {
    const message = world.log.find(wamid)
    return message === undefined ? [] : [message]
  }
  const digits = to?.replace(/\D/g, '')
  return world.log
    .list()
    .filter(
      (message) =>
        (callbackData === undefined || message.callbackData === callbackData) &&
        (callbackPrefix === undefined ||
          message.callbackData?.startsWith(callbackPrefix) === true) &&
        (digits === undefined || message.input.replace(/\D/g, '') === digits),
    )
}

function describeState(world: World, duplicates: number): EmulatorState {
  const { batching } = world.feed
  return {
    seed: world.settings.seed,
    accepted: world.log.total,
    remembered: world.log.size,
    duplicates,
    markedRead: world.conversations.readCount,
    tokenExpired: world.access.expired,
    number: { ...world.number },
    account: { ...world.account },
    delays: { ...world.delays },
    webhooks: {
      url: world.sender.url,
      fate: world.fate,
      batchSize: batching.size,
      batchWindowMs: batching.windowMs,
      paused: world.sender.paused,
      queued: world.sender.queued,
      ...world.sender.counts,
    },
    rules: world.script.rules().length,
    pending: world.activity.count,
  }
}

function withoutUndefined<Type extends object>(patch: Type): Partial<Type> {
  return Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as Partial<Type>
}
