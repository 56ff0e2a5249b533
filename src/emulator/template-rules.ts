import { isObject, textOf } from './json.ts'
import type { JsonObject } from './json.ts'
import { writePreset } from './authentication-template.ts'
import { refuseDraft } from './refuse-draft.ts'
import type { Refusal } from './refusal.ts'
import { variablesOf } from './template.ts'
import type { TemplateButton, TemplateComponent } from './template.ts'

export const CATEGORIES = ['AUTHENTICATION', 'MARKETING', 'UTILITY'] as const

/** A create or edit body that Meta would take into review. */
export interface TemplateDraft {
  parameterFormat: 'POSITIONAL' | 'NAMED'
  components: TemplateComponent[]
}

export type DraftCheck = { draft: TemplateDraft } | { refusal: Refusal }

const LIMITS = { header: 60, body: 1024, footer: 60, label: 25, buttons: 10, url: 2000 } as const

/** The rules of the create body (reference, section 3.2). @param body of an edit with the template's category */
export function checkDraft(body: JsonObject): DraftCheck {
  const parameterFormat = textOf(body['parameter_format'] ?? 'POSITIONAL').toUpperCase()
  if (parameterFormat !== 'POSITIONAL' && parameterFormat !== 'NAMED') {
    return { refusal: refuseDraft('parameter_format must be POSITIONAL or NAMED') }
  }
  const given = body['components']
  if (!Array.isArray(given) || !given.every(isObject)) {
    return { refusal: refuseDraft('components must be a list') }
  }
  const isPreset = textOf(body['category']).toUpperCase() === 'AUTHENTICATION'
  const normal = given.map(normalise)
  const preset = isPreset ? writePreset(normal) : { components: normal }
  if ('refusal' in preset) return preset
  const { components } = preset
  const bodies = components.filter((component) => component.type === 'BODY')
  if (bodies.length !== 1) return { refusal: refuseDraft('a template has one BODY') }
  for (const component of components) {
    const refusal = checkComponent(component, parameterFormat === 'NAMED')
    if (refusal !== undefined) return { refusal }
  }
  return { draft: { parameterFormat, components } }
}

/** Types and formats in capitals, whatever the caller wrote. */
function normalise(component: JsonObject): TemplateComponent {
  const shaped: TemplateComponent = { ...component, type: capitals(component['type']) }
  if (component['format'] !== undefined) shaped.format = capitals(component['format'])
  const { buttons } = component
  if (Array.isArray(buttons)) {
    shaped.buttons = buttons
      .filter(isObject)
      .map((button): TemplateButton => ({ ...button, type: capitals(button['type']) }))
  }
  return shaped
}

function capitals(value: unknown): string {
  return textOf(value).toUpperCase()
}

function checkComponent(component: TemplateComponent, named: boolean): Refusal | undefined {
  switch (component.type) {
    case 'HEADER':
      return checkHeader(component, named)
    case 'BODY':
      return checkBody(component, named)
    case 'FOOTER':
      return checkFooter(component.text ?? '')
    case 'BUTTONS':
      return checkButtons(component.buttons ?? [])
    default:
      return refuseDraft(`there is no component of type ${component.type}`)
  }
}

function checkHeader(component: TemplateComponent, named: boolean): Refusal | undefined {
  const { format = 'TEXT', text = '' } = component
  if (format === 'LOCATION') return undefined
  if (['IMAGE', 'VIDEO', 'DOCUMENT'].includes(format)) {
    const handle = component.example?.['header_handle']
    return Array.isArray(handle) && typeof handle[0] === 'string'
      ? undefined
      : refuseDraft('a media header needs example.header_handle', 2388047)
  }
  if (format !== 'TEXT') return refuseDraft(`there is no header of format ${format}`, 2388047)
  if (text === '' || text.length > LIMITS.header) return refuseLength('header', LIMITS.header)
  const variables = variablesOf(text)
  if (variables.length > 1) return refuseDraft('a header has one variable at most', 2388047)
  return (
    checkVariables(variables, named) ??
    checkExample(variables, component.example, named ? 'header_text_named_params' : 'header_text')
  )
}

