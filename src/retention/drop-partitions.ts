/** Months of messages and weeks of raw webhooks, dropped whole. */

import { isSqlError } from '../db/database-error.ts'
import type { Database, Queryable } from '../db/database.ts'
import { readPartitions } from '../db/partitions.ts'
import type { Partition } from '../db/partitions.ts'
import { idBound } from '../lib/uuid-v7.ts'
import { withRetentionLock } from './retention-lock.ts'
import { STATUS_DAYS } from './cutoffs.ts'
import type { Cutoffs } from './cutoffs.ts'

/**
 * Why a partition that is old enough stays for now:
 * - open: a message of it is under way again, or was sent within Meta's last 30 days (a person's retry)
 * - not_counted: the statistics do not have all of it in their sums yet
 * - not_published: events of its messages wait to be published
 * - in_use: its table was used without a pause; the next turn tries again
 */
export type WaitReason = 'open' | 'not_counted' | 'not_published' | 'in_use'

export interface DropReport {
  dropped: string[]
  waiting: { partition: string; reason: WaitReason }[]
  /** Another process is at it. */
  busy: boolean
}

const MESSAGES = 'whatsapp_messages'
/** In this order: a message is gone before what belongs to it, and then nobody asks for that. */
const OF_MESSAGES = [MESSAGES, 'whatsapp_attempts', 'whatsapp_status_facts']
const BODIES = 'webhook_bodies'
/**
 * The lock that is waited for so long at most, since everybody who comes meanwhile waits, too. An order's
 * transactions take milliseconds; what takes longer is a report, or a dump.
 */
const LOCK_TIMEOUT = '100ms'

/** Drops every partition whose rows are all older than the limit of its table, the oldest first. */
export async function dropOldPartitions(database: Database, cutoffs: Cutoffs): Promise<DropReport> {
  const report: DropReport = { dropped: [], waiting: [], busy: false }
  for (const table of [...OF_MESSAGES, BODIES]) {
    const limit = table === BODIES ? cutoffs.raw : cutoffs.messages
    const stays = table === BODIES ? [] : await readPartitions(database, [MESSAGES])
    for (const partition of await readPartitions(database, [table])) {
      if (partition.to === null || partition.to > limit) continue
      // Attempts and statuses stay for as long as their messages.
      if (table !== MESSAGES && stays.some((other) => overlap(other, partition))) continue
      const outcome = await dropPartition(database, partition)
      if (outcome === undefined) return { ...report, busy: true }
      if (outcome === 'dropped') report.dropped.push(partition.name)
      else report.waiting.push({ partition: partition.name, reason: outcome })
    }
  }
  return report
}

async function dropPartition(
  database: Database,
  partition: Partition,
): Promise<'dropped' | WaitReason | undefined> {
  try {
    return await withRetentionLock(database, async (tx) => {
      const reason = await reasonToWait(tx, partition)
      if (reason !== null) return reason
      await tx.query(`select set_config('lock_timeout', '${LOCK_TIMEOUT}', true)`)
      // ACCESS EXCLUSIVE on the partitioned table alone, as DROP takes it, and first: whoever uses it has
      // this one first, too. From here on everybody else waits, until the commit some milliseconds later.
      await tx.query(`lock table only ${partition.table} in access exclusive mode`)
      // Again: a person may just have asked for a retry. Two index look-ups.
      if (await isOpen(tx, partition)) return 'open'
      await tx.query(`drop table ${partition.name}`)
      return 'dropped'
    })
  } catch (error) {
    if (isSqlError(error) && error.code === LOCK_NOT_AVAILABLE) return 'in_use'
    throw error
  }
}

const LOCK_NOT_AVAILABLE = '55P03'

async function reasonToWait(tx: Queryable, partition: Partition): Promise<WaitReason | null> {
  if (partition.table !== MESSAGES) return null
  if (await isOpen(tx, partition)) return 'open'
  const [row] = await tx.query<{ counted: boolean; published: boolean }>(
    {
      name: 'retention.is_done_with',
      // An hour for created_at, which is the database's, while the ids are the processes'.
      text: `
select
  (select folded_through >= $3::timestamptz + interval '1 hour' from stats_state) as counted,
  not exists (select 1 from outgoing_events where message_id >= $1 and message_id < $2) as published`,
    },
    [...idsOf(partition), partition.to],
  )
  if (row?.counted !== true) return 'not_counted'
  return row.published ? null : 'not_published'
}

async function isOpen(tx: Queryable, partition: Partition): Promise<boolean> {
  if (partition.table !== MESSAGES) return false
  const rows = await tx.query<{ open: boolean }>(IS_OPEN(partition.name), idsOf(partition))
  return rows[0]?.open !== false
}

// now(), which an index can be asked for, and not clock_timestamp().
// What nobody could decide in all this time ('infinity': unconfirmed) is not open.
export const IS_OPEN = (partition: string): string => `
select exists (select 1 from ${partition} where due_at is not null and due_at < 'infinity')
  or exists (
    select 1 from whatsapp_attempts
    where message_id >= $1 and message_id < $2
      and started_at > now() - interval '${String(STATUS_DAYS)} days') as open`

function idsOf({ from, to }: Partition): string[] {
  return [idBound(from ?? new Date(0)), idBound(to ?? new Date(MAX_ID_MS))]
}

const MAX_ID_MS = 2 ** 48 - 1

function overlap(a: Partition, b: Partition): boolean {
  const [aFrom = '', aTo = ''] = idsOf(a)
  const [bFrom = '', bTo = ''] = idsOf(b)
  return aFrom < bTo && bFrom < aTo
}
