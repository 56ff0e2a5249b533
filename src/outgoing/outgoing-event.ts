/** From a row to the event as it is published. Pure. */

import { describeError, describeFailure, shownCode } from '../cloud-api/error-catalogue.ts'
import { describeReply } from '../message/describe-reply.ts'
import type { MessageState, MessageStatus } from '../message/message.ts'
import { remedyOfState } from '../message/remedy.ts'

export interface OutgoingRow {
  /** bigint, as text: the sequence. */
  id: string
  event_id: string
  routing_key: string
  created_at: Date
  tenant_id: string
  message_id: string
  status: MessageStatus
  state: MessageState
  hold_reason: string | null
  undelivered_at: Date | null
  recipient_phone: string | null
  whatsapp_message_id: string | null
  error_code: string | null
  error_message: string | null
  po_id: string | null
  po_number: string | null
  /** bigint, as text */
  revision: string | null
  supplier_id: string | null
  notification_id: string | null
  metadata: unknown
  reply_wamid: string | null
  reply_message_type: string | null
  reply_content: unknown
  reply_text: string | null
  reply_payload: string | null
  reply_received_at: Date | null
  superseded: boolean
}

/** What goes over the broker. */
export interface OutgoingEvent {
  /** Stays the same, however often it is sent. */
  eventId: string
  routingKey: string
  /** JSON */
  body: string
}

export function toOutgoingEvent(row: OutgoingRow): OutgoingEvent {
  const event = {
    event_id: row.event_id,
    event_type: row.routing_key,
    timestamp: row.created_at.toISOString(),
    tenant_id: row.tenant_id,
    data: {
      message_id: row.message_id,
      sequence: Number(row.id),
      status: row.status,
      state: row.state,
      po_id: row.po_id,
      po_number: row.po_number,
      revision: row.revision === null ? null : Number(row.revision),
      supplier_id: row.supplier_id,
      recipient_phone: row.recipient_phone,
      whatsapp_message_id: row.whatsapp_message_id,
      error_code: shownCode(row.error_code),
      error_message: row.error_message,
      remedy: remedyOf(row),
      notification_id: row.notification_id,
      metadata: row.metadata ?? null,
      ...(row.reply_wamid !== null && { reply: replyOf(row) }),
    },
  }
  return { eventId: row.event_id, routingKey: row.routing_key, body: JSON.stringify(event) }
}

function remedyOf(row: OutgoingRow): string | null {
  const ofState = remedyOfState(row)
  if (ofState !== undefined) return ofState
  if (row.error_code === null) return null
  const describe = row.state === 'failed' ? describeFailure : describeError
  return describe(row.error_code).remedy
}

function replyOf(row: OutgoingRow): Record<string, unknown> {
  return {
    text: row.reply_text,
    payload: row.reply_payload,
    received_at: row.reply_received_at?.toISOString() ?? null,
    superseded: row.superseded,
    message_type: row.reply_message_type,
    ...describeReply(row.reply_message_type ?? 'unknown', row.reply_content),
  }
}
