import type { Channel } from 'rabbitmq-client'
import { demand } from '../../broker/refusal.ts'
import type { TopologyMode } from '../../broker/refusal.ts'

export interface Topology {
  exchange: string
  routingKey: string
  queue: string
  mode: TopologyMode
}

const DEAD_LETTER_EXCHANGE = 'notification-service.dlx'
/**
 * A count says how often we or the broker died, not that the message is bad: what is bad is
 * stored and acknowledged when it first comes. A death costs every prefetched message one.
 */
const DELIVERY_LIMIT = 1000

interface Step {
  what: string
  run: () => Promise<unknown>
}

export function deadLetterQueueOf(queue: string): string {
  return `${queue}.dead`
}

/**
 * Makes exchanges, queues and bindings, or only looks whether they are there. Doing it again changes
 * nothing, and brings back what was deleted meanwhile. Arguments and bindings cannot be looked at over
 * AMQP: with `check` they are the operator's word.
 *
 * @throws BrokerRefusal, after which the channel is closed; other errors mean that the broker is away
 */
export async function ensureTopology(channel: Channel, topology: Topology): Promise<void> {
  const steps =
    topology.mode === 'declare' ? declarations(channel, topology) : lookups(channel, topology)
  for (const { what, run } of steps) await demand(what, topology.mode, run)
}

/** @returns messages at rest in the queue, e.g. of a dead-letter queue those that the broker gave up on */
export async function countMessages(channel: Channel, queue: string): Promise<number> {
  const answer = await channel.queueDeclare({ queue, passive: true })
  return answer.messageCount
}

function declarations(channel: Channel, { exchange, routingKey, queue }: Topology): Step[] {
  const deadQueue = deadLetterQueueOf(queue)
  return [
    {
      what: `exchange ${exchange}`,
      run: () => channel.exchangeDeclare({ exchange, type: 'topic', durable: true }),
    },
    {
      what: `exchange ${DEAD_LETTER_EXCHANGE}`,
      run: () =>
        channel.exchangeDeclare({ exchange: DEAD_LETTER_EXCHANGE, type: 'fanout', durable: true }),
    },
    {
      what: `queue ${deadQueue}`,
      run: () =>
        channel.queueDeclare({
          queue: deadQueue,
          durable: true,
          arguments: { 'x-queue-type': 'quorum' },
        }),
    },
    {
      what: `the binding of queue ${deadQueue}`,
      run: () =>
        channel.queueBind({ queue: deadQueue, exchange: DEAD_LETTER_EXCHANGE, routingKey: '' }),
    },
    {
      what: `queue ${queue}`,
      run: () =>
        channel.queueDeclare({
          queue,
          durable: true,
          arguments: {
            'x-queue-type': 'quorum',
            'x-delivery-limit': DELIVERY_LIMIT,
            'x-dead-letter-exchange': DEAD_LETTER_EXCHANGE,
            // At most once, the default, loses what the dead-letter queue does not confirm.
            'x-dead-letter-strategy': 'at-least-once',
            // Dead-lettering at least once works with no other overflow behaviour.
            'x-overflow': 'reject-publish',
          },
        }),
    },
    {
      what: `the binding of queue ${queue} to ${exchange}`,
      run: () => channel.queueBind({ queue, exchange, routingKey }),
    },
  ]
}

function lookups(channel: Channel, { exchange, queue }: Topology): Step[] {
  const exchanges = [exchange, DEAD_LETTER_EXCHANGE].map((name) => ({
    what: `exchange ${name}`,
    run: () => channel.exchangeDeclare({ exchange: name, passive: true }),
  }))
  const queues = [queue, deadLetterQueueOf(queue)].map((name) => ({
    what: `queue ${name}`,
    run: () => channel.queueDeclare({ queue: name, passive: true }),
  }))
  return [...exchanges, ...queues]
}
