import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** Refused drafts are code 100 with what is wrong in the subcode and the user's words. */
export function refuseDraft(words: string, subcode?: number): Refusal {
  return refuse(100, undefined, {
    message: '(#100) Invalid parameter',
    userTitle: 'Template not accepted',
    userMessage: words,
    transient: false,
    ...(subcode === undefined ? {} : { subcode }),
  })
}
