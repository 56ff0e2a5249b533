/** Counting from outside: the stages know nothing of it, and what is measured is what their callers see. */

import type { SendResult } from '../cloud-api/send-result.ts'
import type { MessageRequest } from '../cloud-api/wire.ts'
import { idTime } from '../lib/uuid-v7.ts'
import type { Meter } from './meter.ts'

/** @param handler takes an event, and throws where it could not be made durable */
export function measureEvents<Delivery, Outcome extends { kind: EventKind }>(
  handler: (delivery: Delivery) => Promise<Outcome>,
  meter: Meter,
): (delivery: Delivery) => Promise<Outcome> {
  return async (delivery) => {
    try {
      const outcome = await handler(delivery)
      meter.event(outcome.kind)
      return outcome
    } catch (error) {
      meter.event('unavailable')
      throw error
    }
  }
}

type EventKind = 'accepted' | 'duplicate' | 'conflict' | 'rejected'

/** As every send carries it: `1.<message id>.<attempt number>`. */
const CALLBACK = /^1\.([0-9a-f-]{36})\.\d+$/

/** The time from the event to the acceptance is read from the message's id, which is made when it is taken. */
export function measureSends<Options>(
  sendMessage: (body: MessageRequest, options: Options) => Promise<SendResult>,
  meter: Meter,
  now: () => number,
): (body: MessageRequest, options: Options) => Promise<SendResult> {
  return async (body, options) => {
    const started = performance.now()
    const result = await sendMessage(body, options)
    const code = result.kind === 'rejected' ? String(result.error.code) : ''
    meter.send(result.kind, code, (performance.now() - started) / 1000)
    if (result.kind === 'accepted') {
      const id = CALLBACK.exec(body.biz_opaque_callback_data ?? '')?.[1]
      if (id !== undefined) meter.accepted(Math.max(0, (now() - idTime(id).getTime()) / 1000))
    }
    return result
  }
}

/** @param receive makes a webhook durable, or throws */
export function measureWebhooks(
  receive: (raw: Buffer) => Promise<void>,
  meter: Meter,
): (raw: Buffer) => Promise<void> {
  return async (raw) => {
    const started = performance.now()
    const seconds = () => (performance.now() - started) / 1000
    try {
      await receive(raw)
    } catch (error) {
      meter.webhook('unavailable', seconds())
      throw error
    }
    meter.webhook('applied', seconds())
  }
}

interface SeenStatus {
  item: { status: string; metaAt: string | null }
  /** By our clock; null: not known. */
  acceptedAt: Date | null
  /** Unix time in ms; null: not known. */
  receivedAt: number | null
}

/**
 * For each status of Meta's that was new: how long it was on its way, and of a delivery how long it took. Meta's
 * times are whole seconds and of another clock, so either may come out below 0: it counts as 0.
 */
export function measureStatuses(meter: Meter): (statuses: readonly SeenStatus[]) => void {
  return (statuses) => {
    for (const { item, acceptedAt, receivedAt } of statuses) {
      if (item.metaAt === null) continue
      const metaMs = Date.parse(item.metaAt)
      const secondsFrom = (from: number, to: number) => Math.max(0, (to - from) / 1000)
      if (receivedAt !== null) meter.lag(secondsFrom(metaMs, receivedAt))
      if (item.status === 'delivered' && acceptedAt !== null) {
        meter.delivery(secondsFrom(acceptedAt.getTime(), metaMs))
      }
    }
  }
}
