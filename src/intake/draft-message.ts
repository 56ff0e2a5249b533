import { holdAtEntry } from '../message/hold-at-entry.ts'
import type { EntrySettings } from '../message/hold-at-entry.ts'
import { readPhone } from '../message/phone-number.ts'
import { templateLanguage } from '../template/language.ts'
import { DEFAULT_TEMPLATE, poNotificationParameters } from '../template/po-notification.ts'
import type { MessageDraft } from './event-store.ts'
import type { PurchaseOrderEvent } from './purchase-order-event.ts'

/** What the service's settings say about every order. */
export interface DraftSettings extends EntrySettings {
  defaultCountry: string | null
  defaultLanguage: string
}

const FAILURES = {
  no_phone: "The order has no phone number of the supplier, and the supplier's record has none.",
  invalid_phone: "The supplier's phone number cannot be read.",
}

/** The message an order becomes. Pure. A phone that cannot be read is a message that a buyer sees. */
export function draftMessage(
  id: string,
  event: PurchaseOrderEvent,
  settings: DraftSettings,
): MessageDraft {
  const language = templateLanguage(event.language ?? settings.defaultLanguage)
  const phone = readPhone(event.supplierPhone, event.supplierCountry ?? settings.defaultCountry)
  const holdReason = phone.ok ? holdAtEntry(phone.e164, settings) : null
  return {
    id,
    tenant_id: event.tenantId,
    notification_id: event.notificationId,
    state: !phone.ok ? 'failed' : holdReason === null ? 'queued' : 'held',
    hold_reason: holdReason,
    template_name: DEFAULT_TEMPLATE,
    template_language: language,
    template_parameters: poNotificationParameters(event, language),
    recipient_phone: phone.ok ? phone.e164 : null,
    recipient_input: event.supplierPhone,
    event_id: event.eventId,
    po_id: event.poId,
    po_number: event.poNumber,
    revision: event.revision,
    supplier_id: event.supplierId,
    supplier_name: event.supplierName,
    error_code: phone.ok ? null : phone.code,
    error_message: phone.ok ? null : FAILURES[phone.code],
    metadata: event.data,
  }
}
