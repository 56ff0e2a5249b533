/** From rows to the shapes of the interface. Times are RFC 3339 in UTC; absent values are null. */

import { describeError } from '../cloud-api/error-catalogue.ts'
import { statusOf } from '../message/message.ts'
import type { History, ListedMessage, MessageRow } from '../message/message-store.ts'
import { remedyOfState } from '../message/remedy.ts'
import type { MessageView, TimelineEntry } from './contract.ts'

/** The message of lists and of the live stream. */
export function viewMessage(row: ListedMessage): MessageView {
  const error = row.error_code === null ? null : describeError(row.error_code)
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    notification_id: row.notification_id,
    batch_id: row.batch_id,
    status: statusOf(row.state),
    state: row.state,
    hold_reason: row.hold_reason,
    error_code: row.error_code,
    error_message: row.error_message,
    remedy: remedyOfState(row.state, row.hold_reason) ?? error?.remedy ?? null,
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
    cost: null,
    metadata: row.metadata ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** One message with its timeline. */
export function viewMessageDetail(row: MessageRow, history: History): MessageView {
  return {
    ...viewMessage(row),
    provider_response: row.provider_response ?? null,
    timeline: timelineOf(row, history),
  }
}

/** Built from attempts, facts, replies and actions, oldest first. */
function timelineOf(row: MessageRow, history: History): TimelineEntry[] {
  const entries: TimelineEntry[] = [
    {
      at: row.created_at.toISOString(),
      meta_at: null,
      kind: 'state',
      state: firstState(row, history),
      ...languageNote(row),
    },
  ]
  for (const attempt of history.attempts) {
    entries.push({
      // Its beginning: a webhook may be here before the answer, and belongs after it.
      at: attempt.started_at.toISOString(),
      meta_at: null,
      kind: 'attempt',
      attempt: attempt.attempt,
      outcome: attempt.outcome === 'assumed_lost' ? 'in_doubt' : attempt.outcome,
      http_status: attempt.http_status,
      error:
        attempt.outcome === 'accepted' || attempt.error === null
          ? null
          : describeError(
              attempt.error_code ?? '',
              attempt.error.title ?? attempt.error.reason,
              attempt.error.details,
            ),
    })
  }
  for (const fact of history.facts) {
    const error = fact.detail?.errors?.[0]
    entries.push({
      at: fact.received_at.toISOString(),
      meta_at: time(fact.meta_at),
      kind: 'status',
      attempt: fact.attempt,
      status: fact.status,
      error:
        error === undefined
          ? null
          : describeError(String(error.code ?? ''), error.title, error.error_data?.details),
    })
  }
  for (const reply of history.replies) {
    entries.push({
      at: reply.received_at.toISOString(),
      meta_at: time(reply.meta_at),
      kind: 'reply',
      text: reply.text,
      payload: reply.payload,
    })
  }
  for (const action of history.actions) {
    entries.push({
      at: action.at.toISOString(),
      meta_at: null,
      kind: 'action',
      text: action.action,
      actor: action.actor,
    })
  }
  const inOrder = entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  return finalState(row, inOrder)
}

/** The language that the order asked for, where its template does not exist in it. */
function languageNote(row: MessageRow): Pick<TimelineEntry, 'text'> {
  const { template_language_asked: asked, template_language: used } = row
  return asked === null
    ? {}
    : {
        text: `The template is not there in ${asked}, which was asked for: ${used ?? 'none'} is used.`,
      }
}

/** A state that no attempt and no webhook explains stands at the end with its reason. */
function finalState(row: MessageRow, entries: TimelineEntry[]): TimelineEntry[] {
  const explained = new Set([
    'queued',
    'claimed',
    'sending',
    'accepted',
    'sent',
    'delivered',
    'read',
  ])
  const isFirst = entries.length === 1 && entries[0]?.kind === 'state'
  const isSaid = row.state === 'failed' && entries.some((entry) => entry.status === 'failed')
  if (explained.has(row.state) || isFirst || isSaid) return entries
  return [
    ...entries,
    {
      at: row.updated_at.toISOString(),
      meta_at: null,
      kind: 'state',
      state: row.state,
      error:
        row.error_code === null
          ? null
          : describeError(row.error_code, row.error_message ?? undefined),
    },
  ]
}

function firstState(row: MessageRow, history: History): string {
  return history.attempts.length === 0 && history.facts.length === 0 ? row.state : 'queued'
}

function time(value: Date | null): string | null {
  return value === null ? null : value.toISOString()
}
