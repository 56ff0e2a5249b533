import { setTimeout } from 'node:timers/promises'
import { Connection } from 'rabbitmq-client'
import { createRandom } from '../../../src/emulator/random.ts'
import { ADMIN_KEY } from '../../support/test-config.ts'
import { makeEvent, makeOrder } from './event-mix.ts'
import type { EventMix, LoadEvent } from './event-mix.ts'

/** What an ERP knows of an event: that it was offered, and whether it was taken. */
export interface LedgerEntry {
  event: LoadEvent
  isConfirmed: boolean
}

export interface Load {
  readonly ledger: ReadonlyMap<string, LedgerEntry>
  /** Offers so many and resolves when each is confirmed. */
  publish(count: number): Promise<void>
  /** Offers an order for each of these `data`, and resolves when each is confirmed. */
  publishOrders(...orders: (Record<string, unknown> & { supplier_phone?: string })[]): Promise<void>
  /** Offers bytes as they are, once, outside of the ledger; resolves when the broker has them. */
  publishRaw(body: Buffer, headers?: Record<string, unknown>): Promise<void>
  /** Offers so many a second from now on, fewer where the service does not keep up. */
  start(perSecond: number): void
  /** Offers one over HTTP, once. */
  publishOverHttp(withinMs?: number): Promise<HttpAnswer>
  /** Offers no more, and resolves when every offered one is confirmed. */
  stop(): Promise<void>
  close(): Promise<void>
}

export interface HttpAnswer {
  status: number
  messageId: string
  /** The header `Retry-After`. */
  retryAfter: string | null
}

export interface LoadOptions {
  rabbitmqUrl: string
  exchange: string
  routingKey: string
  /** The service over HTTP; it takes every tenth event. */
  serviceUrl: () => string
  /** Messages that are taken and not sent. */
  backlog: () => Promise<number>
  /** Makes the ids of this run differ from every other's. */
  run: string
  mix: EventMix
  seed: number
}

const AGAIN_MS = 100
const TICK_MS = 25
const HTTP_SHARE = 10
/** Enough to be under way wherever a process dies, and drained soon on a slow machine. */
const MAX_BACKLOG = 100
const ASK_EVERY_MS = 200

/**
 * Offers each event again and again until it is confirmed, as an ERP with an outbox does: a confirmed
 * one was taken, one that is not confirmed may have been.
 */
export function openLoad(options: LoadOptions): Load {
  const { exchange, routingKey } = options
  const random = createRandom(options.seed)
  const connection = new Connection({
    url: options.rabbitmqUrl,
    retryLow: 50,
    retryHigh: 300,
    connectionName: 'aviso test load',
  })
  connection.on('error', () => undefined)
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: 1 })
  const returned = new Set<string>()
  publisher.on('basic.return', (message) => returned.add(message.messageId ?? ''))
  const ledger = new Map<string, LedgerEntry>()
  const pending = new Set<Promise<void>>()
  let isClosed = false
  let timers: NodeJS.Timeout[] = []

  const overBroker = async ({ id, body }: LoadEvent): Promise<boolean> => {
    returned.delete(id)
    const envelope = { exchange, routingKey, messageId: id, mandatory: true, durable: true }
    await publisher.send({ ...envelope, contentType: 'application/json' }, body)
    // The client tells of a return one turn after the confirmation that follows it.
    await new Promise((resolve) => setImmediate(resolve))
    return !returned.has(id)
  }
  const overHttp = async ({ body }: LoadEvent, withinMs = 5000): Promise<HttpAnswer> => {
    const answer = await fetch(`${options.serviceUrl()}/api/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(withinMs),
    })
    const { message_id: messageId = '' } = (await answer.json()) as { message_id?: string }
    return { status: answer.status, messageId, retryAfter: answer.headers.get('retry-after') }
  }
  const untilConfirmed = async (entry: LedgerEntry, number: number): Promise<void> => {
    const { event } = entry
    const isOverHttp = event.kind === 'order' && number % HTTP_SHARE === 0
    while (!isClosed && !entry.isConfirmed) {
      try {
        entry.isConfirmed = isOverHttp
          ? (await overHttp(event)).status < 300
          : await overBroker(event)
      } catch {
        // Nobody knows whether it was taken.
      }
      if (!entry.isConfirmed) await setTimeout(AGAIN_MS)
    }
  }
  const enter = (event?: LoadEvent): LedgerEntry => {
    const entry = {
      event: event ?? makeEvent(options.run, ledger.size, options.mix, random),
      isConfirmed: false,
    }
    ledger.set(entry.event.id, entry)
    return entry
  }
  const offer = (event?: LoadEvent): void => {
    const number = ledger.size
    const entry = enter(event)
    const confirmed = untilConfirmed(entry, number).finally(() => pending.delete(confirmed))
    pending.add(confirmed)
  }
  const halt = (): void => {
    for (const timer of timers) clearInterval(timer)
    timers = []
  }
  const stop = async (): Promise<void> => {
    halt()
    await Promise.all(pending)
  }
  return {
    ledger,
    async publish(count) {
      for (let index = 0; index < count; index += 1) offer()
      await Promise.all(pending)
    },
    async publishOrders(...orders) {
      for (const data of orders) offer(makeOrder(options.run, ledger.size, data))
      await Promise.all(pending)
    },
    async publishRaw(body, headers = {}) {
      const envelope = { exchange, routingKey, durable: true, headers }
      await publisher.send({ ...envelope, contentType: 'application/json' }, body)
    },
    async publishOverHttp(withinMs) {
      const entry = enter()
      const answer = await overHttp(entry.event, withinMs)
      entry.isConfirmed = answer.status < 300
      return answer
    },
    start(perSecond) {
      let owed = 0
      let last = performance.now()
      let waiting = 0
      const ask = async (): Promise<void> => {
        waiting = await options.backlog()
      }
      const tick = (): void => {
        const now = performance.now()
        owed = Math.min(perSecond, owed + ((now - last) / 1000) * perSecond)
        last = now
        for (; owed >= 1 && waiting + pending.size < MAX_BACKLOG; owed -= 1) {
          waiting += 1
          offer()
        }
      }
      halt()
      timers = [
        setInterval(() => void ask().catch(() => undefined), ASK_EVERY_MS),
        setInterval(tick, TICK_MS),
      ]
    },
    stop,
    async close() {
      isClosed = true
      await stop()
      connection.unsafeDestroy()
    },
  }
}
