import type { Channel } from 'rabbitmq-client'
import { AppError, coerceError } from '../../lib/errors.ts'

export interface Topology {
  exchange: string
  routingKey: string
  queue: string
  mode: 'declare' | 'check'
}

const DEAD_LETTER_EXCHANGE = 'notification-service.dlx'
/**
 * A count says how often we or the broker died, not that the message is bad: what is bad is
 * stored and acknowledged when it first comes. A death costs every prefetched message one.
 */
const DELIVERY_LIMIT = 1000

/** Answers that no waiting will change: somebody must do something. */
const REFUSALS = new Set([
  'PRECONDITION_FAILED',
  'ACCESS_REFUSED',
  'NOT_ALLOWED',
  'COMMAND_INVALID',
])

/** The broker does not let us work. `message` says what it refused, `remedy` what to do. */
export class BrokerRefusal extends AppError {
  readonly remedy: string

  constructor(detail: string, remedy: string, cause: unknown) {
    super('configuration', detail, { cause })
    this.name = 'BrokerRefusal'
    this.remedy = remedy
  }
}

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
  for (const { what, run } of steps) {
    try {
      await run()
    } catch (error) {
      throw toRefusal(error, what, topology) ?? error
    }
  }
}

/** @returns messages that the broker gave up on */
export async function countDeadLetters(channel: Channel, topology: Topology): Promise<number> {
  const answer = await channel.queueDeclare({
    queue: deadLetterQueueOf(topology.queue),
    passive: true,
  })
  return answer.messageCount
}

/** What the broker refuses while connecting or consuming, in words; undefined: it is only away. */
export function explainRefusal(error: unknown, topology: Topology): BrokerRefusal | undefined {
  if (error instanceof BrokerRefusal) return error
  const cause = coerceError(error)
  // While a virtual host is still starting, the broker answers with another code: it is away.
  if (codeOf(cause) === 'NOT_ALLOWED') {
    return toRefusal(error, 'the virtual host of RABBITMQ_URL', topology)
  }
  if (cause.message.includes('Login was refused')) {
    return toRefusal(error, 'the user and password of RABBITMQ_URL', topology)
  }
  return toRefusal(error, `queue ${topology.queue}`, topology)
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

function toRefusal(error: unknown, what: string, { mode }: Topology): BrokerRefusal | undefined {
  const cause = coerceError(error)
  const code = codeOf(cause)
  // Of a queue that exists, declaring answers this too, while its leader is being chosen.
  const isMissing = code === 'NOT_FOUND' && mode === 'check'
  if (!REFUSALS.has(code) && !isMissing) return undefined
  const detail = isMissing
    ? `the broker has no ${what}`
    : `the broker refuses ${what}: ${withoutMethod(cause.message)}`
  return new BrokerRefusal(detail, remedyFor(code, what), cause)
}

function remedyFor(code: string, what: string): string {
  if (what.endsWith('RABBITMQ_URL')) {
    return 'Correct RABBITMQ_URL, or give that user access at the broker.'
  }
  switch (code) {
    case 'NOT_FOUND':
      return 'Make it, or let the service make it with AVISO_TOPOLOGY=declare.'
    case 'PRECONDITION_FAILED':
      return (
        `There is another ${what} of that name, made in another way: delete it once it is empty, ` +
        'choose another name, or keep it with AVISO_TOPOLOGY=check.'
      )
    default:
      return (
        'Give the user of RABBITMQ_URL the permissions to configure, write and read; ' +
        'with AVISO_TOPOLOGY=check reading is enough.'
      )
  }
}

/** `QueueDeclare: PRECONDITION_FAILED - inequivalent arg …` without the client's word before it. */
function withoutMethod(message: string): string {
  return message.replace(/^\w+: /, '')
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
