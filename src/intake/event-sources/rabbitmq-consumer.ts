import type { AsyncMessage, Channel, SyncMessage } from 'rabbitmq-client'
import { within } from '../../lib/deadline.ts'
import { coerceError } from '../../lib/errors.ts'
import { FAILPOINTS, reach } from '../../lib/failpoint.ts'
import type { EventHandler } from '../event-source.ts'
import { createAckWindow } from './ack-window.ts'
import { deliveryCountOf, keepBodiesRaw, toDelivery } from './raw-bodies.ts'

export interface ConsumerOptions {
  queue: string
  prefetch: number
  handler: EventHandler
  /** For deliveries that came too often: nothing else is in flight until it has answered. */
  handleAlone: EventHandler
  /** The database was away: one message goes first, and the others stay at the broker until then. */
  tryOneFirst: boolean
  /** Deliveries may come from now on. */
  onConsuming: () => void
  /** What is in flight at the end is waited for, but not longer. */
  answerWithinMs: number
  /** Nothing more is taken. */
  signal: AbortSignal
}

/** Why nothing more is taken. What was handed over is answered by then, and the channel closed. */
export type ConsumerEnd =
  { kind: 'stopped' } | { kind: 'handler_failed'; error: Error } | { kind: 'lost'; error: Error }

/** From this count on a message may be what kills us, and would take its batch with it. */
const SUSPICIOUS_COUNT = 10
const ASK_WITHIN_MS = 1000

/**
 * Consumes over one channel until the signal comes, the handler throws, or the channel is lost.
 * Deliveries are handed over as they come, many at once, and acknowledged after their answers; what is
 * not answered goes back to the queue with the channel.
 *
 * @throws when the broker lets us not consume
 */
export async function consume(channel: Channel, options: ConsumerOptions): Promise<ConsumerEnd> {
  keepBodiesRaw(channel)
  const worker = createHandOver(channel, options)
  if (options.tryOneFirst) {
    const message = await channel.basicGet({ queue: options.queue })
    if (message !== undefined) await Promise.race([worker.takeOne(message), worker.ended])
  }
  const consumerTag = worker.isOpen() ? await begin(channel, options, worker) : undefined
  const end = await worker.ended
  await Promise.all([cancel(channel, consumerTag), worker.settled()])
  await within(ASK_WITHIN_MS, channel.close())
  return end
}

async function begin(
  channel: Channel,
  { queue, prefetch, onConsuming }: ConsumerOptions,
  worker: HandOver,
): Promise<string> {
  await channel.basicQos({ prefetchCount: prefetch })
  const { consumerTag } = await channel.basicConsume({ queue }, worker.take)
  onConsuming()
  return consumerTag
}

async function cancel(channel: Channel, consumerTag: string | undefined): Promise<void> {
  if (consumerTag === undefined || !channel.active) return
  await within(ASK_WITHIN_MS, channel.basicCancel(consumerTag))
}

interface HandOver {
  take(message: AsyncMessage): void
  /** Resolves when it is answered. */
  takeOne(message: SyncMessage): Promise<void>
  isOpen(): boolean
  readonly ended: Promise<ConsumerEnd>
  /** After the end: resolves when what is in flight is answered and acknowledged, or takes too long. */
  settled(): Promise<void>
}

function createHandOver(channel: Channel, options: ConsumerOptions): HandOver {
  const window = createAckWindow()
  /** Taken and not handed over yet: there is more than nothing only around a suspicious one. */
  const waiting: (AsyncMessage | SyncMessage)[] = []
  const inFlight = new Set<Promise<void>>()
  let isAloneRunning = false
  let isAckDue = false
  let isOpen = true
  let resolveEnd: (end: ConsumerEnd) => void
  const ended = new Promise<ConsumerEnd>((resolve) => (resolveEnd = resolve))

  const stop = (): void => finish({ kind: 'stopped' })
  const finish = (end: ConsumerEnd): void => {
    isOpen = false
    waiting.length = 0
    options.signal.removeEventListener('abort', stop)
    resolveEnd(end)
  }
  const acknowledge = (): void => {
    isAckDue = false
    if (!channel.active) return
    for (const ack of window.take()) channel.basicAck(ack)
  }
  /** A batch answers within one turn of the event loop: its acknowledgements are one frame. */
  const acknowledgeSoon = (): void => {
    if (isAckDue) return
    isAckDue = true
    setImmediate(acknowledge)
  }
  const handOver = async (message: AsyncMessage | SyncMessage, alone: boolean): Promise<void> => {
    try {
      const delivery = toDelivery(message)
      await (alone ? options.handleAlone(delivery) : options.handler(delivery))
      if (FAILPOINTS) await reach('intake.before_ack')
      window.answered(message.deliveryTag)
      acknowledgeSoon()
    } catch (error) {
      finish({ kind: 'handler_failed', error: coerceError(error) })
    }
  }
  const run = (message: AsyncMessage | SyncMessage, alone: boolean): Promise<void> => {
    isAloneRunning = alone
    const running = handOver(message, alone).then(() => {
      inFlight.delete(running)
      if (alone) isAloneRunning = false
      advance()
    })
    inFlight.add(running)
    return running
  }
  const advance = (): void => {
    while (waiting.length > 0 && !isAloneRunning) {
      const [message] = waiting
      if (message === undefined) return
      const alone = deliveryCountOf(message) >= SUSPICIOUS_COUNT
      if (alone && inFlight.size > 0) return
      waiting.shift()
      void run(message, alone)
    }
  }

  channel.on('error', (error) => finish({ kind: 'lost', error: coerceError(error) }))
  channel.on('basic.cancel', () =>
    finish({ kind: 'lost', error: new Error(`queue ${options.queue} was deleted`) }),
  )
  channel.on('close', () => finish({ kind: 'lost', error: new Error('the channel was closed') }))
  if (options.signal.aborted) stop()
  else options.signal.addEventListener('abort', stop)

  return {
    take(message) {
      if (!isOpen) return
      window.delivered(message.deliveryTag)
      waiting.push(message)
      advance()
    },
    takeOne(message) {
      if (!isOpen) return Promise.resolve()
      window.delivered(message.deliveryTag)
      return run(message, deliveryCountOf(message) >= SUSPICIOUS_COUNT)
    },
    isOpen: () => isOpen,
    ended,
    async settled() {
      await within(options.answerWithinMs, Promise.all(inFlight))
      acknowledge()
    },
  }
}