function checkBody(component: TemplateComponent, named: boolean): Refusal | undefined {
  const { text = '' } = component
  if (text === '' || text.length > LIMITS.body) return refuseLength('body', LIMITS.body)
  const variables = variablesOf(text)
  const trimmed = text.trim()
  if (trimmed.startsWith('{{') || trimmed.endsWith('}}')) {
    return refuseDraft('a variable stands at the start or the end of the body', 2388299)
  }
  if (/\}\}\s*\{\{/.test(text)) {
    return refuseDraft('two variables stand side by side (INVALID_FORMAT)', 2388072)
  }
  // The pages name no figure: two words a variable and one more is assumed.
  const words = text
    .replace(/\{\{[^{}]*\}\}/g, ' ')
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word))
  if (variables.length > 0 && words.length < variables.length * 2 + 1) {
    return refuseDraft('too many variables for the length of the body', 2388293)
  }
  return (
    checkVariables(variables, named) ??
    checkExample(variables, component.example, named ? 'body_text_named_params' : 'body_text')
  )
}

function checkFooter(text: string): Refusal | undefined {
  if (text === '' || text.length > LIMITS.footer) return refuseLength('footer', LIMITS.footer)
  return variablesOf(text).length > 0
    ? refuseDraft('a footer has no variables', 2388073)
    : undefined
}

const BUTTON_COUNTS: Readonly<Record<string, number>> = { URL: 2, PHONE_NUMBER: 1, COPY_CODE: 1 }

function checkButtons(buttons: readonly TemplateButton[]): Refusal | undefined {
  if (buttons.length < 1 || buttons.length > LIMITS.buttons) {
    return refuseDraft(`a template has 1 to ${String(LIMITS.buttons)} buttons`)
  }
  for (const [type, most] of Object.entries(BUTTON_COUNTS)) {
    if (buttons.filter((button) => button.type === type).length > most) {
      return refuseDraft(`at most ${String(most)} buttons of type ${type}`)
    }
  }
  const quick = buttons.map((button) => button.type === 'QUICK_REPLY')
  const count = quick.filter(Boolean).length
  if (count > 0 && quick.lastIndexOf(true) - quick.indexOf(true) + 1 > count) {
    return refuseDraft('quick replies stand together')
  }
  for (const button of buttons) {
    const refusal = checkButton(button)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

function checkButton({ type, text = '', url = '', example }: TemplateButton): Refusal | undefined {
  if (type !== 'COPY_CODE' && (text === '' || text.length > LIMITS.label)) {
    return refuseLength('button label', LIMITS.label)
  }
  if (type !== 'URL') return undefined
  if (url === '' || url.length > LIMITS.url) return refuseLength('button URL', LIMITS.url)
  if (/^https?:\/\/(?:www\.)?wa\.me\b/.test(url)) return refuseDraft('links to wa.me are refused')
  const variables = variablesOf(url)
  if (variables.length === 0) return undefined
  if (variables.length > 1 || !url.endsWith('{{1}}')) {
    return refuseDraft('a URL has one variable, {{1}}, at its end')
  }
  return Array.isArray(example) && example.length > 0
    ? undefined
    : refuseDraft('a URL with a variable needs an example')
}

function checkVariables(variables: readonly string[], named: boolean): Refusal | undefined {
  for (const [place, variable] of variables.entries()) {
    if (named ? !/^[a-z_][a-z0-9_]*$/.test(variable) : variable !== String(place + 1)) {
      return refuseDraft(
        named
          ? `{{${variable}}} is no name of lower-case letters and underscores`
          : `the variables are not numbered 1, 2, 3 in order`,
        2388072,
      )
    }
  }
  return undefined
}

function checkExample(
  variables: readonly string[],
  example: Record<string, unknown> | undefined,
  field: string,
): Refusal | undefined {
  if (variables.length === 0) return undefined
  const given = example?.[field]
  const values: unknown = field === 'body_text' && Array.isArray(given) ? given[0] : given
  return Array.isArray(values) && values.length === variables.length
    ? undefined
    : refuseDraft(`example.${field} needs a value for every variable`, 2388072)
}

function refuseLength(part: string, limit: number): Refusal {
  return refuseDraft(`the ${part} has 1 to ${String(limit)} characters`, 2388040)
}
