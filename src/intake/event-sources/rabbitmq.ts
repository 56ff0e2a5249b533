import { openBrokerConnection } from '../../broker/connection.ts'
import type { BrokerConnection } from '../../broker/connection.ts'
import { explainRefusal } from '../../broker/refusal.ts'
import { backoff, pause, within } from '../../lib/deadline.ts'
import type { Logger } from '../../lib/logger.ts'
import type { EventHandler, EventSource } from '../event-source.ts'
import { consume } from './rabbitmq-consumer.ts'
import type { ConsumerEnd } from './rabbitmq-consumer.ts'
import { createRabbitmqHealth } from './rabbitmq-health.ts'
import type { RabbitmqHealth, RabbitmqStatus } from './rabbitmq-health.ts'
import { countMessages, deadLetterQueueOf, ensureTopology } from './rabbitmq-topology.ts'
import type { Topology } from './rabbitmq-topology.ts'

export interface RabbitmqEventSourceOptions {
  /** `amqp:` or `amqps:`, with user, password and virtual host. */
  url: string
  exchange: string
  routingKey: string
  queue: string
  topology: 'declare' | 'check'
  logger: Logger
  /** Deliveries in flight at most; about twice the batch of the handler and more. */
  prefetch?: number
  /** Asked while the handler throws; best is a question that only a writable database answers. */
  isDatabaseUp: () => Promise<boolean>
  /**
   * Takes a message that was delivered ten times or more, with nothing else in flight; by default the
   * handler itself.
   */
  handleAlone?: EventHandler
  random?: () => number
  /** Between two looks at topology and dead letters, in ms. */
  watchMs?: number
  /** Between two tries at a broker that refuses us, in ms. */
  refusedMs?: number
  /** What is in flight when consuming ends is waited for, but not longer, in ms. */
  answerWithinMs?: number
}

export interface RabbitmqEventSource extends EventSource {
  status(): RabbitmqStatus
}

const DEFAULT_PREFETCH = 1000
const WATCH_MS = 10_000
const REFUSED_MS = 5000
const AWAY_MS = { low: 100, high: 2000 }
const DATABASE_MS = { low: 200, high: 2000 }
const ANSWER_WITHIN_MS = 6000
/** Those, and a second each for the end of consuming and of the channel; the connection has one more. */
const STOP_WITHIN_MS = 8500
const PROBE_WITHIN_MS = 5000
/** A run shorter than this belongs to the outage before it. */
const GOOD_RUN_MS = 10_000

/**
 * Events from a quorum queue, at least once. Never gives up: a broker that is away is tried for ever
 * (at most 2 s between two tries), one that refuses us every 5 s.
 *
 * - `start` returns at once; whether the broker is there is said by `status`.
 * - A delivery is acknowledged after the handler's answer, whatever the answer is; nothing is ever
 *   nacked.
 * - A handler that throws has lost its database: consuming ends, the channel is closed once (which
 *   returns what is not answered to the queue and costs each one delivery), and goes on when
 *   `isDatabaseUp` says so, beginning with one message alone.
 * - `stop` ends within 10 s; what is not answered by then comes again.
 */
export function openRabbitmqEventSource(options: RabbitmqEventSourceOptions): RabbitmqEventSource {
  const stopping = new AbortController()
  const health = createRabbitmqHealth(options.logger, topologyOf(options))
  let running: Promise<void> | undefined
  return {
    name: 'rabbitmq',
    start(handler) {
      running ??= runForEver({ options, handler, health, signal: stopping.signal })
      return Promise.resolve()
    },
    async stop() {
      stopping.abort()
      await running
    },
    status: () => health.read(),
  }
}

interface Run {
  options: RabbitmqEventSourceOptions
  handler: EventHandler
  health: RabbitmqHealth
  /** The source is being stopped. */
  signal: AbortSignal
}

async function runForEver(run: Run): Promise<void> {
  const { options, health, signal } = run
  const { random = Math.random, refusedMs = REFUSED_MS } = options
  let tries = 0
  while (!signal.aborted) {
    try {
      await runConnection(run, () => (tries = 0))
    } catch (error) {
      const state = health.failed(error)
      const awayMs = backoff(AWAY_MS.low, AWAY_MS.high, tries) * (0.5 + random() / 2)
      tries += 1
      await pause(state === 'refused' ? refusedMs : awayMs, signal)
    }
  }
  health.stopped()
}

