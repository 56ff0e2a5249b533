/** What the words of a draft risk: its category, and what orders need (reference, section 3.5). Pure. */

import type { Draft, DraftComponent } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import { ORDER_KEY, unfitForOrders } from './po-notification.ts'
import WORDS from './promotional-words.json' with { type: 'json' }
import { readShape } from './template-shape.ts'

/** How many quick replies of an order's template have a meaning: acknowledge, reject, ask. */
const ANSWERS = 3
const PERCENT_OFF =
  /\d\s?%\s?(?:off|de dto|dto|de descuento|de réduction|rabatt|di sconto|de desconto)/i

export function lintWording(draft: Draft): Finding[] {
  return [...lintPromotion(draft), ...lintUnspecific(draft), ...lintOrders(draft)]
}

function lintPromotion({ category, components, baseLanguage }: Draft): Finding[] {
  if (category !== 'UTILITY') return []
  const words: readonly string[] = Object.hasOwn(WORDS, baseLanguage)
    ? WORDS[baseLanguage as keyof typeof WORDS]
    : WORDS.en
  return components.flatMap((component) =>
    textsOf(component).flatMap(({ path, text }) => {
      const found = words.filter((word) => hasWord(text, word))
      const percent = PERCENT_OFF.exec(text)?.[0]
      const said = percent === undefined ? found : [...found, percent]
      return said.length === 0 ? [] : [promotional(path, said)]
    }),
  )
}

function promotional(path: string, words: readonly string[]): Finding {
  const detail = `reads like an advertisement: ${words.join(', ')}. Meta approves it as MARKETING at once then, which costs more and does not reach numbers in the United States`
  const remedy = 'Say what happened with the order and nothing else, or send it as MARKETING.'
  return finding('category_promotional', path, detail, remedy)
}

function textsOf(component: DraftComponent): { path: string; text: string }[] {
  return [component, ...component.buttons].flatMap(({ path, text }) =>
    text === null ? [] : [{ path: `${path}.text`, text }],
  )
}

/** A whole word, or several, whatever stands around it. */
function hasWord(text: string, word: string): boolean {
  const plain = ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}']+/gu, ' ')} `
  return plain.includes(` ${word} `)
}

/** A utility message is specific to its reader: without a variable it says the same to all. */
function lintUnspecific({ category, components }: Draft): Finding[] {
  if (category !== 'UTILITY') return []
  if (components.length === 0 || components.some(({ text }) => text?.includes('{{') === true)) {
    return []
  }
  const detail = 'says the same to everybody; a utility message is about something of its reader'
  const remedy = 'Name the order in it, with a variable, or send it as MARKETING.'
  return [finding('category_unspecific', 'components', detail, remedy)]
}

/** Whether orders can use a template that has their key, and what they would lack. */
export function lintOrders({ given, category, components }: Draft): Finding[] {
  if (given['template_key'] !== ORDER_KEY || components.length === 0) return []
  const format = given['parameter_format']
  const shape = readShape(given['components'], typeof format === 'string' ? format : null)
  const unfit = unfitForOrders(shape)
  const found: Finding[] = []
  if (unfit !== null) {
    const remedy =
      'Give its body three variables: supplier name, order number, amount (or named supplier_name, po_number, total_amount), and nothing else that each message must bring.'
    found.push(
      finding('order_parameters', 'components', `cannot be filled by an order: ${unfit}`, remedy),
    )
  }
  if (category !== 'UTILITY') {
    const detail = 'is no UTILITY: orders would cost more, and some suppliers would not get them'
    found.push(finding('category_orders', 'category', detail, 'Send UTILITY.'))
  }
  const replies = shape.buttons.filter(({ type }) => type === 'QUICK_REPLY').length
  if (replies > ANSWERS) {
    const detail = `has ${String(replies)} quick replies: the first three acknowledge, reject and ask; the others mean nothing to Aviso`
    found.push(finding('order_replies', 'components', detail, 'Keep the first three.'))
  }
  return found
}
