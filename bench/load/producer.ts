/** Publishes orders, in a process of its own; every one is confirmed by the broker. */

import { Connection } from 'rabbitmq-client'
import { percentile } from '../measure/summary.ts'
import { EXCHANGE, ROUTING_KEY, encodeOrder } from './orders.ts'
import type { ProducerAnswer, ProducerCommand, ProducerSettings } from './protocol.ts'

/** Unconfirmed messages at most while a queue is filled. */
const WINDOW = 1000
/** Each hundredth order is published twice, the second time this many orders later. */
const REPEAT_EACH = 100
const REPEAT_AFTER = 50

const settings = JSON.parse(process.argv[2] ?? '{}') as ProducerSettings
const say = (answer: ProducerAnswer): void => void process.send?.(answer)

const connection = new Connection({ url: settings.rabbitmqUrl, noDelay: true })
connection.on('error', (error: unknown) => console.error(error))
const publisher = connection.createPublisher({
  confirm: true,
  maxAttempts: 5,
  exchanges: [{ exchange: EXCHANGE, type: 'topic', durable: true }],
})

async function publish(index: number, timestamp: string): Promise<void> {
  await publisher.send(
    { exchange: EXCHANGE, routingKey: ROUTING_KEY, durable: true, contentType: 'application/json' },
    encodeOrder(index, timestamp),
  )
}

/** Which orders to publish at this place: itself, and sometimes one from before again. */
function ordersAt(place: number, from: number): number[] {
  const before = place - REPEAT_AFTER
  return before >= from && before % REPEAT_EACH === 0 ? [place, before] : [place]
}

async function fill(from: number, orders: number): Promise<void> {
  const timestamp = new Date().toISOString()
  let next = from
  let confirmed = 0
  const worker = async (): Promise<void> => {
    while (next < from + orders) {
      const place = next
      next += 1
      for (const index of ordersAt(place, from)) {
        await publish(index, timestamp)
        confirmed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: WINDOW }, worker))
  say({ kind: 'published', confirmed, lateness: { p50: 0, p99: 0, max: 0 } })
}

async function offer(command: Extract<ProducerCommand, { kind: 'offer' }>): Promise<void> {
  const { from, orders, perSecond, startAt } = command
  const lateness = new Float64Array(orders)
  const publishing: Promise<void>[] = []
  let next = 0
  await new Promise<void>((resolve) => {
    const publishDue = (): void => {
      const now = performance.timeOrigin + performance.now()
      while (next < orders && dueAt(next) <= now) {
        for (const index of ordersAt(from + next, from)) {
          publishing.push(publish(index, new Date(dueAt(index - from)).toISOString()))
        }
        lateness[next] = now - dueAt(next)
        next += 1
      }
      if (next === orders) resolve()
      else setTimeout(publishDue, Math.max(1, dueAt(next) - now))
    }
    const dueAt = (index: number): number => startAt + (index * 1000) / perSecond
    publishDue()
  })
  await Promise.all(publishing)
  lateness.sort()
  say({
    kind: 'published',
    confirmed: publishing.length,
    lateness: {
      p50: percentile(lateness, 0.5),
      p99: percentile(lateness, 0.99),
      max: lateness.at(-1) ?? 0,
    },
  })
}

process.on('message', (command: ProducerCommand) => {
  void (command.kind === 'fill' ? fill(command.from, command.orders) : offer(command))
})
process.on('disconnect', () => process.exit(0))
await connection.onConnect(10_000)
say({ kind: 'ready' })
