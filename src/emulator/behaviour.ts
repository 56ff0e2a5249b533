/** What Meta does with one send, once it has found nothing wrong with it. */
export interface Behaviour {
  name: string
  /** Whether the message is taken; its statuses follow whatever the answer was. */
  accepts: boolean
  answer: AnswerKind
  /** For `error` answers and `failed` statuses. */
  code: number
  /** Before the answer, in ms. */
  delayMs: number
  /** Before the first status, in ms, on top of the usual delays. */
  statusDelayMs: number
  steps: readonly Step[]
  webhooks: WebhookFate
  /** Answered with `held_for_quality_assessment`. */
  held: boolean
  /** The statuses carry no phone number (reference, section 5.8). */
  anonymous: boolean
  retryAfterSeconds: number | null
  /** What the recipient answers after the last status. */
  replies: 'text' | 'button' | null
  /** Only every other send to a recipient meets this, the first one included. */
  everyOther: boolean
}

export type AnswerKind =
  'ok' | 'error' | 'cut' | 'hang' | 'html_502' | 'broken_json' | 'no_id' | 'graph_500'

/** `failed` takes the behaviour's code. */
export type Step = 'sent' | 'delivered' | 'read' | 'failed'

export const WEBHOOK_FATES = [
  'normal',
  /** Every status twice. */
  'duplicated',
  /** All statuses of the message after the last one, in another order, one after the other. */
  'shuffled',
  /** All statuses of the message in one POST. */
  'batched',
  /** The first status is delivered before the send is answered. */
  'early',
  /** Never. */
  'missing',
] as const
export type WebhookFate = (typeof WEBHOOK_FATES)[number]

const NORMAL: Behaviour = {
  name: 'normal',
  accepts: true,
  answer: 'ok',
  code: 131026,
  delayMs: 0,
  statusDelayMs: 0,
  steps: ['sent', 'delivered', 'read'],
  webhooks: 'normal',
  held: false,
  anonymous: false,
  retryAfterSeconds: null,
  replies: null,
  everyOther: false,
}
const REFUSING = { accepts: false, steps: [] } as const

/** Name, what differs from the normal, and a sentence for the table in docs/emulator.md. */
const TABLE = {
  normal: [{}, 'Accepted, sent, delivered, read.'],
  slow: [{ delayMs: 3000 }, 'Accepted; the answer takes 3 s.'],
  very_slow: [{ delayMs: 20_000 }, 'Accepted; the answer takes 20 s, longer than a client waits.'],
  accept_then_cut: [{ answer: 'cut' }, 'Accepted; the connection is cut instead of an answer.'],
  accept_then_hang: [{ answer: 'hang' }, 'Accepted; no answer ever comes.'],
  accept_then_502: [{ answer: 'html_502' }, 'Accepted; the answer is a 502 page in HTML.'],
  accept_then_broken_json: [{ answer: 'broken_json' }, 'Accepted; 200 with half of the JSON.'],
  accept_without_id: [{ answer: 'no_id' }, 'Accepted; 200 without a message id.'],
  accept_then_500: [
    { answer: 'graph_500', code: 131000 },
    'Accepted; answered with 500 and a complete Graph error: the one thing a client cannot know.',
  ],
  graph_500: [
    { ...REFUSING, answer: 'graph_500', code: 131000 },
    'Not accepted; 500 with a complete Graph error (131000).',
  ],
  cut: [{ ...REFUSING, answer: 'cut' }, 'Not accepted; the connection is cut.'],
  hang: [{ ...REFUSING, answer: 'hang' }, 'Not accepted; no answer ever comes.'],
  html_502: [{ ...REFUSING, answer: 'html_502' }, 'Not accepted; a 502 page in HTML.'],
  held_then_released: [
    { held: true, statusDelayMs: 2000 },
    'Held for quality assessment; released after 2 s, then as usual.',
  ],
  held_then_dropped: [
    { held: true, statusDelayMs: 2000, steps: ['failed'], code: 132015 },
    'Held for quality assessment; after 2 s failed with 132015.',
  ],
  duplicated: [{ webhooks: 'duplicated' }, 'Every status webhook twice.'],
  shuffled: [{ webhooks: 'shuffled' }, 'Statuses out of order.'],
  batched: [{ webhooks: 'batched' }, 'All statuses in one POST.'],
  missing: [{ webhooks: 'missing' }, 'No webhook at all.'],
  early: [{ webhooks: 'early' }, 'The first status comes before the answer to the send.'],
  sent_only: [{ steps: ['sent'] }, 'Sent, never delivered: dropped silently at its time to live.'],
  never_read: [{ steps: ['sent', 'delivered'] }, 'Delivered; read receipts are off.'],
  read_without_delivered: [{ steps: ['sent', 'read'] }, 'Read at once: no `delivered`.'],
  delivered_without_sent: [{ steps: ['delivered', 'read'] }, 'No `sent`.'],
  delivered_then_failed: [
    { steps: ['sent', 'delivered', 'failed'], code: 131000 },
    'Two devices: delivered, then failed.',
  ],
  failed_then_delivered: [
    { steps: ['sent', 'failed', 'delivered'], code: 131000 },
    'Two devices: failed, then delivered.',
  ],
  anonymous: [{ anonymous: true }, 'Statuses without a phone number.'],
  accept_then_silence: [
    { answer: 'cut', webhooks: 'missing' },
    'Accepted; the connection is cut and no webhook ever comes.',
  ],
  accept_then_cut_late: [
    { answer: 'cut', statusDelayMs: 10_000 },
    'Accepted; the connection is cut, the first webhook comes 10 s later.',
  ],
  replies_with_text: [{ replies: 'text' }, 'Read, then a text comes back.'],
  replies_with_button: [
    { replies: 'button' },
    'Read, then the first quick-reply button is tapped (a text where the template has none).',
  ],
  throttled: [
    { ...REFUSING, answer: 'error', code: 130429, retryAfterSeconds: 2 },
    'Refused with 130429 and `Retry-After: 2`.',
  ],
  refused_once: [
    { ...REFUSING, answer: 'graph_500', code: 131000, everyOther: true },
    'Every first send is refused as by `graph_500`, every second one accepted.',
  ],
  refuse: [{ ...REFUSING, answer: 'error' }, 'Refused with the code given.'],
  fail: [{ steps: ['failed'] }, 'Accepted, then failed with the code given.'],
  sent_then_fail: [
    { steps: ['sent', 'failed'] },
    'Accepted, sent, then failed with the code given.',
  ],
} as const satisfies Record<string, readonly [Partial<Behaviour>, string]>

export type BehaviourName = keyof typeof TABLE
export const BEHAVIOUR_NAMES = Object.keys(TABLE) as BehaviourName[]

/** An error code, or other delays before the answer and before the first status. */
export interface BehaviourOverrides {
  code?: number | undefined
  delayMs?: number | undefined
  statusDelayMs?: number | undefined
}

export function createBehaviour(
  name: BehaviourName,
  overrides: BehaviourOverrides = {},
): Behaviour {
  const base: Behaviour = { ...NORMAL, ...TABLE[name][0], name }
  return {
    ...base,
    code: overrides.code ?? base.code,
    delayMs: overrides.delayMs ?? base.delayMs,
    statusDelayMs: overrides.statusDelayMs ?? base.statusDelayMs,
  }
}

/** One sentence on what it does. */
export function describeBehaviour(name: BehaviourName): string {
  return TABLE[name][1]
}
