import type { Database } from '../db/database.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import type { EventType } from './event-types.ts'
import { toOutgoingEvent } from './outgoing-event.ts'
import type { OutgoingRow } from './outgoing-event.ts'
import * as store from './outgoing-store.ts'
import type { EventPublisher, PublishOutcome } from './publisher.ts'
import { settle } from './settle-batch.ts'

export interface RelayOptions {
  database: Database
  publisher: EventPublisher
  /** What is published; the rest is dropped. */
  types: readonly EventType[]
  /** Names this process in the lease. */
  owner: string
  logger: Logger
  /** How long events that nobody has bound a queue for are kept. */
  unboundHours: number
  /** Longest pause between two tries at them. */
  longestPauseMs: number
  /** How long they hold up later events of their order. */
  asideSeconds?: number
  leaseSeconds?: number
  pollMs?: number
}

export interface Relay extends Worker {
  /** Something may have been written: look within {@link WAKE_MS}. */
  wake(): void
}

/** As many in memory at most, also while the broker blocks; an event is 1 to 2 KiB, 256 KiB at most. */
const BATCH = 400
/** What other processes wrote is found by this. */
const POLL_MS = 250
/** Wakes come with every batch of webhooks: looked at together. */
const WAKE_MS = 50
const LEASE_SECONDS = 10
/** Of the lease, left over when something is begun: a process that is slower publishes nothing. */
const LEASE_MARGIN_MS = 2000
const ASIDE_SECONDS = 600
const FIRST_PAUSE_MS = 1000
const TIDY_MS = 60_000

/**
 * Publishes what waits, in the order of each purchase order, by one process at a time. A lease in the
 * database says which; it is no lock on correctness: two at once would publish an event twice, with
 * the same id.
 */
export function createRelay(options: RelayOptions): Relay {
  const { database, publisher, logger, owner } = options
  const { leaseSeconds = LEASE_SECONDS, asideSeconds = ASIDE_SECONDS } = options
  let isStopping = false
  let hasDroppedUnwanted = false
  let leasedUntil = 0
  let places: store.Places = new Map()
  let tidyAt = 0
  let waking: NodeJS.Timeout | undefined

  const lease = async (): Promise<boolean> => {
    const asked = performance.now()
    const isOurs = await store.holdLease(database, owner, leaseSeconds)
    leasedUntil = isOurs ? asked + leaseSeconds * 1000 : 0
    return isOurs
  }
  /** Renewed at a third of its time, so that an idle relay writes once in three seconds. */
  const hasLease = async (): Promise<boolean> => {
    const left = leasedUntil - performance.now()
    return left > (leaseSeconds * 1000 * 2) / 3 || lease()
  }
  /** A broker that blocks us may do so for hours: whoever waits keeps the lease. */
  const keepingLease = async <T>(work: Promise<T>): Promise<T> => {
    const renewal = setInterval(() => void lease().catch(() => undefined), leaseSeconds * 333)
    try {
      return await work
    } finally {
      clearInterval(renewal)
    }
  }

  const tidy = async (): Promise<void> => {
    if (!hasDroppedUnwanted) {
      for (const dropped of await store.dropUnwanted(database, options.types)) {
        logger.warn(dropped, 'WhatsApp outgoing.dropped_unwanted')
      }
      hasDroppedUnwanted = true
    }
    if (performance.now() < tidyAt) return
    tidyAt = performance.now() + TIDY_MS
    for (const dropped of await store.dropUnbound(database, options.unboundHours)) {
      logger.error({ ...dropped, hours: options.unboundHours }, 'WhatsApp outgoing.dropped_unbound')
    }
  }

  const next = async (): Promise<OutgoingRow[]> => {
    const found = await store.nextEvents(database, {
      types: options.types,
      limit: BATCH,
      asideSeconds,
      places,
    })
    places = found.places
    return found.events
  }

  const publish = async (rows: readonly OutgoingRow[]): Promise<PublishOutcome[]> => {
    if (leasedUntil - performance.now() < LEASE_MARGIN_MS) return rows.map(() => 'unconfirmed')
    return keepingLease(publisher.publish(rows.map(toOutgoingEvent)))
  }

  const record = async (
    rows: readonly OutgoingRow[],
    outcomes: readonly PublishOutcome[],
  ): Promise<void> => {
    const { done, open, closed } = settle(rows, outcomes)
    if (done.length + closed.length === 0) return
    const pauseMs = {
      first: Math.min(FIRST_PAUSE_MS, options.longestPauseMs),
      longest: options.longestPauseMs,
    }
    for (const news of await store.settleEvents(database, { done, open, closed, pauseMs })) {
      logger.warn(news, 'WhatsApp outgoing.not_taken')
    }
  }

  const turn = async (): Promise<void> => {
    if (isStopping || !publisher.isReady() || !(await hasLease())) return
    await tidy()
    for (;;) {
      const rows = await next()
      if (rows.length === 0) return
      const outcomes = await publish(rows)
      if (FAILPOINTS) await reach('outgoing.after_confirm')
      await record(rows, outcomes)
      // What was taken may have held up others; else there is nothing new to do.
      const isMore = outcomes.includes('routed') && !outcomes.includes('unconfirmed')
      if (!isMore || !(await hasLease())) return
    }
  }

  const sparingly = createSparingLog()
  const loop = createLoop({
    name: 'relay',
    intervalMs: options.pollMs ?? POLL_MS,
    turn,
    onError: (error) => {
      sparingly((left_out) => {
        logger.error({ err: error, left_out }, 'WhatsApp outgoing.turn_failed')
      })
    },
  })
  return {
    name: loop.name,
    start() {
      publisher.start()
      loop.start()
    },
    wake() {
      waking ??= setTimeout(() => {
        waking = undefined
        loop.wake()
      }, WAKE_MS)
    },
    async stop() {
      isStopping = true
      clearTimeout(waking)
      await publisher.stop()
      await loop.stop()
      await store.giveUpLease(database, owner).catch(() => undefined)
    },
  }
}
