/** A template as the business account holds it, in Meta's own field names. */
export interface TemplateComponent {
  type: string
  format?: string
  text?: string
  buttons?: TemplateButton[]
  example?: Record<string, unknown>
  [key: string]: unknown
}

export interface TemplateButton {
  type: string
  text?: string
  url?: string
  [key: string]: unknown
}

export interface Template {
  /** 17 digits, beyond 2^53 on purpose: such ids exist (reference, section 3.6). */
  id: string
  name: string
  language: string
  category: string
  /** The category before the last change, for `previous_category`. */
  previousCategory: string | null
  status: string
  parameterFormat: 'POSITIONAL' | 'NAMED'
  components: TemplateComponent[]
  qualityScore: string
  rejectedReason: string
  ttlSeconds: number | null
  createdAtMs: number
  /** Edits while approved, for the limits of section 3.3. */
  editedAtMs: number[]
  plan: SendPlan
}

/** What is decided by whoever makes a template. */
export interface NewTemplate {
  name: string
  language: string
  category: string
  status: string
  parameterFormat: 'POSITIONAL' | 'NAMED'
  components: TemplateComponent[]
  ttlSeconds: number | null
}

/** What a send must bring, worked out once a template and not once a message. */
export interface SendPlan {
  header: HeaderPlan
  /** Names, or `1`, `2` … in order. */
  body: { text: string; variables: string[] }
  buttons: { type: string; hasVariable: boolean }[]
}

export type HeaderPlan =
  | { kind: 'none' }
  | { kind: 'text'; variables: string[] }
  /** `image`, `video`, `document` or `location`. */
  | { kind: 'media'; format: string }

const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The variables of a text, each once, in order of appearance. */
export function variablesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(VARIABLE), (match) => match[1] ?? ''))]
}

/** The text with its variables filled in. */
export function hydrate(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => values.get(name) ?? whole)
}

export function createSendPlan(components: readonly TemplateComponent[]): SendPlan {
  const plan: SendPlan = {
    header: { kind: 'none' },
    body: { text: '', variables: [] },
    buttons: [],
  }
  for (const component of components) {
    const text = component.text ?? ''
    if (component.type === 'HEADER') plan.header = planHeader(component.format ?? 'TEXT', text)
    if (component.type === 'BODY') plan.body = { text, variables: variablesOf(text) }
    for (const button of component.buttons ?? []) {
      plan.buttons.push({
        type: button.type,
        hasVariable: variablesOf(button.url ?? '').length > 0 || button.type === 'COPY_CODE',
      })
    }
  }
  return plan
}

function planHeader(format: string, text: string): HeaderPlan {
  return format === 'TEXT'
    ? { kind: 'text', variables: variablesOf(text) }
    : { kind: 'media', format: format.toLowerCase() }
}
