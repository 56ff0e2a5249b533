import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ConnectionUse } from '../db/database.ts'
import type { Gauges } from './read-gauges.ts'

/** Seconds, from a millisecond to the minute: what is asked of them is tenths, not thousandths. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** An order may wait for hours and be no fault of ours. */
const LONG_SECONDS = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3600, 21_600, 86_400,
]
/** Meta's times are whole seconds; a phone may be off for days, and Meta repeats webhooks for seven. */
const META_SECONDS = [1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400, 604_800]

const EVENT_RESULTS = ['accepted', 'duplicate', 'conflict', 'rejected', 'unavailable'] as const
export type EventResult = (typeof EVENT_RESULTS)[number]
const WEBHOOK_RESULTS = ['applied', 'refused', 'unavailable'] as const
export type WebhookResult = (typeof WEBHOOK_RESULTS)[number]
/** Rejections come by Meta's code, each for the first time. */
const SEND_RESULTS = ['accepted', 'not_sent', 'in_doubt'] as const

/** What this process counts, and what all processes share, as Prometheus reads it. */
export interface Meter {
  event(result: EventResult): void
  /** @param code Meta's code, or none */
  send(outcome: string, code: string, seconds: number): void
  /** @param seconds from the making of the message to Meta's acceptance */
  accepted(seconds: number): void
  webhook(result: WebhookResult, seconds: number): void
  /** @param seconds from Meta's time of a status to its receipt */
  lag(seconds: number): void
  /** @param seconds from Meta's acceptance to Meta's time of the delivery */
  delivery(seconds: number): void
  /** @param gauges undefined where the database does not answer: what is old is not shown as new */
  render(gauges: Gauges | undefined, ofProcess: ProcessGauges): Promise<string>
  readonly contentType: string
}

/** What is read from this process when it is asked for. */
export interface ProcessGauges {
  pools: Readonly<Record<string, ConnectionUse>>
  /** Null: not known to this process. */
  deadLetters: number | null
  /** Sends per second of a number; 0: no limit. */
  sendLimit: number
}

