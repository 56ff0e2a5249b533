/** What to do about a message that waits; what to do about an error is said by its code. */

import type { HoldReason, MessageState } from './message.ts'

const HOLD_REMEDIES: Readonly<Record<HoldReason, string>> = {
  notifications_disabled: 'Set ENABLE_WHATSAPP_NOTIFICATIONS to true and restart the service.',
  not_in_allow_list: 'Add the number to AVISO_ONLY_TO, or empty it, and restart the service.',
  templates_unknown:
    'Wait for the first read of the templates from Meta, or check the credentials.',
  template_not_approved:
    'Have the template approved by Meta in this language; it is tried again by itself.',
  template_paused:
    'Wait: Meta resumes a paused template after hours. Improve its wording if it comes again.',
  template_disabled: 'Create and choose another template: Meta does not enable this one again.',
  token: 'Replace WHATSAPP_ACCESS_TOKEN by a valid one of a system user and restart the service.',
  account:
    'Look at the account in WhatsApp Manager: Meta has restricted it. It is tried again by itself.',
  payment:
    'Add a valid payment method to the WhatsApp Business account. It is tried again by itself.',
  number:
    'Check the business phone number in WhatsApp Manager: registered, connected, not limited.',
  opt_in: 'Record that the supplier agreed to receive messages.',
  pair_limit: 'Nothing: Meta allows one message every 6 seconds to one recipient.',
  backlog_not_released: 'Release or cancel the backlog on the command line.',
}

const STATE_REMEDIES: Readonly<Partial<Record<MessageState, string>>> = {
  in_doubt: 'Nothing yet: the webhook of Meta settles it. It is not sent again meanwhile.',
  unconfirmed:
    'Ask the supplier whether the order arrived, then resolve the message as sent, not_sent or resend.',
}

/** @returns undefined where the state by itself asks nothing of anybody */
export function remedyOfState(state: MessageState, holdReason: string | null): string | undefined {
  if (holdReason !== null && Object.hasOwn(HOLD_REMEDIES, holdReason)) {
    return HOLD_REMEDIES[holdReason as HoldReason]
  }
  return STATE_REMEDIES[state]
}
