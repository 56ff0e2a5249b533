/** What a template asks of a message, read from Meta's components (reference, sections 2.2 and 3.2). */

export interface TemplateShape {
  /** NAMED: parameters have names; POSITIONAL: they stand in the order of `{{1}}`, `{{2}}` … */
  format: 'POSITIONAL' | 'NAMED'
  header: HeaderShape
  body: { text: string; variables: readonly string[] }
  footer: string | null
  buttons: readonly ButtonShape[]
}

export type HeaderShape =
  | { kind: 'none' }
  | { kind: 'text'; text: string; variables: readonly string[] }
  /** A new file, or place, with every message: the sample of the approval is not used again. */
  | { kind: 'image' | 'video' | 'document' | 'location' }
  /** One that is not known here. */
  | { kind: 'other'; format: string }

export interface ButtonShape {
  /** Meta's: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE` … */
  type: string
  text: string
  url: string | null
  /** A URL's variable at its end, or the code to copy: the message must bring it. */
  needsParameter: boolean
}

const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The variables of a text, each once, in order of appearance: `1`, `2` … or names. */
export function variablesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(VARIABLE), (match) => match[1] ?? ''))]
}

/** The text with its variables filled in; one without a value stays as it is. */
export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => values.get(name) ?? whole)
}

/**
 * @param components Meta's, of which nothing is taken for granted
 * @param parameterFormat Meta's `parameter_format`; everything but NAMED is positional
 */
export function readShape(components: unknown, parameterFormat: string | null): TemplateShape {
  const shape: TemplateShape = {
    format: parameterFormat?.toUpperCase() === 'NAMED' ? 'NAMED' : 'POSITIONAL',
    header: { kind: 'none' },
    body: { text: '', variables: [] },
    footer: null,
    buttons: [],
  }
  const hasCode = objects(components).some((one) => objects(one['buttons']).some(isCodeButton))
  for (const component of objects(components)) {
    const text = textAt(component, 'text') ?? ''
    switch (textAt(component, 'type')?.toUpperCase() ?? '') {
      case 'HEADER':
        shape.header = readHeader(textAt(component, 'format') ?? 'TEXT', text)
        break
      case 'BODY':
        shape.body = isWrittenByMeta(component, hasCode)
          ? { text: '', variables: ['1'] }
          : { text, variables: inOrder(variablesOf(text), shape.format) }
        break
      case 'FOOTER':
        shape.footer = text
        break
      case 'BUTTONS':
        shape.buttons = objects(component['buttons']).map(readButton)
        break
      default:
    }
  }
  return shape
}

function readHeader(format: string, text: string): HeaderShape {
  switch (format.toUpperCase()) {
    case 'TEXT':
      return { kind: 'text', text, variables: variablesOf(text) }
    case 'IMAGE':
      return { kind: 'image' }
    case 'VIDEO':
      return { kind: 'video' }
    case 'DOCUMENT':
      return { kind: 'document' }
    case 'LOCATION':
      return { kind: 'location' }
    default:
      return { kind: 'other', format }
  }
}

/** As submitted, until Meta's list shows its text: that of a one-time code has one variable, the code. */
function isWrittenByMeta(body: Record<string, unknown>, hasCode: boolean): boolean {
  return textAt(body, 'text') === null && (hasCode || 'add_security_recommendation' in body)
}

function isCodeButton(button: Record<string, unknown>): boolean {
  return textAt(button, 'type')?.toUpperCase() === 'OTP'
}

function readButton(button: Record<string, unknown>): ButtonShape {
  // Meta lists it as a URL with the code as its variable, and a message fills it as one.
  if (isCodeButton(button)) {
    return { type: 'URL', text: textAt(button, 'text') ?? '', url: null, needsParameter: true }
  }
  const type = textAt(button, 'type')?.toUpperCase() ?? ''
  const url = textAt(button, 'url')
  const needsParameter = type === 'COPY_CODE' || (url !== null && variablesOf(url).length > 0)
  return { type, text: textAt(button, 'text') ?? '', url, needsParameter }
}

/** `{{2}} … {{1}}`: the first parameter is still the one of `{{1}}`. */
function inOrder(variables: string[], format: TemplateShape['format']): string[] {
  return format === 'NAMED' ? variables : variables.sort((a, b) => Number(a) - Number(b))
}

function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value)
    ? value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
    : []
}

function textAt(object: Record<string, unknown>, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
