/** Reads of messages for people and programs: lists by keyset, one with its timeline, changes. */

import { sql } from 'kysely'
import type { Selectable } from 'kysely'
import type { Database } from '../db/database.ts'
import type { MessageTable } from '../db/schema.ts'
import { idBound } from '../lib/uuid-v7.ts'
import type { MessageState, MessageStatus } from './message.ts'

export type MessageRow = Selectable<MessageTable>

export interface MessageFilter {
  tenantId: string | null
  status?: MessageStatus
  state?: MessageState
  recipientPhone?: string
  templateName?: string
  poNumber?: string
  batchId?: string
  /** by created_at; from inclusive, to exclusive */
  from?: Date
  to?: Date
  /** Order number, message id, wamid or phone exactly; supplier name by its beginning. */
  q?: string
  /** Only ids below this one: the cursor. */
  before?: string
  /** 1 to 200 */
  limit: number
}

/** States that stand in the list of what needs attention, which has an index of its own. */
const ATTENTION = new Set<string>(['held', 'in_doubt', 'unconfirmed', 'failed', 'expired'])
/**
 * No index names status, state or template (it would end HOT updates): a list by these alone looks at
 * the last 90 days, so that one without a match does not read the whole history.
 */
const WINDOW_MS = 90 * 24 * 60 * 60 * 1000
/** Ids are made by a process's clock, created_at by the database's. */
const CLOCK_MARGIN_MS = 60 * 60 * 1000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const LIST_COLUMNS = [
  'id',
  'tenant_id',
  'notification_id',
  'batch_id',
  'state',
  'status',
  'duplicate_sent',
  'needs_attention',
  'hold_reason',
  'message_type',
  'template_name',
  'template_language',
  'template_parameters',
  'content',
  'recipient_phone',
  'recipient_input',
  'recipient_user_id',
  'wa_id',
  'whatsapp_message_id',
  'event_id',
  'po_id',
  'po_number',
  'revision',
  'supplier_id',
  'supplier_name',
  'phone_number_id',
  'fence',
  'attempts',
  'failures',
  'due_at',
  'expires_at',
  'accepted_at',
  'sent_at',
  'delivered_at',
  'read_at',
  'failed_at',
  'error_code',
  'error_message',
  'pricing',
  'metadata',
  'created_at',
  'updated_at',
] as const

export type ListedMessage = Omit<MessageRow, 'template_language_asked' | 'provider_response'>

/** Newest first. A page costs the same whatever stands before it: keyset on the id, no offset. */
export async function listMessages(
  database: Database,
  filter: MessageFilter,
): Promise<ListedMessage[]> {
  let query = database.kysely.selectFrom('whatsapp_messages').select(LIST_COLUMNS)
  if (filter.tenantId !== null) query = query.where('tenant_id', '=', filter.tenantId)
  if (filter.status !== undefined) query = query.where('status', '=', filter.status)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.state !== undefined && ATTENTION.has(filter.state)) {
    query = query.where('needs_attention', '=', true)
  } else if (needsWindow(filter)) {
    query = query.where('id', '>=', idBound(new Date(Date.now() - WINDOW_MS)))
  }
  if (filter.recipientPhone !== undefined) {
    query = query.where('recipient_phone', '=', filter.recipientPhone)
  }
  if (filter.templateName !== undefined) {
    query = query.where('template_name', '=', filter.templateName)
  }
  if (filter.poNumber !== undefined) query = query.where('po_number', '=', filter.poNumber)
  if (filter.batchId !== undefined) query = query.where('batch_id', '=', filter.batchId)
  if (filter.from !== undefined) {
    query = query
      .where('created_at', '>=', filter.from)
      .where('id', '>=', idBound(new Date(filter.from.getTime() - CLOCK_MARGIN_MS)))
  }
  if (filter.to !== undefined) {
    query = query
      .where('created_at', '<', filter.to)
      .where('id', '<', idBound(new Date(filter.to.getTime() + CLOCK_MARGIN_MS)))
  }
  if (filter.q !== undefined) {
    const ids = await findIds(database, filter.tenantId, filter.q, filter.limit, filter.before)
    if (ids.length === 0) return []
    query = query.where('id', 'in', ids)
  }
  if (filter.before !== undefined) query = query.where('id', '<', filter.before)
  return query.orderBy('id', 'desc').limit(filter.limit).execute()
}

