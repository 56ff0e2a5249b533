import { holdAtEntry } from '../message/hold-at-entry.ts'
import type { EntrySettings } from '../message/hold-at-entry.ts'
import { readPhone } from '../message/phone-number.ts'
import { chooseForOrder } from '../template/choose-template.ts'
import type { OrderTemplate } from '../template/choose-template.ts'
import { orderParameters } from '../template/po-notification.ts'
import type { MessageDraft } from './event-store.ts'
import type { PurchaseOrderEvent } from './purchase-order-event.ts'

/** What the service's settings say about every order. */
export interface DraftSettings extends EntrySettings {
  defaultCountry: string | null
  defaultLanguage: string
  /** The templates that orders may use, the newest choice first; null before Meta's list was ever read. */
  orderTemplates: () => readonly OrderTemplate[] | null
}

const FAILURES = {
  no_phone: "The order has no phone number of the supplier, and the supplier's record has none.",
  invalid_phone: "The supplier's phone number cannot be read.",
}

/** An order's own phone and language go before those of the directory. Pure. */
export function withDirectory(
  event: PurchaseOrderEvent,
  entry: { phone: string | null; language: string | null } | undefined,
): PurchaseOrderEvent {
  if (entry === undefined) return event
  const supplierPhone = event.supplierPhone ?? entry.phone
  return { ...event, supplierPhone, language: event.language ?? entry.language }
}

/**
 * The message an order becomes. Pure. A phone that cannot be read is a message that a buyer sees. Whether
 * its template may be sent is the claim's question: what is known here may be a second old.
 *
 * @param fingerprint of the event, hex
 */
export function draftMessage(
  id: string,
  event: PurchaseOrderEvent,
  fingerprint: string,
  settings: DraftSettings,
): MessageDraft {
  const { defaultLanguage } = settings
  const template = chooseForOrder(
    settings.orderTemplates(),
    event.language ?? defaultLanguage,
    defaultLanguage,
  )
  const phone = readPhone(event.supplierPhone, event.supplierCountry ?? settings.defaultCountry)
  const holdReason = phone.ok ? holdAtEntry(phone.e164, settings) : null
  return {
    id,
    tenant_id: event.tenantId,
    notification_id: event.notificationId,
    state: !phone.ok ? 'failed' : holdReason === null ? 'queued' : 'held',
    hold_reason: holdReason,
    template_name: template.name,
    template_language: template.language,
    template_language_asked: template.asked,
    template_parameters: orderParameters(event, template.language, template.shape),
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
    fingerprint,
  }
}
