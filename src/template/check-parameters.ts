/**
 * Do these parameters fit the template? Every fault is named, before anything is queued (reference,
 * sections 2.2 and 8.3: 132000, 132005, 132012, 132018, 131008).
 */

import type { FieldError } from '../lib/errors.ts'
import { fieldWithin } from '../lib/strict-json.ts'
import { checkComponents } from './check-components.ts'
import { checkLength, checkText, fault, isObject } from './parameter-faults.ts'
import type { TemplateShape } from './template-shape.ts'

/**
 * @param given an array (by position) or an object (by name) of the body's variables, or
 *   `{ components: […] }`, Meta's own form, where header or buttons need something, too
 * @param path of the template in the request: `template`, or `messages[3].template`
 * @returns nothing where all fits
 */
export function checkParameters(
  shape: TemplateShape,
  given: unknown,
  path = 'template',
): FieldError[] {
  if (isObject(given) && 'components' in given) {
    return checkComponents(shape, given['components'], `${path}.components`)
  }
  const field = `${path}.parameters`
  const values = readValues(shape, given ?? [], field)
  if (!values.ok) return values.errors
  return [
    ...[...values.texts].flatMap(([name, text], index) =>
      checkText(text, fieldWithin(field, shape.format === 'NAMED' ? name : index)),
    ),
    ...checkLength(shape, values.texts, field),
    ...needsComponents(shape, path),
  ]
}

type Values = { ok: true; texts: Map<string, string> } | { ok: false; errors: FieldError[] }

function readValues(shape: TemplateShape, given: unknown, field: string): Values {
  if (Array.isArray(given)) return readPositions(shape, given, field)
  if (isObject(given)) return readNames(shape, given, field)
  const detail = 'is neither a list nor an object'
  return { ok: false, errors: [fault(field, 'wrong_type', detail, howMany(shape))] }
}

function readPositions(shape: TemplateShape, given: unknown[], field: string): Values {
  const { variables } = shape.body
  if (shape.format === 'NAMED' && given.length > 0) {
    const detail = 'is a list, but the variables of this template have names'
    return { ok: false, errors: [fault(field, 'wrong_type', detail, howMany(shape))] }
  }
  if (given.length !== variables.length) {
    const detail = `has ${String(given.length)} of ${String(variables.length)} values`
    return { ok: false, errors: [fault(field, 'out_of_range', detail, howMany(shape))] }
  }
  return texts(
    given.map((value, index) => [variables[index] ?? '', value, fieldWithin(field, index)]),
  )
}

function readNames(
  shape: TemplateShape,
  given: Readonly<Record<string, unknown>>,
  field: string,
): Values {
  const { variables } = shape.body
  if (shape.format !== 'NAMED') {
    const detail = 'is an object, but the variables of this template are numbered'
    return { ok: false, errors: [fault(field, 'wrong_type', detail, howMany(shape))] }
  }
  const errors = [
    ...variables
      .filter((name) => !Object.hasOwn(given, name))
      .map((name) => fault(fieldWithin(field, name), 'required', 'is missing', howMany(shape))),
    ...Object.keys(given)
      .filter((name) => !variables.includes(name))
      .map((name) =>
        fault(fieldWithin(field, name), 'unsupported_value', 'is no variable', howMany(shape)),
      ),
  ]
  if (errors.length > 0) return { ok: false, errors }
  return texts(variables.map((name) => [name, given[name], fieldWithin(field, name)]))
}

function texts(entries: readonly (readonly [string, unknown, string])[]): Values {
  const errors = entries
    .filter(([, value]) => typeof value !== 'string')
    .map(([, , field]) => fault(field, 'wrong_type', 'is no text', 'Give it as a JSON string.'))
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, texts: new Map(entries.map(([name, value]) => [name, value as string])) }
}

/** A list or an object fills the body alone. */
function needsComponents(shape: TemplateShape, path: string): FieldError[] {
  const { header, buttons } = shape
  const wanted = [
    ...(header.kind === 'text' && header.variables.length > 0 ? ['a text for its header'] : []),
    ...(header.kind !== 'text' && header.kind !== 'none'
      ? [`a header of kind ${header.kind === 'other' ? header.format : header.kind}`]
      : []),
    ...buttons.flatMap((button, index) =>
      button.needsParameter ? [`a parameter for its button ${String(index)}`] : [],
    ),
  ]
  if (wanted.length === 0) return []
  const detail = `the template needs ${wanted.join(' and ')}`
  const remedy = "Give template.components, in Meta's own form, instead of template.parameters."
  return [fault(`${path}.components`, 'required', detail, remedy)]
}

/** What would fit. */
function howMany({ format, body }: TemplateShape): string {
  const { variables } = body
  if (variables.length === 0) return 'Leave the parameters out: the body has no variables.'
  return format === 'NAMED'
    ? `Give an object with a text for each of: ${variables.join(', ')}.`
    : `Give a list of ${String(variables.length)} texts, in the order of the variables.`
}
