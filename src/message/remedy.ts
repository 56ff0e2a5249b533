/** What to do about a message that waits; what to do about an error is said by its code. */

import { findHoldWords } from './hold-words.ts'
import type { MessageState } from './message.ts'

const STATE_REMEDIES: Readonly<Partial<Record<MessageState, string>>> = {
  in_doubt: 'Nothing yet: the webhook of Meta settles it. It is not sent again meanwhile.',
  unconfirmed:
    'Ask the supplier whether the order arrived, then resolve the message as sent, not_sent or resend.',
}

const UNDELIVERED =
  'Meta took the message and has not delivered it within its time to live (30 days as a rule): the phone was ' +
  'off or without a network for all that time, and Meta has dropped it without a word. Ask the supplier ' +
  'another way, correct the number, and send the order again.'

const HELD_BY_META =
  'Meta holds the message back to see how the first suppliers receive its template: as a rule for an hour at most, then ' +
  'it is delivered, or fails with 132015. If it lasts, look at the template in WhatsApp Manager, where a pause ' +
  'that Meta does not end by itself is lifted.'

/**
 * @param message `undelivered_at`: when it was found that Meta's time to live is over
 * @returns undefined where the state by itself asks nothing of anybody
 */
export function remedyOfState(message: {
  state: MessageState
  hold_reason: string | null
  undelivered_at: Date | null
  held_for_quality?: boolean
}): string | undefined {
  const { state, hold_reason: reason } = message
  if (message.undelivered_at !== null && (state === 'accepted' || state === 'sent'))
    return UNDELIVERED
  if (state === 'accepted' && message.held_for_quality === true) return HELD_BY_META
  const held = reason === null ? undefined : findHoldWords(reason)
  return held?.remedy ?? STATE_REMEDIES[state]
}
