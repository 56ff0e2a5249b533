import type { HoldReason } from './message.ts'

interface HoldWords {
  title: string
  remedy: string
}

/** Why a message is held, for people, and what to do about it. */
export const HOLD_WORDS: Readonly<Record<HoldReason, HoldWords>> = {
  notifications_disabled: {
    title: 'Notifications are switched off',
    remedy: 'Set ENABLE_WHATSAPP_NOTIFICATIONS to true and restart the service.',
  },
  not_in_allow_list: {
    title: 'The recipient is not among those that may be sent to',
    remedy: 'Add the number to AVISO_ONLY_TO, or empty it, and restart the service.',
  },
  templates_unknown: {
    title: 'The templates have not been read from Meta yet',
    remedy: 'Wait for the first read of the templates from Meta, or check the credentials.',
  },
  template_not_approved: {
    title: 'The template is not approved in this language',
    remedy: 'Have the template approved by Meta in this language; it is tried again by itself.',
  },
  template_paused: {
    title: 'Meta has paused the template',
    remedy:
      'Look why: aviso templates events NAME/LANGUAGE, or WhatsApp Manager. A pause for quality ends by itself after hours; one by pacing (RATE_LIMITING_PAUSE) is lifted by hand in WhatsApp Manager.',
  },
  template_disabled: {
    title: 'Meta has disabled the template',
    remedy: 'Create and choose another template: Meta does not enable this one again.',
  },
  token: {
    title: 'Meta does not accept the access token',
    remedy:
      'Replace WHATSAPP_ACCESS_TOKEN by a valid one of a system user and restart the service.',
  },
  account: {
    title: 'Meta has restricted the account',
    remedy: 'Look at the account in WhatsApp Manager. It is tried again by itself.',
  },
  payment: {
    title: 'The account cannot be charged',
    remedy:
      'Add a valid payment method to the WhatsApp Business account. It is tried again by itself.',
  },
  number: {
    title: 'The business number may not send just now',
    remedy:
      'Check the business phone number in WhatsApp Manager: registered, connected, not limited.',
  },
  opt_in: {
    title: 'Nobody recorded that the supplier agreed to receive messages',
    remedy: 'Record that the supplier agreed to receive messages.',
  },
  pair_limit: {
    title: 'The recipient got a message less than 6 seconds before',
    remedy: 'Nothing: Meta allows one message every 6 seconds to one recipient.',
  },
  backlog_not_released: {
    title: 'The backlog waits for somebody to release it',
    remedy: 'Send or cancel the backlog: aviso messages release, with or without --cancel.',
  },
}

/** @param reason as stored; undefined for one that a newer version wrote */
export function findHoldWords(reason: string): HoldWords | undefined {
  return Object.hasOwn(HOLD_WORDS, reason) ? HOLD_WORDS[reason as HoldReason] : undefined
}