function needsWindow(filter: MessageFilter): boolean {
  const { status, state, templateName, recipientPhone, poNumber, batchId, from, q } = filter
  const isByState = [status, state, templateName].some((value) => value !== undefined)
  const isNarrow = [recipientPhone, poNumber, batchId, from, q].some((value) => value !== undefined)
  return isByState && !isNarrow
}

// One branch an index: an "or" over different columns would scan the table.
async function findIds(
  database: Database,
  tenantId: string | null,
  q: string,
  limit: number,
  before: string | undefined,
): Promise<string[]> {
  const bound = before ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'
  const phone = q.startsWith('+') ? q : `+${q}`
  const prefix =
    q
      .toLowerCase()
      .slice(0, 100)
      .replace(/[\\%_]/g, '\\$&') + '%'
  const id = UUID.test(q) ? q : '00000000-0000-0000-0000-000000000000'
  // Within each branch: another tenant's rows must not use up the limit.
  const own = tenantId === null ? sql`true` : sql`tenant_id = ${tenantId}::uuid`
  const { rows } = await sql<{ id: string }>`
    (select id from whatsapp_messages where po_number = ${q} and ${own} and id < ${bound} order by id desc limit ${limit})
    union
    (select id from whatsapp_messages where id = ${id}::uuid)
    union
    (select message_id from whatsapp_wamids where wamid = ${q})
    union
    (select id from whatsapp_messages where recipient_phone = ${phone} and ${own} and id < ${bound} order by id desc limit ${limit})
    union
    (select id from whatsapp_messages where left(lower(supplier_name), 100) like ${prefix} and ${own} and id < ${bound}
     order by id desc limit ${limit})`.execute(database.kysely)
  return rows.map((row) => row.id)
}

export async function findMessage(
  database: Database,
  id: string,
  tenantId: string | null,
): Promise<MessageRow | undefined> {
  let query = database.kysely.selectFrom('whatsapp_messages').selectAll().where('id', '=', id)
  if (tenantId !== null) query = query.where('tenant_id', '=', tenantId)
  return query.executeTakeFirst()
}

/** Messages by id, for the live stream. */
export function findMessages(database: Database, ids: readonly string[]): Promise<ListedMessage[]> {
  if (ids.length === 0) return Promise.resolve([])
  return database.kysely
    .selectFrom('whatsapp_messages')
    .select(LIST_COLUMNS)
    .where('id', 'in', ids)
    .execute()
}

export interface AttemptRow {
  attempt: number
  started_at: Date
  ended_at: Date | null
  outcome: 'accepted' | 'rejected' | 'not_sent' | 'in_doubt' | 'assumed_lost' | null
  evidence: string | null
  http_status: number | null
  error_code: string | null
  error: { title?: string; details?: string | null; reason?: string } | null
}
export interface FactRow {
  attempt: number
  status: string
  meta_at: Date | null
  received_at: Date
  detail: { errors?: { code?: number; title?: string; error_data?: { details?: string } }[] } | null
}
export interface ReplyRow {
  text: string | null
  payload: string | null
  meta_at: Date | null
  received_at: Date
}
export interface ActionRow {
  at: Date
  actor: string
  action: string
}

export interface History {
  attempts: AttemptRow[]
  facts: FactRow[]
  replies: ReplyRow[]
  actions: ActionRow[]
}

/** What the timeline is made of; nothing of it is stored twice. */
export async function findHistory(database: Database, messageId: string): Promise<History> {
  const [attempts, facts, replies, actions] = await Promise.all([
    database.query<AttemptRow>(
      `select attempt, started_at, ended_at, outcome, evidence, http_status, error_code, error
       from whatsapp_attempts where message_id = $1 order by attempt`,
      [messageId],
    ),
    database.query<FactRow>(
      `select attempt, status, meta_at, received_at, detail
       from whatsapp_status_facts where message_id = $1 order by received_at`,
      [messageId],
    ),
    database.query<ReplyRow>(
      `select text, payload, meta_at, received_at
       from inbound_messages where message_id = $1 order by received_at`,
      [messageId],
    ),
    database.query<ActionRow>(
      `select at, actor, action from audit_log where message_id = $1 order by at`,
      [messageId],
    ),
  ])
  return { attempts, facts, replies, actions }
}
