import { randomUUID } from 'node:crypto'
import type { Database } from '../../src/db/database.ts'
import { readPartitions, startOf } from '../../src/db/partitions.ts'
import { idBound } from '../../src/lib/uuid-v7.ts'
import { fold } from '../../src/stats/fold-store.ts'
import { NUMBER } from '../support/messages.ts'
import { TENANT } from '../support/orders.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * DAY_MS)
}

/** A UUID v7 of the past; `createId` never goes back. */
export function idAt(at: Date): string {
  return `${idBound(at).slice(0, 14)}7${randomUUID().slice(15)}`
}

/** In the middle of the month that was so many months ago: far from any limit. */
export function monthsAgo(months: number): Date {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 15, 12))
}

/** The partition of `table` that such a month has. */
export function partitionOf(table: string, at: Date): string {
  return `${table}_${at.toISOString().slice(0, 7).replace('-', '_')}`
}

/** The partitions of one month alone. */
export async function makeMonth(database: Database, at: Date): Promise<void> {
  const [from, to] = [startOf('month', at), startOf('month', at, 1)]
  for (const table of ['whatsapp_messages', 'whatsapp_attempts', 'whatsapp_status_facts']) {
    const present = await readPartitions(database, [table])
    if (present.some((one) => one.from?.getTime() === from.getTime())) continue
    await database.execute(
      `create table ${partitionOf(table, at)} partition of ${table} for values from ('${idBound(from)}') to ('${idBound(to)}')`,
    )
  }
}

/** Everything that a read order leaves behind, as of a moment of the past, in partitions of that time. */
export async function insertOrder(
  database: Database,
  at: Date,
  more: { withPartitions?: boolean; receivedAt?: Date } = {},
): Promise<{ id: string; wamid: string }> {
  if (more.withPartitions !== false) await makeMonth(database, at)
  const id = idAt(at)
  const wamid = `wamid.${id}`
  await database.query(
    `
with m as (
  insert into whatsapp_messages (id, tenant_id, state, fence, attempts, recipient_phone, whatsapp_message_id,
    template_name, template_language, phone_number_id, event_id, po_id, revision, accepted_at, delivered_at, read_at,
    pricing, created_at)
  values ($1::uuid, $2::uuid, 'read', 1, 1, '+34612345678', $3::text, 'po_notification', 'es', '${NUMBER}', $1::uuid::text, $1::uuid::text, 1, $4::timestamptz, $4::timestamptz, $4::timestamptz,
    '{"pricing_model": "PMP", "type": "regular", "category": "utility", "billable": true}', $4::timestamptz)
), a as (
  insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, outcome, wamid, started_at, ended_at)
  values ($1::uuid, 1, $2::uuid, '${NUMBER}', 'test', 'accepted', $3::text, $4::timestamptz, $4::timestamptz)
), f as (
  insert into whatsapp_status_facts (message_id, attempt, status, tenant_id, wamid, sort_key, received_at)
  select $1::uuid, 1, s, $2::uuid, $3::text, '', $4::timestamptz from unnest(array['sent', 'delivered', 'read']) s
), e as (
  insert into received_events (tenant_id, event_id, fingerprint, message_id, received_at) values ($2::uuid, $1::uuid::text, '', $1::uuid, $5)
), r as (
  insert into approved_revisions (tenant_id, po_id, revision, fingerprint, message_id) values ($2::uuid, $1::uuid::text, 1, '', $1::uuid)
), l as (
  insert into audit_log (id, at, actor, action, tenant_id, message_id) values ($6, $4::timestamptz, 'ana', 'retry', $2::uuid, $1::uuid)
), i as (
  insert into inbound_messages (wamid, message_type, message_id, content, received_at) values ('in.' || $3::text, 'text', $1::uuid, '{}', $4::timestamptz)
), g as (
  insert into webhook_gaps (message_id, kind, tenant_id, wamid, accepted_at) values ($1::uuid, 'no_status', $2::uuid, $3::text, $4::timestamptz)
)
insert into whatsapp_wamids (wamid, message_id, attempt) values ($3::text, $1::uuid, 1)`,
    [id, TENANT, wamid, at, more.receivedAt ?? at, idAt(at)],
  )
  return { id, wamid }
}

/** Counts everything that is settled, as the service's folder does. */
export async function foldAll(database: Database): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    const report = await fold(database, 400 * DAY_MS)
    quiet = report === undefined || report.more || report.messages > 0 ? 0 : quiet + 1
  }
}

/** Names of the tables that still have something of an order. */
export async function whereIs(
  database: Database,
  { id, wamid }: { id: string; wamid: string },
): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `
select 'message' as name from whatsapp_messages where id = $1::uuid
union all select 'attempt' from whatsapp_attempts where message_id = $1::uuid
union all select 'status' from whatsapp_status_facts where message_id = $1::uuid and status = 'read'
union all select 'event' from received_events where tenant_id = '${TENANT}' and event_id = $1::uuid::text
union all select 'approval' from approved_revisions where tenant_id = '${TENANT}' and po_id = $1::uuid::text
union all select 'wamid' from whatsapp_wamids where wamid = $2::text
union all select 'audit' from audit_log where message_id = $1::uuid
union all select 'reply' from inbound_messages where wamid = 'in.' || $2
union all select 'gap' from webhook_gaps where message_id = $1::uuid`,
    [id, wamid],
  )
  return rows.map(({ name }) => name)
}

export const EVERYTHING = [
  'message',
  'attempt',
  'status',
  'event',
  'approval',
  'wamid',
  'audit',
  'reply',
  'gap',
]
