import type { HoldReason } from '../message/message.ts'
import type { ListedMessage } from '../message/message-store.ts'

/**
 * A message as it stood when it was written, whatever has become of it since: the first answer to a
 * request, and the answer to its repetition, which is the same.
 */
export function asWritten(
  row: ListedMessage,
  first: { hold_reason: HoldReason | null; expires_at: Date | null },
): ListedMessage {
  return {
    ...row,
    state: first.hold_reason === null ? 'queued' : 'held',
    status: 'PENDING',
    hold_reason: first.hold_reason,
    duplicate_sent: false,
    needs_attention: first.hold_reason !== null,
    wa_id: null,
    whatsapp_message_id: null,
    phone_number_id: null,
    fence: 0,
    attempts: 0,
    failures: 0,
    due_at: null,
    expires_at: first.expires_at,
    accepted_at: null,
    sent_at: null,
    delivered_at: null,
    read_at: null,
    failed_at: null,
    error_code: null,
    error_message: null,
    pricing: null,
    updated_at: row.created_at,
  }
}
