import type { Channel, ReturnedMessage } from 'rabbitmq-client'
import type { BrokerConnection } from '../../broker/connection.ts'
import { coerceError } from '../../lib/errors.ts'
import type { OutgoingEvent } from '../outgoing-event.ts'
import type { PublishOutcome } from '../publisher.ts'

/** A broker that takes events and never confirms one is left, unless it says that it is blocked. */
const CONFIRM_WITHIN_MS = 30_000
const WATCH_MS = 1000

/** One channel in confirm mode, from its opening to its end. */
export interface Confirmations {
  publish(events: readonly OutgoingEvent[]): Promise<PublishOutcome[]>
  /** Settles, with the reason, when nothing can be published any more. */
  readonly ended: Promise<Error>
  end(reason: Error): void
  /** Resolves when nothing is under way. */
  drained(): Promise<void>
}

export function createConfirmations(
  channel: Channel,
  connection: BrokerConnection,
  exchange: string,
): Confirmations {
  const returned = new Set<string>()
  const underWay = new Set<Promise<unknown>>()
  /** Of each batch under way; not a race with `ended`, which would grow with every batch of a session. */
  const giveUps = new Set<() => void>()
  let fault: Error | undefined
  let isEnded = false
  let resolveEnded: (reason: Error) => void = () => undefined
  const ended = new Promise<Error>((resolve) => (resolveEnded = resolve))
  const end = (reason: Error): void => {
    isEnded = true
    resolveEnded(reason)
    for (const giveUp of giveUps) giveUp()
  }

  channel.on('basic.return', ({ messageId }: ReturnedMessage) => {
    if (messageId !== undefined) returned.add(messageId)
  })
  channel.on('error', (error) => end(coerceError(error)))
  // What a publish was refused for is known before the channel tells that it is closed.
  channel.on('close', () => setImmediate(() => end(fault ?? new Error('the channel was closed'))))
  void connection.lost.then(end)

  const publishOne = async (event: OutgoingEvent): Promise<PublishOutcome> => {
    try {
      await channel.basicPublish(
        {
          exchange,
          routingKey: event.routingKey,
          messageId: event.eventId,
          contentType: 'application/json',
          durable: true,
          mandatory: true,
        },
        Buffer.from(event.body, 'utf8'),
      )
      return 'routed'
    } catch (error) {
      if (codeOf(error) === 'NACK') return 'refused'
      if (codeOf(error) !== 'CH_CLOSE') fault ??= coerceError(error)
      return 'unconfirmed'
    }
  }

  /** The end of the channel settles what the client may leave open. */
  const untilEnd = (all: Promise<unknown>): Promise<void> =>
    new Promise((resolve) => {
      const finish = (): void => {
        giveUps.delete(finish)
        resolve()
      }
      giveUps.add(finish)
      void all.then(finish)
      if (isEnded) finish()
    })

  const publish = async (events: readonly OutgoingEvent[]): Promise<PublishOutcome[]> => {
    const outcomes: PublishOutcome[] = events.map(() => 'unconfirmed')
    const all = Promise.all(
      events.map(async (event, index) => {
        outcomes[index] = await publishOne(event)
      }),
    )
    const watch = watchFor(connection, () => end(new Error('the broker does not confirm')))
    await untilEnd(all)
    clearInterval(watch)
    // The client tells of a return one turn after the confirmation that follows it.
    await new Promise((resolve) => setImmediate(resolve))
    return events.map(({ eventId }, index) => {
      const isReturned = returned.delete(eventId)
      return isReturned ? 'unbound' : (outcomes[index] ?? 'unconfirmed')
    })
  }

  return {
    publish(events) {
      const running = publish(events)
      underWay.add(running)
      void running.finally(() => underWay.delete(running))
      return running
    },
    ended,
    end,
    async drained() {
      await Promise.all(underWay)
    },
  }
}

function watchFor(connection: BrokerConnection, onOverdue: () => void): NodeJS.Timeout {
  let waitedMs = 0
  return setInterval(() => {
    waitedMs = connection.blocked === null ? waitedMs + WATCH_MS : 0
    if (waitedMs >= CONFIRM_WITHIN_MS) onOverdue()
  }, WATCH_MS)
}

function codeOf(error: unknown): string {
  const cause = coerceError(error)
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}
