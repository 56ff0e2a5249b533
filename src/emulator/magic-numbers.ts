import { createBehaviour, describeBehaviour } from './behaviour.ts'
import type { Behaviour, BehaviourName } from './behaviour.ts'

/**
 * Recipients that make Meta misbehave. All lie in +1 555, an area code of the North American plan that
 * is given to nobody: possible E.164 numbers, and no one's telephone.
 *
 * `+1555` `0` and six digits: accepted, then failed with that code; `1`: refused with it; `2`: sent,
 * then failed. `+1555` `3`, two digits and any four: the behaviour with that number below.
 */
export interface MagicNumber {
  /** One number that does it; for those that begin with `+15553` the last four digits are free. */
  number: string
  behaviour: BehaviourName
  what: string
}

/** The two digits of each are its place here, so new ones go to the end. */
const NUMBERED: readonly BehaviourName[] = [
  'normal',
  'slow',
  'very_slow',
  'accept_then_cut',
  'accept_then_hang',
  'accept_then_502',
  'accept_then_broken_json',
  'accept_without_id',
  'accept_then_500',
  'graph_500',
  'cut',
  'hang',
  'html_502',
  'held_then_released',
  'held_then_dropped',
  'duplicated',
  'shuffled',
  'batched',
  'missing',
  'early',
  'sent_only',
  'never_read',
  'read_without_delivered',
  'delivered_without_sent',
  'delivered_then_failed',
  'failed_then_delivered',
  'anonymous',
  'accept_then_silence',
  'accept_then_cut_late',
  'replies_with_text',
  'replies_with_button',
  'throttled',
  'refused_once',
]

const BY_CODE: readonly BehaviourName[] = ['fail', 'refuse', 'sent_then_fail']

/** Accepted, then failed with the code: `failingNumber(131026)` is not on WhatsApp. */
export function failingNumber(code: number): string {
  return `+15550${String(code).padStart(6, '0')}`
}

/** Refused at once with the code. */
export function refusingNumber(code: number): string {
  return `+15551${String(code).padStart(6, '0')}`
}

/** Sent, then failed with the code. */
export function sentThenFailingNumber(code: number): string {
  return `+15552${String(code).padStart(6, '0')}`
}

/** @param variant 0 to 9999: as many recipients of the same behaviour */
export function magicNumber(behaviour: BehaviourName, variant = 0): string {
  const place = NUMBERED.indexOf(behaviour)
  if (place === -1) throw new RangeError(`${behaviour} has no number of its own`)
  return `+15553${String(place).padStart(2, '0')}${String(variant).padStart(4, '0')}`
}

export const MAGIC_NUMBERS: readonly MagicNumber[] = [
  {
    number: failingNumber(131026),
    behaviour: 'fail',
    what: 'Not on WhatsApp: accepted, then failed. The last six digits are the code.',
  },
  {
    number: refusingNumber(131030),
    behaviour: 'refuse',
    what: 'Refused at once. The last six digits are the code.',
  },
  {
    number: sentThenFailingNumber(131049),
    behaviour: 'sent_then_fail',
    what: 'Sent, then failed. The last six digits are the code.',
  },
  ...NUMBERED.map((behaviour) => ({
    number: magicNumber(behaviour),
    behaviour,
    what: describeBehaviour(behaviour),
  })),
]

const PATTERN = /^1555([0-3])(\d\d)(\d{4})$/

/** @param digits the recipient without `+` */
export function findMagicBehaviour(digits: string): Behaviour | undefined {
  if (!digits.startsWith('1555')) return undefined
  const match = PATTERN.exec(digits)
  if (match === null) return undefined
  const [, kind, place, rest] = match
  const byCode = BY_CODE[Number(kind)]
  if (byCode !== undefined) return createBehaviour(byCode, { code: Number(`${place}${rest}`) })
  const name = NUMBERED[Number(place)]
  return name === undefined ? undefined : createBehaviour(name)
}
