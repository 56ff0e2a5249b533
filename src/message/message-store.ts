/** Reads of messages for people and programs: lists by keyset, one with its timeline, changes. */

import { sql } from 'kysely'
import type { Selectable, SelectQueryBuilder } from 'kysely'
import type { Database } from '../db/database.ts'
import type { MessageTable, Schema } from '../db/schema.ts'
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
  'undelivered_at',
  'error_code',
  'error_message',
  'pricing',
  'metadata',
  'created_at',
  'updated_at',
] as const
/** What the lists and the live stream leave out. */
type OnlyWithOne =
  'provider_response' | 'last_hold_reason' | 'last_held_at' | 'template_language_asked'

export type ListedMessage = Omit<MessageRow, OnlyWithOne>

/** Newest first. A page costs the same whatever stands before it: keyset on the id, no offset. */
export async function listMessages(
  database: Database,
  filter: MessageFilter,
): Promise<ListedMessage[]> {
  const query = database.kysely.selectFrom('whatsapp_messages').select(LIST_COLUMNS)
  const newest = (filtered: typeof query) =>
    filtered.orderBy('id', 'desc').limit(filter.limit).execute()
  if (filter.q === undefined) return newest(withFilter(query, filter))
  const ids = await findIds(database, filter, filter.q)
  return ids.length === 0 ? [] : newest(query.where('id', 'in', ids))
}

type Messages<Columns> = SelectQueryBuilder<Schema, 'whatsapp_messages', Columns>

/** Everything but `q`, which has a branch for each index. */
function withFilter<Columns>(
  messages: Messages<Columns>,
  filter: MessageFilter,
): Messages<Columns> {
  let query = messages
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
  return filter.before === undefined ? query : query.where('id', '<', filter.before)
}

function needsWindow(filter: MessageFilter): boolean {
  const { status, state, templateName, recipientPhone, poNumber, batchId, from, q } = filter
  const isByState = [status, state, templateName].some((value) => value !== undefined)
  const isNarrow = [recipientPhone, poNumber, batchId, from, q].some((value) => value !== undefined)
  return isByState && !isNarrow
}

/** A phone as people write it; what else has letters in it is no phone. */
const PHONE = /^\+?[1-9]\d{6,14}$/
/** The index keeps the first hundred characters of a name, lower-cased; fewer are enough to find it. */
const INDEXED_CHARACTERS = 64

// One branch an index: an "or" over different columns would scan the table. Every other filter stands in
// each branch, because what does not pass it must not use up the branch's limit.
async function findIds(database: Database, filter: MessageFilter, q: string): Promise<string[]> {
  const branch = () =>
    withFilter(database.kysely.selectFrom('whatsapp_messages').select('id'), filter)
      .orderBy('id', 'desc')
      .limit(filter.limit)
  const wamids = database.kysely.selectFrom('whatsapp_wamids').where('wamid', '=', q)
  const beginning = Array.from(q)
    .slice(0, INDEXED_CHARACTERS)
    .join('')
    .replace(/[\\%_]/g, '\\$&')
  const phone = q.replace(/[\s().-]/g, '')
  const branches = [
    branch().where('po_number', '=', q),
    branch().where('id', '=', wamids.select('message_id')),
    // Lower-cased by the database on both sides: what it makes of İ or ß is its own affair.
    branch()
      .where(sql`left(lower(supplier_name), 100)`, 'like', sql`lower(${beginning}) || '%'`)
      .where(sql<boolean>`starts_with(lower(supplier_name), lower(${q}))`),
  ]
  if (UUID.test(q)) branches.push(branch().where('id', '=', q))
  if (PHONE.test(phone)) {
    branches.push(branch().where('recipient_phone', '=', `+${phone.replace('+', '')}`))
  }
  // A branch in a raw statement gets its brackets by itself.
  const found = sql<{ id: string }>`${sql.join(branches, sql` union `)}`
  const { rows } = await found.execute(database.kysely)
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
  /** What the row was before it; `from` is its state. */
  detail: {
    from?: string
    fence?: number
    failed_at?: string | null
    error_code?: string | null
    error_message?: string | null
  } | null
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
       from whatsapp_facts where message_id = $1 order by received_at`,
      [messageId],
    ),
    database.query<ReplyRow>(
      `select text, payload, meta_at, received_at
       from inbound_messages where message_id = $1 order by received_at`,
      [messageId],
    ),
    database.query<ActionRow>(
      `select at, actor, action, detail from audit_log where message_id = $1 order by at`,
      [messageId],
    ),
  ])
  return { attempts, facts, replies, actions }
}
