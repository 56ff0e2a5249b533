/**
 * What the quick-reply buttons of an order's template carry. The send sets it, Meta brings it back when
 * a button is tapped (reference, sections 2.2 and 5.7), and it says what the supplier answered whatever
 * language the button's text is in. Which order it is about is said by the message that is answered.
 */

/** In the order of the template's quick-reply buttons. */
export const ANSWERS = ['acknowledged', 'rejected', 'question'] as const
export type Answer = (typeof ANSWERS)[number]

const PREFIX = 'aviso:po.'

export function replyPayload(answer: Answer): string {
  return `${PREFIX}${answer}`
}

/** Undefined for a payload that is not ours, whole and exactly. */
export function readReplyPayload(payload: string | null): Answer | undefined {
  return ANSWERS.find((answer) => payload === replyPayload(answer))
}
