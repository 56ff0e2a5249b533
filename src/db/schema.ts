/**
 * Row types of the tables that the query builder reads. Statements written as SQL state their own
 * rows where they stand.
 */
import type { Generated } from 'kysely'
import type { MessageState, MessageStatus } from '../message/message.ts'

export interface MessageTable {
  id: string
  tenant_id: string
  notification_id: string | null
  batch_id: string | null
  state: MessageState
  status: Generated<MessageStatus>
  duplicate_sent: boolean
  needs_attention: Generated<boolean>
  hold_reason: string | null
  /** The last hold that is over, and since when it held. */
  last_hold_reason: string | null
  last_held_at: Date | null
  message_type: string
  template_name: string | null
  template_language: string | null
  /** Where the message is written in another one. */
  template_language_asked: string | null
  template_parameters: unknown
  content: unknown
  recipient_phone: string | null
  recipient_input: string | null
  recipient_user_id: string | null
  wa_id: string | null
  whatsapp_message_id: string | null
  event_id: string | null
  po_id: string | null
  po_number: string | null
  /** bigint, as text */
  revision: string | null
  supplier_id: string | null
  supplier_name: string | null
  phone_number_id: string | null
  fence: number
  attempts: number
  failures: number
  due_at: Date | null
  expires_at: Date | null
  accepted_at: Date | null
  sent_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
  failed_at: Date | null
  error_code: string | null
  error_message: string | null
  pricing: unknown
  provider_response: unknown
  metadata: unknown
  created_at: Generated<Date>
  updated_at: Generated<Date>
  undelivered_at: Date | null
  held_for_quality: boolean
}

export interface Schema {
  whatsapp_messages: MessageTable
  whatsapp_wamids: { wamid: string; message_id: string; attempt: number }
}
