/** What all processes share, asked of the database when somebody reads the metrics. */

import type { Database } from '../db/database.ts'
import { MESSAGE_STATES } from '../message/message.ts'
import type { MessageState } from '../message/message.ts'

export interface Gauges {
  /** Of the states that are not settled, each at least 0. */
  messages: Partial<Record<MessageState, number>>
  held: Record<string, number>
  oldestSeconds: number
  outbox: number
  orphans: number
  missingStatuses: number
  wrongSignatures: number
}

const OPEN: readonly MessageState[] = MESSAGE_STATES.filter((state) =>
  ['queued', 'claimed', 'sending', 'held', 'in_doubt', 'unconfirmed'].includes(state),
)
const WAITING = new Set<MessageState>(['queued', 'claimed', 'sending'])

interface OpenRow {
  state: MessageState
  hold_reason: string | null
  count: number
  oldest_seconds: number
}

/** From the due index and small tables: it costs what is open, not the history. */
export async function readGauges(database: Database): Promise<Gauges> {
  const [open, others] = await Promise.all([
    database.query<OpenRow>({
      name: 'metrics.open',
      text: `
select state, hold_reason, count(*)::integer as count,
  greatest(0, extract(epoch from clock_timestamp() - min(created_at)))::float8 as oldest_seconds
from whatsapp_messages where due_at is not null group by state, hold_reason`,
    }),
    database.query<{ outbox: number; orphans: number; missing: number; wrong: number }>({
      name: 'metrics.others',
      text: `
select (select count(*) from outgoing_events)::integer as outbox,
  (select count(*) from orphan_statuses)::integer as orphans,
  (select count(*) from webhook_gaps where closed_at is null and kind = 'no_status')::integer as missing,
  (select coalesce(sum(count), 0) from webhook_refusals
   where last_at > clock_timestamp() - interval '1 hour')::integer as wrong`,
    }),
  ])
  const messages: Partial<Record<MessageState, number>> = {}
  for (const state of OPEN) messages[state] = 0
  const held: Record<string, number> = {}
  let oldestSeconds = 0
  for (const { state, hold_reason: reason, count, oldest_seconds: oldest } of open) {
    messages[state] = (messages[state] ?? 0) + count
    if (state === 'held') held[reason ?? 'unknown'] = count
    if (WAITING.has(state)) oldestSeconds = Math.max(oldestSeconds, oldest)
  }
  return {
    messages,
    held,
    oldestSeconds,
    outbox: others[0]?.outbox ?? 0,
    orphans: others[0]?.orphans ?? 0,
    missingStatuses: others[0]?.missing ?? 0,
    wrongSignatures: others[0]?.wrong ?? 0,
  }
}
