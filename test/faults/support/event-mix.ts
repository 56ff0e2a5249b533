import { magicNumber } from '../../../src/emulator/magic-numbers.ts'
import type { Random } from '../../../src/emulator/random.ts'
import { orderEvent } from '../../support/orders.ts'

export interface LoadEvent {
  /** In the ledger; of an event that cannot be read, a word that its bytes hold. */
  id: string
  kind: 'order' | 'unreadable'
  phone: string
  /** Meta takes it, and its answer does not arrive. */
  losesAnswer: boolean
  body: Buffer
}

/** Meta's oddities, each for one order in a hundred; the answer of a few sends is lost. */
const ODDITIES = [
  'early',
  'shuffled',
  'duplicated',
  'read_without_delivered',
  'delivered_then_failed',
  'failed_then_delivered',
  'accept_then_cut',
  'accept_then_502',
  'accept_then_broken_json',
  'refused_once',
] as const

/** `odd`: one order in ten meets an oddity of Meta's, and one event in a hundred cannot be read. */
export type EventMix = 'ordinary' | 'odd'

/** A good order whose `data` is as given: the recipient, the name. */
export function makeOrder(
  run: string,
  number: number,
  data: Record<string, unknown> & { supplier_phone?: string },
): LoadEvent {
  const id = `${run}-${number}`
  const order = { supplier_phone: ordinaryNumber(number), ...data }
  const body = Buffer.from(JSON.stringify(orderEvent(number, order, { event_id: id })))
  return { id, kind: 'order', phone: order.supplier_phone, losesAnswer: false, body }
}

/** Order number `number` of a run: nearly always a good one to an ordinary recipient of its own. */
export function makeEvent(run: string, number: number, mix: EventMix, random: Random): LoadEvent {
  const id = `${run}-${number}`
  const lot = mix === 'odd' ? random.int(100) : ODDITIES.length
  const oddity = ODDITIES[lot]
  const phone = oddity === undefined ? ordinaryNumber(number) : magicNumber(oddity, number % 10_000)
  const event = orderEvent(number, { supplier_phone: phone }, { event_id: id })
  const losesAnswer = oddity?.startsWith('accept_then_') === true
  if (lot === 99) {
    return { id, kind: 'unreadable', phone, losesAnswer, body: makeUnreadable(id, number) }
  }
  return { id, kind: 'order', phone, losesAnswer, body: Buffer.from(JSON.stringify(event)) }
}

function ordinaryNumber(number: number): string {
  return `+34612${String(number).padStart(6, '0')}`
}

function makeUnreadable(id: string, number: number): Buffer {
  const bodies = [
    `{"event_id":"${id}","data":`,
    `{"event_id":"${id}","event_type":"po.approved","data":{"supplier_name":"\\u0000"}}`,
    `{"event_id":"${id}","data":{"total_amount":[1e999]}}`,
    `["${id}"]`,
  ]
  return Buffer.from(bodies[number % bodies.length] ?? '')
}