/** From connecting to the loss of the connection, which is thrown, or to the stop. */
async function runConnection(run: Run, onConsuming: () => void): Promise<void> {
  const connection = await openBrokerConnection(run.options.url, 'aviso consumer')
  const ended = new AbortController()
  try {
    if (run.signal.aborted) return
    // A line that is dead and not cut yet answers nothing: a stop does not wait for its heartbeat.
    await Promise.race([work(connection, run, onConsuming, ended.signal), late(run, ended.signal)])
  } finally {
    ended.abort()
    await connection.close()
  }
}

async function work(
  connection: BrokerConnection,
  run: Run,
  onConsuming: () => void,
  ended: AbortSignal,
): Promise<void> {
  await look(connection, run)
  void keepLooking(connection, run, ended)
  await consumeOver(connection, run, onConsuming)
}

/** Settles when a stop has taken too long. */
function late({ signal }: Run, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const begin = (): void => void pause(STOP_WITHIN_MS, ended).then(resolve)
    signal.addEventListener('abort', begin, { signal: ended })
  })
}

async function consumeOver(
  connection: BrokerConnection,
  run: Run,
  onConsuming: () => void,
): Promise<void> {
  const { options, handler, health, signal } = run
  const { queue, prefetch = DEFAULT_PREFETCH, handleAlone = handler } = options
  let failures = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    const end = await consume(await connection.openChannel(), {
      queue,
      prefetch,
      handler,
      handleAlone,
      tryOneFirst: failures > 0,
      answerWithinMs: options.answerWithinMs ?? ANSWER_WITHIN_MS,
      onConsuming() {
        onConsuming()
        health.connected()
      },
      signal,
    })
    if (end.kind === 'stopped') return
    if (end.kind === 'lost') throw await reasonOf(end, connection)
    failures = performance.now() - startedAt < GOOD_RUN_MS ? failures + 1 : 1
    health.paused(end.error)
    await untilDatabaseIsUp(connection, run, failures - 1)
  }
}

/** Of a lost connection, its reason is worth more than the channel's, and comes a moment later. */
async function reasonOf(
  end: Extract<ConsumerEnd, { kind: 'lost' }>,
  connection: BrokerConnection,
): Promise<Error> {
  let reason = end.error
  const told = connection.lost.then((error) => {
    reason = error
  })
  await within(0, told)
  return reason
}

/**
 * Asks at growing intervals, so that a database that answers and takes nothing is not tried hot.
 *
 * @throws when the connection is lost meanwhile
 */
async function untilDatabaseIsUp(
  connection: BrokerConnection,
  { options, signal }: Run,
  failures: number,
): Promise<void> {
  const lost = new AbortController()
  void connection.lost.then((error) => lost.abort(error))
  const either = AbortSignal.any([signal, lost.signal])
  for (let tries = failures; ; tries += 1) {
    await pause(backoff(DATABASE_MS.low, DATABASE_MS.high, tries), either)
    lost.signal.throwIfAborted()
    if (signal.aborted || (await probe(options.isDatabaseUp))) return
  }
}

async function probe(isDatabaseUp: () => Promise<boolean>): Promise<boolean> {
  const answer = { isUp: false }
  const asked = isDatabaseUp().then((isUp) => {
    answer.isUp = isUp
  })
  await within(PROBE_WITHIN_MS, asked)
  return answer.isUp
}

/** Makes or checks what must be there, and counts what the broker gave up on. */
async function look(connection: BrokerConnection, { options, health }: Run): Promise<void> {
  const channel = await connection.openChannel()
  // What a request is answered with is thrown; the rest is the end of the connection, seen elsewhere.
  channel.on('error', () => undefined)
  const topology = topologyOf(options)
  await ensureTopology(channel, topology)
  health.counted(await countMessages(channel, deadLetterQueueOf(topology.queue)))
  await channel.close()
}

/** A refusal here does not end consuming: it is shown, until a later look finds it mended. */
async function keepLooking(
  connection: BrokerConnection,
  run: Run,
  signal: AbortSignal,
): Promise<void> {
  const { options, health } = run
  const { watchMs = WATCH_MS } = options
  // Asked anew each time: the compiler takes `aborted` for a constant.
  const isOver = (): boolean => signal.aborted
  for (;;) {
    await pause(watchMs, signal)
    if (isOver()) return
    try {
      await look(connection, run)
      if (health.read().state === 'refused' && !isOver()) health.connected()
    } catch (error) {
      if (isOver()) return
      const { queue, topology } = options
      if (explainRefusal(error, `queue ${queue}`, topology) !== undefined) health.failed(error)
    }
  }
}

function topologyOf(options: RabbitmqEventSourceOptions): Topology {
  const { exchange, routingKey, queue, topology: mode } = options
  return { exchange, routingKey, queue, mode }
}
