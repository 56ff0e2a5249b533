import type { DirectDraft } from './direct-store.ts'
import { holdAtEntry } from '../message/hold-at-entry.ts'
import type { EntrySettings } from '../message/hold-at-entry.ts'
import type { Judgement } from './judge-request.ts'
import type { MessageRequest } from './message-request.ts'

/** The row that a request becomes. Pure. Whether its template may be sent just now is the claim's question. */
export function draftDirect(
  id: string,
  request: MessageRequest,
  judgement: Judgement,
  settings: EntrySettings,
  batchId: string | null = null,
): DirectDraft {
  const { recipient, template } = request
  const holdReason = holdAtEntry(recipient.phone, settings)
  return {
    id,
    tenant_id: request.tenantId,
    batch_id: batchId,
    notification_id: request.notificationId,
    state: holdReason === null ? 'queued' : 'held',
    hold_reason: holdReason,
    message_type: request.type,
    template_name: template?.name ?? null,
    template_language: template === null ? null : judgement.language,
    template_parameters: template?.parameters ?? null,
    content: request.content,
    recipient_phone: recipient.phone,
    recipient_input: recipient.input,
    recipient_user_id: recipient.userId,
    metadata: request.metadata,
    expires_at: judgement.expiresAt,
  }
}
