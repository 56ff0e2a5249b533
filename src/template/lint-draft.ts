/** A create body of Meta's (reference, section 3.2), of which nothing is taken for granted. Pure. */

import { fieldWithin } from '../lib/strict-json.ts'
import { isObject } from './parameter-faults.ts'

export type Given = Readonly<Record<string, unknown>>

export interface DraftPart {
  /** From the body's root, `components[0]`. */
  path: string
  /** In capitals. */
  type: string
  /** Null where it is missing or no text. */
  text: string | null
  given: Given
}

export interface DraftComponent extends DraftPart {
  /** Of a header, in capitals; TEXT where it is missing. */
  format: string
  buttons: DraftPart[]
}

export interface Draft {
  given: Given
  /** Meta's base language, `pt` of `pt_BR`; `` where it cannot be read. */
  baseLanguage: string
  /** In capitals. */
  category: string
  format: 'POSITIONAL' | 'NAMED'
  components: DraftComponent[]
}

export function readDraft(given: Given): Draft {
  const components = given['components']
  return {
    given,
    baseLanguage: textOf(given['language']).split(/[_-]/)[0]?.toLowerCase() ?? '',
    category: textOf(given['category']).toUpperCase(),
    format: textOf(given['parameter_format']).toUpperCase() === 'NAMED' ? 'NAMED' : 'POSITIONAL',
    components: Array.isArray(components)
      ? components.map((one: unknown, index) =>
          readComponent(one, fieldWithin('components', index)),
        )
      : [],
  }
}

function readComponent(value: unknown, path: string): DraftComponent {
  const part = readPart(value, path)
  const { buttons, format } = part.given
  return {
    ...part,
    format: format === undefined ? 'TEXT' : textOf(format).toUpperCase(),
    buttons: Array.isArray(buttons)
      ? buttons.map((one: unknown, index) => readPart(one, fieldWithin(`${path}.buttons`, index)))
      : [],
  }
}

function readPart(value: unknown, path: string): DraftPart {
  const given = isObject(value) ? value : {}
  const { text } = given
  return {
    path,
    type: textOf(given['type']).toUpperCase(),
    text: typeof text === 'string' ? text : null,
    given,
  }
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
