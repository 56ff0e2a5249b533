import type { FieldError } from '../lib/errors.ts'
import { lengthInWords } from '../lib/text-length.ts'
import { BODY_LIMIT, wireText } from './parameter-text.ts'
import { fillIn } from './template-shape.ts'
import type { TemplateShape } from './template-shape.ts'

/**
 * What Meta would refuse, or no table could keep. Line breaks and runs of spaces are no fault: they
 * are mended when the message is sent.
 */
export function checkText(text: string, field: string): FieldError[] {
  if (text.includes('\0')) {
    return [fault(field, 'nul_character', 'contains the character U+0000', 'Leave it out.')]
  }
  if (text.trim() !== '') return []
  return [fault(field, 'blank', 'is empty', 'Give it a value: Meta refuses an empty parameter.')]
}

/** The body holds 1,024 characters, before and after it is filled in. */
export function checkLength(
  shape: TemplateShape,
  values: ReadonlyMap<string, string>,
  field: string,
): FieldError[] {
  const wire = new Map([...values].map(([name, text]) => [name, wireText(text, Infinity)]))
  const filled = fillIn(shape.body.text, wire)
  if (filled.length <= BODY_LIMIT) return []
  const detail = `make a body of ${lengthInWords(filled)}; Meta allows ${String(BODY_LIMIT)}`
  return [fault(field, 'too_long', detail, 'Shorten the longest value.')]
}

export function fault(field: string, code: string, detail: string, remedy: string): FieldError {
  return { field, code, detail, remedy }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
