/**
 * Glossary.
 *
 * - **event**: "purchase order approved", as the ERP sent it; remembered for 400 days.
 * - **message**: one WhatsApp message to one supplier; the row of `whatsapp_messages`, and the outbox.
 * - **attempt**: one call of Meta's send endpoint for a message, written before the call.
 * - **fact**: a status that Meta reported of an attempt, by webhook.
 * - **wamid**: Meta's id of a message it accepted.
 * - **gate**: why a business number or a template may not be used just now.
 * - **orphan**: a status whose message is not known (yet).
 * - **number**: the business phone number that sends; **recipient**: the supplier's.
 */

/**
 * The states, in rank order: webhooks raise a message, they never lower it.
 *
 * - `queued`: waits for the dispatcher, from `due_at` on. Entered by intake, by a release from
 *   `held`, by a retry; left by a claim.
 * - `held`: something forbids sending, said in `hold_reason`. Left when it is lifted, or by expiry.
 * - `claimed`: a dispatcher has a lease on it and has written nothing to a socket. The lease's end
 *   puts it back to `queued`.
 * - `sending`: the intent is committed, the call may be under way: the point of no return.
 * - `in_doubt`: the call's answer was lost. Settled by a webhook, never sent again without evidence.
 * - `unconfirmed`: the doubt window closed without evidence; a person decides (`resolve`).
 * - `canceled`, `expired`: final without having been sent; `retry` starts anew.
 * - `accepted`: Meta took it (HTTP 200 with an id). Not yet sent.
 * - `sent`, `delivered`, `read`: Meta's webhooks.
 * - `failed`: Meta refused it, at once or later, or it could not be sent at all.
 */
export const MESSAGE_STATES = [
  'queued',
  'held',
  'claimed',
  'sending',
  'in_doubt',
  'unconfirmed',
  'canceled',
  'expired',
  'accepted',
  'sent',
  'failed',
  'delivered',
  'read',
] as const
export type MessageState = (typeof MESSAGE_STATES)[number]

export const MESSAGE_STATUSES = ['PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED'] as const
export type MessageStatus = (typeof MESSAGE_STATUSES)[number]

/** Why a message is held. */
export const HOLD_REASONS = [
  'notifications_disabled',
  'not_in_allow_list',
  'templates_unknown',
  'template_not_approved',
  'template_paused',
  'template_disabled',
  'token',
  'account',
  'payment',
  'number',
  'opt_in',
  'pair_limit',
  'backlog_not_released',
] as const
export type HoldReason = (typeof HOLD_REASONS)[number]

/** The status that stands for a state; the database keeps the same beside it (state-columns.ts). */
export function statusOf(state: MessageState): MessageStatus {
  switch (state) {
    case 'accepted':
    case 'sent':
      return 'SENT'
    case 'delivered':
      return 'DELIVERED'
    case 'read':
      return 'READ'
    case 'failed':
    case 'expired':
    case 'canceled':
      return 'FAILED'
    case 'queued':
    case 'held':
    case 'claimed':
    case 'sending':
    case 'in_doubt':
    case 'unconfirmed':
      return 'PENDING'
  }
}

/**
 * What every send carries in `biz_opaque_callback_data`: version, message, attempt. At most 51
 * characters of the 512 Meta allows (reference, section 2.1), and no personal data.
 */
export function callbackData(messageId: string, attempt: number): string {
  return `1.${messageId}.${String(attempt)}`
}

const CALLBACK_DATA =
  /^1\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([1-9][0-9]{0,8})$/

/** Reads {@link callbackData}; undefined for another program's. */
export function readCallbackData(
  text: string | null | undefined,
): { messageId: string; attempt: number } | undefined {
  const match = text === null || text === undefined ? null : CALLBACK_DATA.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { messageId: match[1], attempt: Number(match[2]) }
}
