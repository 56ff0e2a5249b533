/** Reads of messages for people and programs: one with its timeline, and those that changed. Lists: message-list.ts. */

import type { Selectable } from 'kysely'
import type { Database } from '../db/database.ts'
import type { MessageTable } from '../db/schema.ts'

export type MessageRow = Selectable<MessageTable>

/** What lists and the live stream show of a message. */
export const LIST_COLUMNS = [
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
  'held_for_quality',
  'error_code',
  'error_message',
  'pricing',
  'metadata',
  'created_at',
  'updated_at',
] as const
/** What they leave out. */
type OnlyWithOne =
  'provider_response' | 'last_hold_reason' | 'last_held_at' | 'template_language_asked'

export type ListedMessage = Omit<MessageRow, OnlyWithOne>

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
  /** As Meta sent it. */
  detail: { errors?: unknown } | null
}
export interface ReplyRow {
  message_type: string
  content: unknown
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
      `select message_type, content, text, payload, meta_at, received_at
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
