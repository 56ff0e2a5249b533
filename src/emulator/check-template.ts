import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { MediaStore } from './media-store.ts'
import { checkMedia } from './check-content.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { hydrate } from './template.ts'
import type { SendPlan, Template } from './template.ts'
import type { TemplateStore } from './template-store.ts'

export interface TemplateContext {
  templates: TemplateStore
  media: MediaStore
  /** Graph version of the call. */
  version: number
  nowMs: number
}

export type TemplateCheck = { template: Template } | { refusal: Refusal }

/** Name, language, approval, then the parameters (reference, sections 2.2 and 8.3). */
export function checkTemplate(body: unknown, context: TemplateContext): TemplateCheck {
  if (!isObject(body)) return { refusal: refuseParameter('The parameter template is required.') }
  const unexpected = findUnexpected(body, ['name', 'namespace', 'language', 'components'])
  if (unexpected !== undefined) {
    return { refusal: refuseParameter(`Unexpected key "${unexpected}" on param "template".`) }
  }
  const { name, language, components = [] } = body
  if (typeof name !== 'string' || name === '') {
    return { refusal: refuseParameter("The parameter template['name'] is required.") }
  }
  const code = isObject(language) ? language['code'] : undefined
  if (typeof code !== 'string' || code === '') {
    return { refusal: refuseParameter("The parameter template['language']['code'] is required.") }
  }
  if (!Array.isArray(components)) {
    return { refusal: refuseParameter("Param template['components'] must be an array.") }
  }
  const template = context.templates.find(name, code)
  const refusal = checkStatus(template, name, code)
  if (refusal !== undefined) return { refusal }
  if (template === undefined) return { refusal: notFound(name, code) }
  const wrong = checkComponents(components, template.plan, template.parameterFormat, context)
  return wrong === undefined ? { template } : { refusal: wrong }
}

function checkStatus(
  template: Template | undefined,
  name: string,
  code: string,
): Refusal | undefined {
  switch (template?.status) {
    case 'APPROVED':
      return undefined
    case 'PAUSED':
      return refuse(132015, 'The template is paused because of its quality')
    case 'DISABLED':
      return refuse(132016, 'The template is disabled because of its quality')
    case undefined:
    default:
      return notFound(name, code)
  }
}

function notFound(name: string, code: string): Refusal {
  return refuse(132001, `template name (${name}) does not exist in ${code}`)
}

/** The components of a send against the plan of the template. */
function checkComponents(
  components: readonly unknown[],
  plan: SendPlan,
  format: Template['parameterFormat'],
  context: TemplateContext,
): Refusal | undefined {
  let header: unknown[] = []
  let body: unknown[] = []
  const buttons = new Map<string, { subType: unknown; parameters: unknown[] }>()
  for (const component of components) {
    if (!isObject(component)) return refuseParameter('A template component must be an object.')
    const { type, parameters = [] } = component
    if (!Array.isArray(parameters)) return refuseParameter('Component parameters must be an array.')
    if (type === 'header') header = parameters
    else if (type === 'body') body = parameters
    else if (type === 'button') {
      // A number has been seen accepted as index too (reference, section 2.2).
      buttons.set(String(component['index']), { subType: component['sub_type'], parameters })
    } else {
      return refuseParameter(
        `Param type must be one of {HEADER, BODY, BUTTON} - got "${String(type)}".`,
      )
    }
  }
  return (
    checkHeader(header, plan, format, context) ??
    checkBody(body, plan, format, context) ??
    checkButtons(buttons, plan, context)
  )
}

function checkHeader(
  parameters: readonly unknown[],
  { header }: SendPlan,
  format: Template['parameterFormat'],
  context: TemplateContext,
): Refusal | undefined {
  if (header.kind !== 'media') {
    const variables = header.kind === 'text' ? header.variables : []
    const read = readTexts('header', parameters, variables, format, context)
    return 'refusal' in read ? read.refusal : undefined
  }
  const wanted = header.format.toUpperCase()
  const parameter = parameters[0]
  if (parameters.length !== 1 || !isObject(parameter)) {
    return refuse(132012, `header: Format mismatch, expected ${wanted}, received UNKNOWN`)
  }
  const type = parameter['type']
  if (type !== header.format) {
    const received = String(type).toUpperCase()
    return refuse(132012, `header: Format mismatch, expected ${wanted}, received ${received}`)
  }
  if (header.format === 'location') {
    return isObject(parameter['location'])
      ? undefined
      : refuse(131008, 'header: location is missing')
  }
  return checkMedia(parameter[header.format], header.format, {
    ...context,
    mimeTypes: header.format === 'document' ? ['application/pdf'] : undefined,
  })
}

