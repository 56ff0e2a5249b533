/** Meta's own form of the parameters: `components` with header, body and buttons (reference, 2.2). */

import type { FieldError } from '../lib/errors.ts'
import { fieldWithin } from '../lib/strict-json.ts'
import { lengthInWords } from '../lib/text-length.ts'
import { checkLength, checkText, fault, isObject } from './parameter-faults.ts'
import type { ButtonShape, HeaderShape, TemplateShape } from './template-shape.ts'

interface Part {
  field: string
  parameters: readonly unknown[]
}

/** The field of a button's parameter that holds its text. */
const BUTTON_TEXT: Readonly<Record<string, string>> = {
  URL: 'text',
  QUICK_REPLY: 'payload',
  COPY_CODE: 'coupon_code',
}
/** Reference, section 2.2; of a payload Meta's pages say nothing, 256 is what others allow. */
const MAX_PARAMETER = 2000

export function checkComponents(shape: TemplateShape, given: unknown, field: string): FieldError[] {
  if (!Array.isArray(given)) {
    return [fault(field, 'wrong_type', 'is no list', 'Give a list of components.')]
  }
  const errors: FieldError[] = []
  let header: Part | undefined
  let body: Part | undefined
  const buttons = new Map<string, Part & { subType: unknown }>()
  for (const [index, component] of given.entries()) {
    const at = fieldWithin(field, index)
    if (!isObject(component)) {
      errors.push(fault(at, 'wrong_type', 'is no object', 'Give a component.'))
      continue
    }
    const { type, parameters = [] } = component
    if (!Array.isArray(parameters)) {
      errors.push(fault(`${at}.parameters`, 'wrong_type', 'is no list', 'Give a list.'))
      continue
    }
    const part = { field: at, parameters: parameters as unknown[] }
    const isTwice =
      (type === 'header' && header !== undefined) || (type === 'body' && body !== undefined)
    if (isTwice) errors.push(fault(at, 'unsupported_value', 'comes twice', 'Leave one out.'))
    else if (type === 'header') header = part
    else if (type === 'body') body = part
    else if (type === 'button') {
      buttons.set(indexOf(component), { ...part, subType: component['sub_type'] })
    } else {
      const remedy = 'Use header, body or button.'
      errors.push(fault(`${at}.type`, 'unsupported_value', 'is no kind of component', remedy))
    }
  }
  return [
    ...errors,
    ...checkHeader(shape, header, field),
    ...checkBody(shape, body, field),
    ...checkButtons(shape.buttons, buttons, field),
  ]
}

/** Text as Meta documents it; a number has been seen accepted, too (reference, section 2.2). */
function indexOf({ index }: Record<string, unknown>): string {
  return typeof index === 'string' || typeof index === 'number' ? String(index) : ''
}

function checkHeader(shape: TemplateShape, part: Part | undefined, field: string): FieldError[] {
  const { header } = shape
  switch (header.kind) {
    case 'none':
      return part === undefined || part.parameters.length === 0 ? [] : [superfluous(part, 'header')]
    case 'text':
      return checkTextHeader(header, shape.format, part, field)
    case 'other':
      return checkFile(header.format.toLowerCase(), part, field)
    case 'image':
    case 'video':
    case 'document':
    case 'location':
      return checkFile(header.kind, part, field)
  }
}

function checkTextHeader(
  header: Extract<HeaderShape, { kind: 'text' }>,
  format: TemplateShape['format'],
  part: Part | undefined,
  field: string,
): FieldError[] {
  const read = readTexts(header.variables, format, part, 'header', field)
  return read.errors
}

function checkFile(kind: string, part: Part | undefined, field: string): FieldError[] {
  const remedy = `Give { "type": "header", "parameters": [{ "type": "${kind}", "${kind}": … }] }.`
  if (part === undefined) {
    return [fault(field, 'required', `has no header; the template needs its ${kind}`, remedy)]
  }
  const at = `${part.field}.parameters`
  const [parameter] = part.parameters
  if (part.parameters.length !== 1 || !isObject(parameter) || parameter['type'] !== kind) {
    return [fault(at, 'wrong_type', `is not one parameter of type ${kind}`, remedy)]
  }
  const content = parameter[kind]
  if (!isObject(content)) return [fault(`${at}[0].${kind}`, 'required', 'is missing', remedy)]
  return kind === 'location'
    ? checkPlace(content, `${at}[0].location`)
    : checkMedia(content, kind, `${at}[0].${kind}`)
}

function checkPlace(place: Record<string, unknown>, field: string): FieldError[] {
  return ['latitude', 'longitude'].flatMap((name) => {
    const value = Number(place[name])
    const most = name === 'latitude' ? 90 : 180
    const isThere = place[name] !== undefined && place[name] !== null && place[name] !== ''
    if (isThere && Math.abs(value) <= most) return []
    const remedy = `Give degrees from -${String(most)} to ${String(most)}.`
    return [fault(`${field}.${name}`, 'out_of_range', 'is no degrees', remedy)]
  })
}

