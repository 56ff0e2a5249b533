/** Meta's words about an accepted message, as text: `JSON.stringify` of the same would cost ten times as much. */

import { BUSINESS_ACCOUNT_ID, PHONE_NUMBER_ID } from './orders.ts'

export interface SentMessage {
  wamid: string
  /** Digits only. */
  waId: string
  callbackData: string | undefined
}

export type StatusWord = 'sent' | 'delivered' | 'read'

const PRICING =
  '"pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"}'

export function encodeStatus(
  message: SentMessage,
  status: StatusWord,
  timestampSeconds: number,
): string {
  const callback =
    message.callbackData === undefined
      ? ''
      : `"biz_opaque_callback_data":"${message.callbackData}",`
  return `{"id":"${message.wamid}","status":"${status}","timestamp":"${timestampSeconds}","recipient_id":"${message.waId}",${callback}${PRICING}}`
}

/** @param statuses encoded */
export function encodeWebhook(statuses: readonly string[], waId: string): string {
  return (
    `{"object":"whatsapp_business_account","entry":[{"id":"${BUSINESS_ACCOUNT_ID}","changes":[{"value":{"messaging_product":"whatsapp",` +
    `"metadata":{"display_phone_number":"15550783881","phone_number_id":"${PHONE_NUMBER_ID}"},` +
    `"contacts":[{"profile":{"name":"Talleres Vega"},"wa_id":"${waId}"}],` +
    `"statuses":[${statuses.join(',')}]},"field":"messages"}]}]}`
  )
}
