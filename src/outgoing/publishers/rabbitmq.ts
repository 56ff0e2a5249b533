import type { Channel } from 'rabbitmq-client'
import { openBrokerConnection } from '../../broker/connection.ts'
import type { BrokerConnection } from '../../broker/connection.ts'
import { demand } from '../../broker/refusal.ts'
import type { TopologyMode } from '../../broker/refusal.ts'
import { backoff, pause, within } from '../../lib/deadline.ts'
import { coerceError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { EventPublisher } from '../publisher.ts'
import { createConfirmations } from './confirmations.ts'
import type { Confirmations } from './confirmations.ts'
import { createPublisherHealth } from './publisher-health.ts'

export interface RabbitmqPublisherOptions {
  /** `amqp:` or `amqps:`, with user, password and virtual host. */
  url: string
  topology: TopologyMode
  logger: Logger
  exchange?: string
  random?: () => number
  /** Between two tries at a broker that refuses us, in ms. */
  refusedMs?: number
  /** What is under way when it stops is waited for, but not longer, in ms. */
  stopWithinMs?: number
}

const EXCHANGE = 'notification.events'
const AWAY_MS = { low: 100, high: 2000 }
const REFUSED_MS = 5000
const STOP_WITHIN_MS = 2000

/**
 * Publishes to a topic exchange: persistent, mandatory, confirmed. A broker that is away is tried for
 * ever, at most 2 s between two tries; one that refuses us every 5 s.
 */
export function createRabbitmqPublisher(options: RabbitmqPublisherOptions): EventPublisher {
  const { url, topology, exchange = EXCHANGE, random = Math.random } = options
  const health = createPublisherHealth(options.logger, exchange, topology)
  const stopping = new AbortController()
  const { signal } = stopping
  let session: { connection: BrokerConnection; confirmations: Confirmations } | undefined
  let running: Promise<void> | undefined

  const prepare = async (channel: Channel): Promise<void> => {
    const what = `exchange ${exchange}`
    await demand(what, topology, () =>
      topology === 'declare'
        ? channel.exchangeDeclare({ exchange, type: 'topic', durable: true })
        : channel.exchangeDeclare({ exchange, passive: true }),
    )
    await channel.confirmSelect()
  }

  /** From connecting to the loss of connection or channel, which is thrown, or to the stop. */
  const runConnection = async (): Promise<void> => {
    const connection = await openBrokerConnection(url, 'aviso publisher')
    const over = new AbortController()
    try {
      const channel = await connection.openChannel()
      const confirmations = createConfirmations(channel, connection, exchange)
      await Promise.race([prepare(channel), confirmations.ended.then(raise)])
      session = { connection, confirmations }
      health.connected()
      await Promise.race([confirmations.ended.then(raise), aborted(signal, over.signal)])
      await within(options.stopWithinMs ?? STOP_WITHIN_MS, confirmations.drained())
    } finally {
      over.abort()
      session?.confirmations.end(new Error('the connection was closed'))
      session = undefined
      await connection.close()
    }
  }

  const runForEver = async (): Promise<void> => {
    let tries = 0
    while (!signal.aborted) {
      try {
        await runConnection()
      } catch (error) {
        if (health.wasConnected()) tries = 0
        const isRefused = health.failed(error) === 'refused'
        const awayMs = backoff(AWAY_MS.low, AWAY_MS.high, tries) * (0.5 + random() / 2)
        tries += 1
        await pause(isRefused ? (options.refusedMs ?? REFUSED_MS) : awayMs, signal)
      }
    }
    health.stopped()
  }

  return {
    start() {
      running ??= runForEver()
    },
    async stop() {
      stopping.abort()
      await running
    },
    isReady: () => session !== undefined && session.connection.blocked === null && !signal.aborted,
    async publish(events) {
      const outcomes = await (session?.confirmations.publish(events) ??
        Promise.resolve(events.map(() => 'unconfirmed' as const)))
      if (outcomes.some((outcome) => outcome !== 'unconfirmed')) health.published()
      return outcomes
    },
    status: () => health.read(session?.connection.blocked ?? null),
  }
}

function raise(error: unknown): never {
  throw coerceError(error)
}

/** @param over ends the listening, so that connections leave none behind */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { signal: over })
  })
}