function checkMedia(media: Record<string, unknown>, kind: string, field: string): FieldError[] {
  const { id, link, filename } = media
  const named = [id, link].filter((one) => typeof one === 'string' && one !== '')
  const errors: FieldError[] = []
  if (named.length !== 1) {
    const remedy = 'Give either the id of an upload or a link.'
    errors.push(fault(field, 'required', 'has not exactly one of id and link', remedy))
  } else if (typeof link === 'string' && link !== '' && !/^https?:\/\/\S+$/i.test(link)) {
    errors.push(
      fault(`${field}.link`, 'invalid_format', 'is no address', 'Start it with https://.'),
    )
  }
  if (kind === 'document' && typeof filename === 'string' && !/\.pdf$/i.test(filename)) {
    const remedy = 'Meta takes PDF files only in the header of a template.'
    errors.push(fault(`${field}.filename`, 'unsupported_value', 'does not end in .pdf', remedy))
  }
  return errors
}

function checkBody(shape: TemplateShape, part: Part | undefined, field: string): FieldError[] {
  const read = readTexts(shape.body.variables, shape.format, part, 'body', field)
  return read.errors.length > 0 ? read.errors : checkLength(shape, read.texts, part?.field ?? field)
}

function readTexts(
  variables: readonly string[],
  format: TemplateShape['format'],
  part: Part | undefined,
  name: 'header' | 'body',
  field: string,
): { texts: Map<string, string>; errors: FieldError[] } {
  const texts = new Map<string, string>()
  const given = part?.parameters ?? []
  const at = part === undefined ? field : `${part.field}.parameters`
  if (given.length !== variables.length) {
    const detail = `${name}: ${String(given.length)} of ${String(variables.length)} parameters`
    const remedy = `Give one for each variable of the ${name}.`
    return { texts, errors: [fault(at, 'out_of_range', detail, remedy)] }
  }
  const errors = given.flatMap((parameter, index): FieldError[] => {
    const here = fieldWithin(at, index)
    if (!isObject(parameter)) {
      return [fault(here, 'wrong_type', 'is no object', 'Give { "type": "text", "text": … }.')]
    }
    const named = parameter['parameter_name']
    const variable = format === 'NAMED' ? named : variables[index]
    if (typeof variable !== 'string' || !variables.includes(variable) || texts.has(variable)) {
      const remedy = `Name each once: ${variables.join(', ')}.`
      return [fault(`${here}.parameter_name`, 'unsupported_value', 'is no variable', remedy)]
    }
    const text = shownText(parameter)
    if (text === undefined) {
      return [fault(`${here}.text`, 'required', 'is missing', 'Give a text.')]
    }
    texts.set(variable, text)
    return checkText(text, `${here}.text`)
  })
  return { texts, errors }
}

/** The Cloud API prints the fallback value of amounts and dates. */
function shownText(parameter: Record<string, unknown>): string | undefined {
  const { type = 'text' } = parameter
  const holder = type === 'currency' || type === 'date_time' ? parameter[type] : undefined
  const text = isObject(holder) ? holder['fallback_value'] : parameter['text']
  return typeof text === 'string' ? text : undefined
}

function checkButtons(
  buttons: readonly ButtonShape[],
  given: ReadonlyMap<string, Part & { subType: unknown }>,
  field: string,
): FieldError[] {
  const missing = buttons.flatMap((button, index): FieldError[] => {
    if (!button.needsParameter || given.has(String(index))) return []
    const detail = `has nothing for button ${String(index)} (${button.type})`
    const remedy = `Give { "type": "button", "sub_type": "${button.type.toLowerCase()}", "index": "${String(index)}", "parameters": […] }.`
    return [fault(field, 'required', detail, remedy)]
  })
  const wrong = [...given].flatMap(([index, part]) => {
    const button = /^\d+$/.test(index) ? buttons[Number(index)] : undefined
    return button === undefined
      ? [
          fault(
            `${part.field}.index`,
            'out_of_range',
            'is no button of the template',
            numbered(buttons),
          ),
        ]
      : checkButton(button, part)
  })
  return [...missing, ...wrong]
}

function checkButton(button: ButtonShape, part: Part & { subType: unknown }): FieldError[] {
  if (typeof part.subType !== 'string' || part.subType.toUpperCase() !== button.type) {
    const remedy = `Write "sub_type": "${button.type.toLowerCase()}".`
    const detail = `is not the button's kind, ${button.type.toLowerCase()}`
    return [fault(`${part.field}.sub_type`, 'unsupported_value', detail, remedy)]
  }
  const key = BUTTON_TEXT[button.type]
  if (key === undefined) return []
  if (button.type === 'URL' && !button.needsParameter) {
    return part.parameters.length === 0 ? [] : [superfluous(part, 'button')]
  }
  const at = `${part.field}.parameters`
  const [parameter] = part.parameters
  const text = isObject(parameter) ? parameter[key] : undefined
  if (part.parameters.length !== 1 || typeof text !== 'string') {
    return [fault(at, 'required', `is not one parameter with ${key}`, `Give one with a ${key}.`)]
  }
  if (text.length > MAX_PARAMETER) {
    const remedy = `Give at most ${String(MAX_PARAMETER)} characters.`
    return [fault(`${at}[0].${key}`, 'too_long', `has ${lengthInWords(text)}`, remedy)]
  }
  return checkText(text, `${at}[0].${key}`)
}

function superfluous(part: Part, name: string): FieldError {
  const remedy = 'Leave it out.'
  return fault(
    part.field,
    'unsupported_value',
    `the template's ${name} takes no parameters`,
    remedy,
  )
}

function numbered(buttons: readonly ButtonShape[]): string {
  if (buttons.length === 0) return 'Leave it out: the template has no buttons.'
  return `They are numbered from 0 to ${String(buttons.length - 1)}.`
}
