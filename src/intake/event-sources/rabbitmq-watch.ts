import type { Channel } from 'rabbitmq-client'
import { openBrokerConnection } from '../../broker/connection.ts'
import type { BrokerConnection } from '../../broker/connection.ts'
import { BrokerRefusal, demand, explainRefusal } from '../../broker/refusal.ts'
import type { TopologyMode } from '../../broker/refusal.ts'
import { backoff, pause, within } from '../../lib/deadline.ts'
import { coerceError } from '../../lib/errors.ts'
import { countMessages, deadLetterQueueOf } from './rabbitmq-topology.ts'

export interface RabbitmqWatchOptions {
  /** `amqp:` or `amqps:`, with user, password and virtual host. */
  url: string
  queue: string
  topology: TopologyMode
  random?: () => number
  /** Between two looks, in ms. */
  watchMs?: number
  /** Between two tries at a broker that refuses us, in ms. */
  refusedMs?: number
}

export interface WatchStatus {
  /** `missing`: the broker answers, and has not the queues. */
  state: 'connected' | 'connecting' | 'refused' | 'missing'
  detail: string
  remedy: string | null
  /** Messages the broker gave up on, at the last look that found them; null before. */
  deadLetters: number | null
}

export interface RabbitmqWatch {
  /** What the last look found; the first one is waited for, but not longer than `ms`. Never throws. */
  ask(ms: number): Promise<WatchStatus>
  status(): WatchStatus
  stop(): Promise<void>
}

const WATCH_MS = 10_000
const REFUSED_MS = 5000
const AWAY_MS = { low: 100, high: 2000 }

/**
 * Looks at the queue of events and its dead letters for a process that neither consumes nor publishes. It
 * makes nothing at the broker and takes nothing from it, whatever the topology mode.
 *
 * The first question opens the connection, which is kept: many a process is never asked, and to connect
 * anew for each probe would fill the broker's log. It says nothing in our own log: those who work with
 * the broker do.
 */
export function createRabbitmqWatch(options: RabbitmqWatchOptions): RabbitmqWatch {
  const { random = Math.random, watchMs = WATCH_MS, refusedMs = REFUSED_MS } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let status: WatchStatus = {
    state: 'connecting',
    detail: 'not connected yet',
    remedy: null,
    deadLetters: null,
  }
  let running: Promise<void> | undefined
  let tellFirst: () => void = () => undefined
  const first = new Promise<void>((resolve) => (tellFirst = resolve))
  const found = (next: Partial<WatchStatus>): void => {
    status = { ...status, remedy: null, ...next }
    tellFirst()
  }

  /** From connecting to the loss of the connection, which is thrown, or to the stop. */
  const runConnection = async (onLook: () => void): Promise<void> => {
    const connection = await openBrokerConnection(options.url, 'aviso health')
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    void connection.lost.then((error) => over.abort(error))
    const keepLooking = async (): Promise<void> => {
      while (!either.aborted) {
        found(await look(connection, options))
        onLook()
        await pause(watchMs, either)
      }
    }
    try {
      // A line that is dead and not cut yet answers nothing: a stop does not wait for its heartbeat.
      await Promise.race([keepLooking(), ended(either)])
      over.signal.throwIfAborted()
    } finally {
      over.abort()
      await connection.close()
    }
  }

  const runForEver = async (): Promise<void> => {
    let tries = 0
    while (!signal.aborted) {
      try {
        await runConnection(() => (tries = 0))
      } catch (error) {
        const away = explainFailure(error, options)
        found(away)
        const awayMs = backoff(AWAY_MS.low, AWAY_MS.high, tries) * (0.5 + random() / 2)
        tries += 1
        await pause(away.state === 'refused' ? refusedMs : awayMs, signal)
      }
    }
  }

  return {
    async ask(ms) {
      if (!signal.aborted) running ??= runForEver()
      await within(ms, first)
      return status
    },
    status: () => status,
    async stop() {
      stopping.abort()
      tellFirst()
      await running
    },
  }
}

/** What the broker says of the two queues; a queue that is missing or closed to us leaves the connection. */
async function look(
  connection: BrokerConnection,
  options: RabbitmqWatchOptions,
): Promise<Partial<WatchStatus>> {
  const { queue } = options
  const channel = await connection.openChannel()
  // What a request is answered with is thrown; the rest is the end of the connection, seen elsewhere.
  channel.on('error', () => undefined)
  try {
    await countIn(channel, queue)
    const deadLetters = await countIn(channel, deadLetterQueueOf(queue))
    await channel.close()
    const detail = `answers and has queue ${queue}; this process does not consume it`
    return { state: 'connected', detail, deadLetters }
  } catch (error) {
    if (error instanceof BrokerRefusal) return explainFailure(error, options)
    throw error
  }
}

async function countIn(channel: Channel, queue: string): Promise<number> {
  let count = 0
  // As one that only looks: a queue that is not there is an answer, in both modes.
  await demand(`queue ${queue}`, 'check', async () => {
    count = await countMessages(channel, queue)
  })
  return count
}

function explainFailure(
  error: unknown,
  { queue, topology }: RabbitmqWatchOptions,
): Pick<WatchStatus, 'state' | 'detail' | 'remedy'> {
  const refusal = explainRefusal(error, `queue ${queue}`, 'check')
  if (refusal === undefined) {
    return {
      state: 'connecting',
      detail: `the broker is away: ${coerceError(error).message}`,
      remedy: 'Start the broker, or correct RABBITMQ_URL; the service connects by itself.',
    }
  }
  const { message: detail, remedy, isMissing } = refusal
  if (!isMissing) return { state: 'refused', detail, remedy }
  return {
    state: 'missing',
    detail,
    remedy:
      topology === 'declare'
        ? 'Start a process with the role consumer: it makes the queue.'
        : remedy,
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