/** The body of a template holds 1,024 characters, before and after it is filled in. */
const BODY_LIMIT = 1024

function checkBody(
  parameters: readonly unknown[],
  { body }: SendPlan,
  format: Template['parameterFormat'],
  context: TemplateContext,
): Refusal | undefined {
  const read = readTexts('body', parameters, body.variables, format, context)
  if ('refusal' in read) return read.refusal
  if (body.variables.length > 0 && hydrate(body.text, read.values).length > BODY_LIMIT) {
    return refuse(132005, `body: the hydrated text is longer than ${String(BODY_LIMIT)} characters`)
  }
  return undefined
}

function checkButtons(
  given: ReadonlyMap<string, { subType: unknown; parameters: unknown[] }>,
  { buttons }: SendPlan,
  context: TemplateContext,
): Refusal | undefined {
  for (const [index, { subType, parameters }] of given) {
    const button = buttons[Number(index)]
    if (button === undefined) return refuse(132012, `buttons: there is no button at index ${index}`)
    if (typeof subType !== 'string' || subType.toUpperCase() !== button.type) {
      return refuse(132012, `buttons: the button at index ${index} is of type ${button.type}`)
    }
    const parameter = parameters[0]
    if (!isObject(parameter)) return refuse(131008, `buttons: no parameter at index ${index}`)
    const text = parameter['text'] ?? parameter['payload'] ?? parameter['coupon_code']
    if (typeof text === 'string') {
      const refusal = checkText(`button at index ${index}`, text, context)
      if (refusal !== undefined) return refusal
    } else if (button.type === 'URL' || button.type === 'QUICK_REPLY') {
      return refuse(131008, `buttons: the parameter at index ${index} has no text or payload`)
    }
  }
  const missing = buttons.findIndex((one, index) => one.hasVariable && !given.has(String(index)))
  if (missing === -1) return undefined
  const type = buttons[missing]?.type ?? ''
  return refuse(
    131008,
    `buttons: Button at index ${String(missing)} of type ${type} requires a parameter`,
  )
}

type Texts = { values: Map<string, string> } | { refusal: Refusal }

function readTexts(
  part: string,
  parameters: readonly unknown[],
  variables: readonly string[],
  format: Template['parameterFormat'],
  context: TemplateContext,
): Texts {
  if (parameters.length !== variables.length) {
    const details = `${part}: number of localizable_params (${String(parameters.length)}) does not match the expected number of params (${String(variables.length)})`
    return { refusal: refuse(132000, details) }
  }
  const values = new Map<string, string>()
  for (const [place, parameter] of parameters.entries()) {
    const name = format === 'NAMED' ? nameOf(parameter) : variables[place]
    if (name === undefined || !variables.includes(name) || values.has(name)) {
      const details = `${part}: Parameter name is missing or not in the template`
      return { refusal: refuse(132012, details) }
    }
    const text = readText(parameter)
    if (text === undefined) {
      const details = `${part}: Parameter of type text is missing text value`
      return { refusal: refuse(isTextual(parameter) ? 131008 : 132012, details) }
    }
    const refusal = checkText(part, text, context)
    if (refusal !== undefined) return { refusal }
    values.set(name, text)
  }
  return { values }
}

function nameOf(parameter: unknown): string | undefined {
  const name = isObject(parameter) ? parameter['parameter_name'] : undefined
  return typeof name === 'string' ? name : undefined
}

function isTextual(parameter: unknown): boolean {
  return isObject(parameter) && (parameter['type'] === 'text' || parameter['type'] === undefined)
}

/** The text that is shown; undefined where there is none or it is empty. */
function readText(parameter: unknown): string | undefined {
  if (!isObject(parameter)) return undefined
  const { type } = parameter
  const holder = type === 'currency' || type === 'date_time' ? parameter[type] : undefined
  const text = isObject(holder) ? holder['fallback_value'] : parameter['text']
  if (type !== 'text' && type !== 'currency' && type !== 'date_time') return undefined
  return typeof text === 'string' && text !== '' ? text : undefined
}

const REFUSED_SPACE = /[\n\r\t]| {5}/

/** Newlines, tabs and more than four spaces in a row: 132018 since v23.0, 132000 before. */
function checkText(part: string, text: string, { version }: TemplateContext): Refusal | undefined {
  if (!REFUSED_SPACE.test(text)) return undefined
  const details = `${part}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces`
  return refuse(version >= 23 ? 132018 : 132000, details)
}

function findUnexpected(body: JsonObject, known: readonly string[]): string | undefined {
  return Object.keys(body).find((key) => !known.includes(key))
}
