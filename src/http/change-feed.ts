import { randomBytes } from 'node:crypto'
import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { databaseNow, findChanged } from '../message/change-feed-store.ts'
import type { Change } from '../message/change-feed-store.ts'
import { findMessages } from '../message/message-store.ts'
import type { ListedMessage } from '../message/message-store.ts'
import { viewMessage } from './message-view.ts'

export interface FeedEvent {
  id: string
  tenantId: string
  /** The message as JSON, written once for all who listen. */
  json: string
}

export interface Subscription {
  /** Tells of nothing any more. */
  end: () => void
  /** More was missed than is told at once: nothing else comes, and whoever wants the rest asks with the last id. */
  isCut: boolean
}

export interface ChangeFeed extends Worker {
  /**
   * Calls `listener` with each change from now on.
   *
   * @param lastEventId changes after it come first, from the last ten minutes; some of those shortly before it
   *   come again where another process has told of it
   */
  subscribe(listener: (event: FeedEvent) => void, lastEventId: string | null): Promise<Subscription>
}

const POLL_MS = 200
const KEEP_MS = 10 * 60 * 1000
const KEEP_EVENTS = 20_000
const KEEP_CHARACTERS = 64 * 1024 * 1024
/** Messages read whole at once. */
const PAGE = 1000
/** A transaction becomes visible after its times were taken: each look, and each replay from the tables, goes back that far. */
const OVERLAP_MS = 3000

/**
 * Changes of messages for the live stream: one poll a process, and only while somebody listens (and
 * ten minutes longer, for those who come back).
 */
export function createChangeFeed(options: {
  database: Database
  logger: Logger
  card: RateCard
  /** Told at once of what was missed; less than a listener may be behind (live-routes.ts). */
  replayEvents?: number
}): ChangeFeed {
  const { database, replayEvents = 15_000 } = options
  const listeners = new Set<(event: FeedEvent) => void>()
  const recent: (FeedEvent & { at: number })[] = []
  /** What was told last of a message, so that the overlap repeats nothing. */
  const told = new Map<string, string>()
  /** In each id: another process may tell of another change under the same time and number. */
  const feedId = randomBytes(4).toString('hex')
  let since: Date | undefined
  let lastListenedAt = 0
  let sequence = 0
  let characters = 0

  const look = async (): Promise<void> => {
    const now = Date.now()
    if (listeners.size > 0) lastListenedAt = now
    if (now - lastListenedAt > KEEP_MS) {
      since = undefined
      // What happens from here on is missing in it.
      recent.length = 0
      characters = 0
      return
    }
    const from = since ?? (await databaseNow(database))
    const next = await databaseNow(database)
    const untold = await findUntold(from)
    for (let start = 0; start < untold.length; start += PAGE) {
      for (const event of toEvents(await readWhole(untold.slice(start, start + PAGE)))) {
        recent.push({ ...event, at: now })
        characters += event.json.length
        for (const listener of listeners) listener(event)
      }
      forget(now)
    }
    since = next
    if (told.size > 4 * KEEP_EVENTS) told.clear()
  }

  /** In one cut: a shift for each would move the whole list each time. */
  const forget = (now: number): void => {
    let gone = 0
    for (const { at, json } of recent) {
      const isOver = recent.length - gone > KEEP_EVENTS || characters > KEEP_CHARACTERS
      if (!isOver && now - at <= KEEP_MS) break
      characters -= json.length
      gone += 1
    }
    recent.splice(0, gone)
  }

  /** Only what has not been told yet is read whole: the overlap repeats the same rows. */
  const findUntold = async (from: Date): Promise<Change[]> => {
    const changed = await findChanged(database, overlapping(from))
    return changed.filter((change) => told.get(change.id) !== keyOf(change))
  }

  const readWhole = async (changes: readonly Change[]): Promise<ListedMessage[]> => {
    const rows = await findMessages(
      database,
      changes.map(({ id }) => id),
    )
    for (const row of rows) told.set(row.id, keyOf(row))
    return rows
  }

  const toEvents = (rows: ListedMessage[]): FeedEvent[] =>
    rows
      .sort((a, b) => a.updated_at.getTime() - b.updated_at.getTime())
      .map((row) => {
        sequence += 1
        const id = `${String(row.updated_at.getTime())}-${feedId}-${String(sequence)}`
        return { id, tenantId: row.tenant_id, json: JSON.stringify(viewMessage(row, options.card)) }
      })

  const loop = createLoop({
    name: 'change-feed',
    intervalMs: POLL_MS,
    turn: look,
    onError: (error) => {
      options.logger.warn({ err: error }, 'WhatsApp change_feed.failed')
    },
  })

  /** From memory where this process has told of it, in the order of telling; else from the tables. */
  const replay = async (lastEventId: string): Promise<FeedEvent[]> => {
    const known = recent.findIndex((event) => event.id === lastEventId)
    if (known >= 0) return recent.slice(known + 1)
    const at = Number(/^(\d{10,16})-/.exec(lastEventId)?.[1])
    // Also what no clock has shown yet: it is not one of ours.
    if (!(at <= Date.now() + 60_000)) return []
    const from = new Date(Math.max(at, Date.now() - KEEP_MS))
    const changed = await findChanged(database, overlapping(from), replayEvents + 1)
    return toEvents(
      await findMessages(
        database,
        changed.map(({ id }) => id),
      ),
    )
  }

  return {
    name: loop.name,
    start: loop.start,
    stop: loop.stop,
    async subscribe(listener, lastEventId) {
      lastListenedAt = Date.now()
      if (since === undefined) {
        since = await databaseNow(database)
        // What the overlap would find now lies before this listener's time.
        for (const change of await findUntold(since)) told.set(change.id, keyOf(change))
      }
      const waiting: FeedEvent[] = []
      const buffer = (event: FeedEvent): void => {
        waiting.push(event)
      }
      listeners.add(buffer)
      let missed: FeedEvent[]
      try {
        missed = lastEventId === null ? [] : await replay(lastEventId)
      } finally {
        listeners.delete(buffer)
      }
      const isCut = missed.length > replayEvents
      const seen = new Set(missed.map((event) => event.id))
      const after = isCut ? [] : waiting.filter((event) => !seen.has(event.id))
      for (const event of [...missed.slice(0, replayEvents), ...after]) listener(event)
      if (!isCut) listeners.add(listener)
      return { end: () => listeners.delete(listener), isCut }
    },
  }
}

function overlapping(from: Date): Date {
  return new Date(from.getTime() - OVERLAP_MS)
}

function keyOf(row: { state: string; updated_at: Date }): string {
  return `${row.updated_at.toISOString()} ${row.state}`
}
