/** From rows to the shapes of the interface. Times are RFC 3339 in UTC; absent values are null. */

import { AppError } from '../lib/errors.ts'
import { costOfMessage } from '../pricing/message-cost.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { describeError, describeFailure, shownCode } from '../cloud-api/error-catalogue.ts'
import { statusOf } from '../message/message.ts'
import type { History, ListedMessage, MessageRow } from '../message/message-store.ts'
import { remedyOfState } from '../message/remedy.ts'
import type { MessageView } from './contract.ts'
import { timelineOf } from './timeline.ts'

/** What is answered where nobody has a message with the id that was asked for. */
export function noSuchMessage(): AppError {
  return new AppError(
    'not_found',
    'There is no message with this id, or it was older than messages are kept (AVISO_RETENTION_DAYS).',
  )
}

/** The message of lists and of the live stream. */
export function viewMessage(row: ListedMessage, card: RateCard): MessageView {
  const describe = row.state === 'failed' ? describeFailure : describeError
  const error = row.error_code === null ? null : describe(row.error_code)
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    notification_id: row.notification_id,
    batch_id: row.batch_id,
    status: statusOf(row.state),
    state: row.state,
    hold_reason: row.hold_reason,
    error_code: shownCode(row.error_code),
    error_message: row.error_message,
    remedy: remedyOfState(row) ?? error?.remedy ?? null,
    message_type: row.message_type,
    template_name: row.template_name,
    template_language: row.template_language,
    template_parameters: row.template_parameters ?? null,
    recipient_phone: row.recipient_phone,
    recipient_input: row.recipient_input,
    wa_id: row.wa_id,
    whatsapp_message_id: row.whatsapp_message_id,
    event_id: row.event_id,
    po_id: row.po_id,
    po_number: row.po_number,
    revision: row.revision === null ? null : Number(row.revision),
    supplier_id: row.supplier_id,
    supplier_name: row.supplier_name,
    accepted_at: time(row.accepted_at),
    sent_at: time(row.sent_at),
    delivered_at: time(row.delivered_at),
    read_at: time(row.read_at),
    failed_at: time(row.failed_at),
    expires_at: time(row.expires_at),
    attempts: row.attempts,
    cost: costOfMessage(row, card),
    pricing: row.pricing ?? null,
    metadata: row.metadata ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** One message with its timeline. */
export function viewMessageDetail(row: MessageRow, history: History, card: RateCard): MessageView {
  return {
    ...viewMessage(row, card),
    provider_response: row.provider_response ?? null,
    timeline: timelineOf(row, history),
  }
}

/** A message as it was first written: nothing has happened to it yet. */
export function viewFirstMessage(row: ListedMessage, card: RateCard): MessageView {
  const nothing = {
    provider_response: null,
    last_hold_reason: null,
    last_held_at: null,
    template_language_asked: null,
  }
  const history = { attempts: [], facts: [], replies: [], actions: [] }
  return viewMessageDetail({ ...row, ...nothing }, history, card)
}

function time(value: Date | null): string | null {
  return value === null ? null : value.toISOString()
}
