/** The templates of orders that come with Aviso, ready to be submitted. Pure. */

import TEMPLATES from './shipped-templates.json' with { type: 'json' }

/** Meta's create body, with our key beside it. */
export interface ShippedTemplate {
  name: string
  language: string
  category: 'UTILITY'
  parameter_format: 'POSITIONAL'
  components: Readonly<Record<string, unknown>>[]
  template_key: 'po_approved'
}

interface Wording {
  /** {{1}} supplier name, {{2}} order number, {{3}} total with currency. */
  body: string
  /** Acknowledge, reject, ask: the order in which a tap is understood. */
  replies?: readonly string[]
}

/** As an order fills it, for whoever reviews it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  en: '€1,234.50',
  fr: '1 234,50 €',
  pt_BR: 'R$ 1.234,50',
}

export const SHIPPED_NAMES = Object.keys(TEMPLATES)

/** All languages of one of {@link SHIPPED_NAMES}; undefined for another name. */
export function shippedTemplates(name: string): ShippedTemplate[] | undefined {
  if (!Object.hasOwn(TEMPLATES, name)) return undefined
  const languages: Readonly<Record<string, Wording>> = TEMPLATES[name as keyof typeof TEMPLATES]
  return Object.entries(languages).map(([language, { body, replies = [] }]) => ({
    name,
    language,
    category: 'UTILITY',
    parameter_format: 'POSITIONAL',
    components: [
      {
        type: 'BODY',
        text: body,
        example: {
          body_text: [['Harinas del Sur', 'PO-2026-0042', EXAMPLES[language] ?? '1.234,50 €']],
        },
      },
      ...(replies.length === 0
        ? []
        : [
            {
              type: 'BUTTONS',
              buttons: replies.map((text) => ({ type: 'QUICK_REPLY', text })),
            },
          ]),
    ],
    template_key: 'po_approved',
  }))
}
