import type { Queryable } from '../../src/db/database.ts'
import { claimDue, recordAcceptances } from '../../src/message/outbox.ts'
import type { ClaimedMessage, Settlement } from '../../src/message/outbox.ts'
import { insertEvents, insertStarted } from '../../src/intake/event-store.ts'
import type { MessageDraft } from '../../src/intake/event-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { TENANT } from './orders.ts'

export const NUMBER = '106540352242922'

/** As an order becomes a message, each to a recipient of its own. */
export function draftMessages(count: number, more: Partial<MessageDraft> = {}): MessageDraft[] {
  return Array.from({ length: count }, (): MessageDraft => {
    const id = createId()
    return {
      id,
      tenant_id: TENANT,
      notification_id: null,
      state: 'queued',
      hold_reason: null,
      template_name: 'po_notification',
      template_language: 'es',
      template_parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
      recipient_phone: nextRecipient(),
      recipient_input: '+34612345678',
      event_id: id,
      po_id: id,
      po_number: 'PO-1',
      revision: null,
      supplier_id: null,
      supplier_name: 'Harinas del Sur',
      error_code: null,
      error_message: null,
      metadata: {},
      ...more,
    }
  })
}

/** Queues messages as intake does; returns their ids. */
export async function queueMessages(
  database: Queryable,
  count: number,
  more: Partial<MessageDraft> = {},
  expiryHours = 72,
): Promise<string[]> {
  const messages = draftMessages(count, more)
  await insertEvents(database, { events: [], messages, rejected: [], expiryHours })
  return messages.map((message) => message.id)
}

/** Writes them as under way, as intake does where sends can begin at once; returns the ids of those that are. */
export async function startMessages(
  database: Queryable,
  messages: readonly MessageDraft[],
  more: { leaseSeconds?: number; most?: number; businessAccountId?: string } = {},
): Promise<string[]> {
  const { leaseSeconds = 30, most = messages.length, businessAccountId = null } = more
  const started = await insertStarted(
    database,
    { events: [], messages, rejected: [], expiryHours: 72 },
    { phoneNumberId: NUMBER, leaseOwner: 'test', leaseSeconds, businessAccountId },
    most,
  )
  return [...started]
}

export async function claim(
  database: Queryable,
  limit = 100,
  more: {
    leaseSeconds?: number
    gatedTemplates?: string[]
    onlyTo?: string[] | null
    businessAccountId?: string
  } = {},
): Promise<ClaimedMessage[]> {
  const { messages } = await claimDue(database, {
    limit,
    phoneNumberId: NUMBER,
    leaseOwner: 'test',
    leaseSeconds: 30,
    gatedTemplates: [],
    onlyTo: null,
    businessAccountId: null,
    ...more,
  })
  return messages
}

/** A recipient for each message, so that the pace of a pair delays nothing. */
export function nextRecipient(): string {
  recipients += 1
  return `+346${String(10_000_000 + recipients)}`
}
let recipients = 0

export function acceptance(messageId: string, attempt: number, wamid: string) {
  return {
    message_id: messageId,
    attempt,
    wamid,
    wa_id: '34612345678',
    user_id: null,
    http_status: 200,
    held_for_quality: false,
    response: { messages: [{ id: wamid }] },
  }
}

/** A refusal of Meta that is final. */
export function settlement(id: string, more: Partial<Settlement>): Settlement {
  return {
    message_id: id,
    attempt: 1,
    outcome: 'rejected',
    http_status: 400,
    to_state: 'failed',
    hold_reason: null,
    delay_ms: null,
    counts_failure: false,
    refunds_attempt: false,
    error_code: '131026',
    error_message: 'Message undeliverable',
    error: { code: 131026 },
    response: { error: { code: 131026 } },
    ...more,
  }
}

/** Queues one message and has it accepted as `wamid`. */
export async function acceptedMessage(database: Queryable, wamid: string): Promise<string> {
  const [id] = await queueMessages(database, 1)
  if (id === undefined) throw new Error('nothing was queued')
  await claim(database)
  await recordAcceptances(database, [acceptance(id, 1, wamid)])
  return id
}

export async function rowOf(database: Queryable, id: string): Promise<Record<string, unknown>> {
  const rows = await database.query('select * from whatsapp_messages where id = $1', [id])
  if (rows[0] === undefined) throw new Error('no such message')
  return rows[0]
}
