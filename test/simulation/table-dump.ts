import type { Queryable } from '../../src/db/database.ts'
import type { Model } from './model-database.ts'

/** Everything that the model keeps, from either side; times as seconds from now. */
export interface TableDump {
  messages: Record<string, unknown>[]
  attempts: string[]
  facts: string[]
  wamids: string[]
  orphans: string[]
  paces: string[]
}

const TABLES = [
  'whatsapp_messages',
  'whatsapp_attempts',
  'whatsapp_status_facts',
  'whatsapp_wamids',
  'orphan_statuses',
  'recipient_pace',
  'webhook_watermarks',
  'audit_log',
]
/** What statements take between two looks at the clock, on a busy machine. */
const SAME_WITHIN_SECONDS = 5

export async function clearTables(db: Queryable): Promise<void> {
  for (const table of TABLES) await db.query(`delete from ${table} returning 1`)
}

/** Lets time pass: everything that was written becomes older. */
export async function shiftTimes(db: Queryable, ms: number): Promise<void> {
  const older = (column: string) => `${column} = ${column} - $1::float8 * interval '1 millisecond'`
  for (const [table, columns] of [
    ['whatsapp_messages', ['due_at', 'expires_at', 'lease_until', 'accepted_at', 'created_at']],
    ['whatsapp_attempts', ['started_at']],
    ['orphan_statuses', ['received_at']],
    ['recipient_pace', ['next_at']],
    ['webhook_watermarks', ['newest_meta_at']],
  ] as const) {
    await db.query(`update ${table} set ${columns.map(older).join(', ')} returning 1`, [ms])
  }
}

export function dumpModel(model: Model): TableDump {
  const { now } = model
  return {
    messages: [...model.messages.values()].sort(byId).map((message) => ({
      id: message.id,
      state: message.state,
      fence: message.fence,
      attempts: message.attempts,
      failures: message.failures,
      retries: message.retries,
      retried_through: message.retriedThrough,
      hold_reason: message.holdReason,
      whatsapp_message_id: message.wamid,
      duplicate_sent: message.duplicateSent,
      is_accepted: message.acceptedAt !== null,
      sent_at: message.sentAt,
      delivered_at: message.deliveredAt,
      delivered_implied: message.deliveredImplied,
      read_at: message.readAt,
      has_failed_at: message.hasFailedAt,
      error_code: message.errorCode,
      resolved_as: message.resolvedAs,
      due: distance(message.dueAt === null ? null : (message.dueAt - now) / 1000),
      lease: distance(message.leaseUntil === null ? null : (message.leaseUntil - now) / 1000),
      expires: distance((message.expiresAt - now) / 1000),
    })),
    attempts: [...model.attempts]
      .flatMap(([id, attempts]) =>
        attempts.map(({ attempt, outcome, evidence, wamid }) =>
          line(id, attempt, outcome, evidence, wamid),
        ),
      )
      .sort(),
    facts: [...model.facts]
      .map(([key, { wamid, metaAt }]) => `${key} ${wamid} ${String(metaAt)}`)
      .sort(),
    wamids: [...model.wamids]
      .map(([wamid, { messageId, attempt }]) => line(wamid, messageId, attempt))
      .sort(),
    orphans: [...model.orphans].map(([key, { metaAt }]) => `${key} ${String(metaAt)}`).sort(),
    paces: [...model.paces.keys()].sort(),
  }
}

export async function dumpTables(db: Queryable): Promise<TableDump> {
  const ago = (column: string) =>
    `extract(epoch from ${column})::float8 - extract(epoch from clock_timestamp())::float8 as ${column}`
  const rows = await db.query(
    `select id, state, fence, attempts, failures, retries, retried_through, hold_reason, whatsapp_message_id,
       duplicate_sent, accepted_at is not null as is_accepted, sent_at, delivered_at, delivered_implied,
       read_at, failed_at is not null as has_failed_at, error_code, resolved_as,
       ${ago('due_at')}, ${ago('lease_until')}, ${ago('expires_at')}
     from whatsapp_messages order by id`,
  )
  const lines = async (sql: string): Promise<string[]> =>
    (await db.query(sql)).map((row) => line(...Object.values(row))).sort()
  return {
    messages: rows.map(({ due_at, lease_until, expires_at, ...row }) => ({
      ...row,
      sent_at: iso(row['sent_at']),
      delivered_at: iso(row['delivered_at']),
      read_at: iso(row['read_at']),
      due: distance(due_at),
      lease: distance(lease_until),
      expires: distance(expires_at),
    })),
    attempts: await lines(
      'select message_id, attempt, outcome, evidence, wamid from whatsapp_attempts',
    ),
    facts: await lines('select message_id, attempt, status, wamid, meta_at from whatsapp_facts'),
    wamids: await lines('select wamid, message_id, attempt from whatsapp_wamids'),
    orphans: await lines('select wamid, status, meta_at from orphan_statuses'),
    paces: await lines('select recipient from recipient_pace'),
  }
}

function distance(value: unknown): unknown {
  if (value === null || value === undefined) return null
  const seconds = Number(value)
  return Number.isFinite(seconds) ? seconds : 'infinity'
}

/** The model's dump with the tables' own times wherever they lie close enough together. */
export function aligned(model: TableDump, tables: TableDump): TableDump {
  const messages = model.messages.map((message, index) => {
    const other = tables.messages[index] ?? {}
    const close = ['due', 'lease', 'expires'].filter((name) => {
      const [a, b] = [message[name], other[name]]
      return typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < SAME_WITHIN_SECONDS
    })
    return { ...message, ...Object.fromEntries(close.map((name) => [name, other[name]])) }
  })
  return { ...model, messages }
}

function line(...parts: unknown[]): string {
  return parts.map((part) => String(iso(part))).join(' ')
}

function iso(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1
}
