/** What to do about a message that waits; what to do about an error is said by its code. */

import { findHoldWords } from './hold-words.ts'
import type { MessageState } from './message.ts'

const STATE_REMEDIES: Readonly<Partial<Record<MessageState, string>>> = {
  in_doubt: 'Nothing yet: the webhook of Meta settles it. It is not sent again meanwhile.',
  unconfirmed:
    'Ask the supplier whether the order arrived, then resolve the message as sent, not_sent or resend.',
}

/** @returns undefined where the state by itself asks nothing of anybody */
export function remedyOfState(state: MessageState, holdReason: string | null): string | undefined {
  const held = holdReason === null ? undefined : findHoldWords(holdReason)
  return held?.remedy ?? STATE_REMEDIES[state]
}
