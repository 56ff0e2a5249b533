import { randomBytes } from 'node:crypto'
import { Connection } from 'rabbitmq-client'

/** Somebody with a queue bound to notification.events, who counts what comes. */
export interface EventListener {
  /** How often each came, by the `message_id` of AMQP. */
  readonly received: ReadonlyMap<string, number>
  /** Takes its binding away, or makes it again. */
  unbind(): Promise<void>
  bind(): Promise<void>
  close(): Promise<void>
}

const EXCHANGE = 'notification.events'

/** @param pattern of routing keys */
export async function listenForEvents(url: string, pattern = '#'): Promise<EventListener> {
  const queue = `aviso-test-${randomBytes(4).toString('hex')}`
  const connection = new Connection({ url, retryLow: 50, retryHigh: 300 })
  connection.on('error', () => undefined)
  await connection.exchangeDeclare({ exchange: EXCHANGE, type: 'topic', durable: true })
  await connection.queueDeclare({ queue, durable: true })
  const binding = { queue, exchange: EXCHANGE, routingKey: pattern }
  await connection.queueBind(binding)
  const received = new Map<string, number>()
  const consumer = connection.createConsumer(
    { queue, queueOptions: { queue, durable: true } },
    ({ messageId = '' }) => {
      received.set(messageId, (received.get(messageId) ?? 0) + 1)
    },
  )
  consumer.on('error', () => undefined)
  return {
    received,
    unbind: () => connection.queueUnbind(binding),
    bind: () => connection.queueBind(binding),
    async close() {
      await consumer.close()
      await connection.queueDelete({ queue })
      await connection.close()
    },
  }
}
