/** How much is undecided: read from the due index, so it costs what is open and not the history. */

import type { Database, Statement } from '../db/database.ts'
import type { MessageState } from './message.ts'

export interface QueueReport {
  /** Messages of each state that is not settled, at least 0. */
  states: Partial<Record<MessageState, number>>
  /** Of those that wait to be sent and are not held. */
  depth: number
  oldestSeconds: number
  inDoubt: number
  unconfirmed: number
  held: Record<string, number>
  /** Whose they are is not known: always everybody's. */
  orphans: number
}

const OF_ALL: Statement = {
  name: 'queue.report',
  text: `
select state, hold_reason, count(*)::integer as count,
  greatest(0, extract(epoch from clock_timestamp() - min(created_at)))::float8 as oldest_seconds
from whatsapp_messages where due_at is not null group by state, hold_reason`,
}

const OF_TENANT: Statement = {
  name: 'queue.report_of_tenant',
  text: `
select state, hold_reason, count(*) filter (where tenant_id = $1)::integer as count,
  greatest(0, extract(epoch from clock_timestamp() - min(created_at) filter (where tenant_id = $1)))::float8
    as oldest_seconds
from whatsapp_messages where due_at is not null group by state, hold_reason
having count(*) filter (where tenant_id = $1) > 0`,
}

const OPEN = ['queued', 'claimed', 'sending', 'held', 'in_doubt', 'unconfirmed'] as const

/**
 * @param tenantId whose messages are counted; null: everybody's. It stands in no condition: with one, the index of
 *   a tenant's whole history might be taken for the one of what is open.
 */
export async function readQueue(
  database: Database,
  tenantId: string | null = null,
): Promise<QueueReport> {
  const [rows, orphans] = await Promise.all([
    database.query<{
      state: MessageState
      hold_reason: string | null
      count: number
      oldest_seconds: number
    }>(tenantId === null ? OF_ALL : OF_TENANT, tenantId === null ? [] : [tenantId]),
    database.query<{ count: number }>({
      name: 'queue.orphans',
      text: 'select count(*)::integer as count from orphan_statuses',
    }),
  ])
  const report: QueueReport = {
    states: Object.fromEntries(OPEN.map((state) => [state, 0])),
    depth: 0,
    oldestSeconds: 0,
    inDoubt: 0,
    unconfirmed: 0,
    held: {},
    orphans: orphans[0]?.count ?? 0,
  }
  for (const row of rows) {
    report.states[row.state] = (report.states[row.state] ?? 0) + row.count
    if (row.state === 'held') {
      const reason = row.hold_reason ?? 'unknown'
      report.held[reason] = (report.held[reason] ?? 0) + row.count
    } else if (row.state === 'in_doubt') report.inDoubt += row.count
    else if (row.state === 'unconfirmed') report.unconfirmed += row.count
    else {
      report.depth += row.count
      report.oldestSeconds = Math.max(report.oldestSeconds, row.oldest_seconds)
    }
  }
  return report
}