/** @param processMetrics processor time, memory, event-loop lag of this process too */
export function createMeter(processMetrics = true): Meter {
  const registry = new Registry()
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const events = new Counter({
    name: 'aviso_events_total',
    help: 'Purchase-order events taken by this process, by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  const sends = new Counter({
    name: 'aviso_sends_total',
    help: "Calls to Meta's messages endpoint by this process, by outcome (accepted, rejected, not_sent, in_doubt) and Meta's error code.",
    labelNames: ['outcome', 'code'],
    registers,
  })
  const sendSeconds = new Histogram({
    name: 'aviso_send_seconds',
    help: "Time until Meta's answer to a send, in seconds.",
    buckets: SECONDS,
    registers,
  })
  const acceptedSeconds = new Histogram({
    name: 'aviso_event_to_accepted_seconds',
    help: 'Time from taking the event, or the request, to the acceptance by Meta, in seconds.',
    buckets: LONG_SECONDS,
    registers,
  })
  const webhooks = new Counter({
    name: 'aviso_webhooks_total',
    help: 'Webhook requests: applied (answered 200), refused (wrong signature), unavailable (answered 503; Meta repeats).',
    labelNames: ['outcome'],
    registers,
  })
  const webhookSeconds = new Histogram({
    name: 'aviso_webhook_seconds',
    help: 'Time from a whole webhook body to its durable answer, in seconds.',
    buckets: SECONDS,
    registers,
  })
  const lagSeconds = new Histogram({
    name: 'aviso_webhook_lag_seconds',
    help: "Time from Meta's timestamp of a status to its receipt, in seconds. Of statuses that said something new.",
    buckets: META_SECONDS,
    registers,
  })
  const deliverySeconds = new Histogram({
    name: 'aviso_delivery_seconds',
    help: "Time from Meta's acceptance to the delivery to the phone by Meta's timestamp, in seconds.",
    buckets: META_SECONDS,
    registers,
  })
  // From the beginning, so that the first time is seen as an increase: a series that appears with 1 is none.
  for (const outcome of EVENT_RESULTS) events.inc({ outcome }, 0)
  for (const outcome of SEND_RESULTS) sends.inc({ outcome, code: '' }, 0)
  for (const outcome of WEBHOOK_RESULTS) webhooks.inc({ outcome }, 0)
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help: `${help} Of all processes together.`, labelNames, registers })
  const shared = {
    up: new Gauge({
      name: 'aviso_database_up',
      help: '1 while the database answers this process, else 0.',
      registers,
    }),
    messages: gauge('aviso_messages', 'Messages that are not settled, by state.', ['state']),
    oldest: gauge(
      'aviso_oldest_pending_seconds',
      'Age of the oldest message that waits to be sent and is not held, in seconds.',
    ),
    held: gauge('aviso_held_messages', 'Held messages, by reason.', ['reason']),
    outbox: gauge('aviso_outbox_depth', 'Events that wait to be published to the broker.'),
    outboxAge: gauge(
      'aviso_outbox_oldest_seconds',
      'Age of the oldest event that waits to be published, in seconds; 0 where none waits.',
    ),
    rejected: gauge(
      'aviso_rejected_events',
      'Events and webhook items of the last 24 hours that were rejected and not replayed, by source; 10,000 at most.',
      ['source'],
    ),
    gates: gauge(
      'aviso_closed_gates',
      'Business numbers and templates that Meta refuses just now, by scope (number, template) and reason.',
      ['scope', 'reason'],
    ),
    rate: gauge(
      'aviso_send_rate_ratio',
      'Share of its limit at which a number sends just now, by phone number id: 1, or less after error 130429.',
      ['number'],
    ),
    paused: gauge(
      'aviso_send_paused_seconds',
      'For how long a number, by phone number id, still sends nothing because Meta asked to wait, in seconds.',
      ['number'],
    ),
    orphans: gauge('aviso_orphan_statuses', 'Statuses whose message is not known.'),
    gaps: gauge('aviso_missing_statuses', 'Messages that Meta took and of which no status came.'),
    wrong: gauge('aviso_wrong_signatures', 'Webhooks with a wrong signature in the last hour.'),
  }
  const own = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help: `${help} Of this process.`, labelNames, registers })
  const ofThis = {
    limit: own('aviso_send_limit_per_second', 'Sends per second of a number at most; 0: no limit.'),
    deadLetters: own('aviso_dead_letters', 'Events that the broker itself gave up on.'),
    connections: own(
      'aviso_database_connections',
      'Open connections to the database, by pool and state (busy, idle).',
      ['pool', 'state'],
    ),
    most: own('aviso_database_connections_max', 'Connections to the database at most, by pool.', [
      'pool',
    ]),
    waiting: own(
      'aviso_database_waiting',
      'Statements and transactions that wait for a connection, by pool.',
      ['pool'],
    ),
  }
  const showProcess = ({ pools, deadLetters, sendLimit }: ProcessGauges): void => {
    ofThis.limit.set(sendLimit)
    ofThis.deadLetters.set(deadLetters ?? Number.NaN)
    for (const [pool, { max, busy, idle, waiting }] of Object.entries(pools)) {
      ofThis.most.set({ pool }, max)
      ofThis.connections.set({ pool, state: 'busy' }, busy)
      ofThis.connections.set({ pool, state: 'idle' }, idle)
      ofThis.waiting.set({ pool }, waiting)
    }
  }
  const show = (gauges: Gauges | undefined): void => {
    for (const one of Object.values(shared)) one.reset()
    shared.up.set(gauges === undefined ? 0 : 1)
    if (gauges === undefined) {
      // Not 0, which would look like an empty queue.
      const { oldest, outbox, outboxAge, orphans, gaps, wrong } = shared
      for (const one of [oldest, outbox, outboxAge, orphans, gaps, wrong]) one.set(Number.NaN)
      return
    }
    const { queue, gaps, outbox } = gauges
    for (const [state, count] of Object.entries(queue.states)) shared.messages.set({ state }, count)
    for (const [reason, count] of Object.entries(queue.held)) shared.held.set({ reason }, count)
    shared.oldest.set(queue.oldestSeconds)
    shared.outbox.set(outbox.depth)
    shared.outboxAge.set(outbox.oldestSeconds)
    for (const { source, count } of gauges.rejected) shared.rejected.set({ source }, count)
    for (const gate of gauges.gates) {
      shared.gates.inc({ scope: gate.scope, reason: gate.hold_reason })
    }
    for (const { phone_number_id: number, ...pace } of gauges.paces) {
      shared.rate.set({ number }, pace.factor)
      shared.paused.set({ number }, pace.paused_seconds)
    }
    shared.orphans.set(queue.orphans)
    shared.gaps.set(gaps.noStatus)
    shared.wrong.set(gaps.refused)
  }
  // Labels cost the counter a hash each time; so counts are kept here and handed over when they are read.
  const counted = { events: createTally(), sends: createTally(), webhooks: createTally() }
  const handOver = (): void => {
    counted.events.take(([outcome = ''], count) => events.inc({ outcome }, count))
    counted.sends.take(([outcome = '', code = ''], count) => sends.inc({ outcome, code }, count))
    counted.webhooks.take(([outcome = ''], count) => webhooks.inc({ outcome }, count))
  }
  return {
    contentType: registry.contentType,
    event: (outcome) => {
      counted.events.add(outcome)
    },
    send: (outcome, code, seconds) => {
      counted.sends.add(code === '' ? outcome : `${outcome} ${code}`)
      sendSeconds.observe(seconds)
    },
    accepted: (seconds) => {
      acceptedSeconds.observe(seconds)
    },
    webhook: (outcome, seconds) => {
      counted.webhooks.add(outcome)
      if (outcome !== 'refused') webhookSeconds.observe(seconds)
    },
    lag: (seconds) => {
      lagSeconds.observe(seconds)
    },
    delivery: (seconds) => {
      deliverySeconds.observe(seconds)
    },
    render: (gauges, ofProcess) => {
      handOver()
      show(gauges)
      showProcess(ofProcess)
      return registry.metrics()
    },
  }
}

interface Tally {
  /** @param key words with a space between them */
  add(key: string): void
  take(each: (words: string[], count: number) => void): void
}

function createTally(): Tally {
  const counts = new Map<string, number>()
  return {
    add(key) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    take(each) {
      for (const [key, count] of counts) each(key.split(' '), count)
      counts.clear()
    },
  }
}
