/** What may be changed of a template (reference, section 3.3). Pure. */

import type { FieldError } from '../lib/errors.ts'
import { isObject } from './parameter-faults.ts'
import { USABLE } from './registered-template.ts'
import type { RegisteredTemplate } from './registered-template.ts'

/** Read from an edit's body; what is absent stays. */
export interface Edit {
  /** Fields of Meta's edit call; empty: nothing is asked of Meta. */
  atMeta: Readonly<Record<string, unknown>>
  template_key?: string | null
  is_active?: boolean
}

export type EditJudgement =
  | { kind: 'allowed' }
  | { kind: 'invalid'; errors: FieldError[] }
  | { kind: 'state'; detail: string }
  | { kind: 'too_often'; detail: string; retryAfterSeconds: number }

const AT_META = ['components', 'category', 'message_send_ttl_seconds'] as const
const EDITED = [...AT_META, 'template_key', 'is_active'] as const
const EDITABLE = ['APPROVED', 'REJECTED', 'PAUSED']
const DAY_MS = 86_400_000
const A_MONTH = 10
const MONTH_DAYS = 30

/** @returns the faults where a field cannot be read, or is none that an edit has */
export function readEdit(
  row: RegisteredTemplate,
  body: Readonly<Record<string, unknown>>,
): { ok: true; edit: Edit } | { ok: false; errors: FieldError[] } {
  const errors = [...readSame(row, body), ...readOwn(body), ...readUnknown(body)]
  if (errors.length === 0) errors.push(...readNothing(body))
  if (errors.length > 0) return { ok: false, errors }
  const { template_key: key, is_active: isActive } = body
  const atMeta = Object.fromEntries(
    AT_META.filter((field) => body[field] !== undefined).map((field) => [field, body[field]]),
  )
  return {
    ok: true,
    edit: {
      atMeta,
      ...(key !== undefined && { template_key: key as string | null }),
      ...(typeof isActive === 'boolean' && { is_active: isActive }),
    },
  }
}

/** Name, language and form of the variables are what they are. */
function readSame(row: RegisteredTemplate, body: Readonly<Record<string, unknown>>): FieldError[] {
  const own: readonly [string, string | null][] = [
    ['name', row.template_name],
    ['language', row.language],
    ['parameter_format', row.parameter_format],
  ]
  return own.flatMap(([field, value]) =>
    body[field] === undefined || value === null || body[field] === value
      ? []
      : [
          {
            field,
            code: 'unsupported_value',
            detail: 'cannot be changed',
            remedy: `Leave it out, or create another template; this one has ${value}.`,
          },
        ],
  )
}

function readOwn({
  template_key: key,
  is_active: isActive,
  components,
}: Readonly<Record<string, unknown>>) {
  const errors: FieldError[] = []
  const isKey = typeof key === 'string' && /^[\w.-]{1,128}$/.test(key)
  if (key !== undefined && key !== null && !isKey) errors.push(wrongKey())
  if (isActive !== undefined && typeof isActive !== 'boolean') {
    errors.push(wrong('is_active', 'is not true or false', 'Send true or false.'))
  }
  const isList = Array.isArray(components) && components.every(isObject)
  if (components !== undefined && !isList) {
    errors.push(wrong('components', 'is no list of objects', "Send all of Meta's components."))
  }
  return errors
}

/** A key is a word of ours: `po_approved` for orders. */
export function wrongKey(): FieldError {
  const detail = 'is not 1 to 128 letters, digits, dots, hyphens and underscores'
  return wrong('template_key', detail, 'Send po_approved for the template of orders, or null.')
}

function wrong(field: string, detail: string, remedy: string): FieldError {
  return { field, code: 'wrong_type', detail, remedy }
}

const KNOWN = new Set<string>([
  ...EDITED,
  'name',
  'language',
  'parameter_format',
  'allow_category_change',
])

function readUnknown(body: Readonly<Record<string, unknown>>): FieldError[] {
  return Object.keys(body)
    .filter((field) => !KNOWN.has(field))
    .map((field) => ({
      field,
      code: 'unknown_field',
      detail: 'is no field of an edit',
      remedy: 'Leave it out, or correct its name as the API reference (/docs) has it.',
    }))
}

function readNothing(body: Readonly<Record<string, unknown>>): FieldError[] {
  if (EDITED.some((field) => body[field] !== undefined)) return []
  const remedy = `Send one or more of ${EDITED.join(', ')}.`
  return [{ field: '', code: 'required', detail: 'has nothing to change', remedy }]
}

/**
 * @param edits when it was edited while approved in the last 30 days, as far as it was done here, the
 *   newest first
 * @param nowMs Unix time
 */
export function judgeEdit(
  row: RegisteredTemplate,
  edit: Edit,
  edits: readonly Date[],
  nowMs: number,
): EditJudgement {
  if (Object.keys(edit.atMeta).length === 0) return { kind: 'allowed' }
  if (!EDITABLE.includes(row.status)) {
    const detail = `A template that is ${row.status} cannot be edited; Meta allows it while it is APPROVED, REJECTED or PAUSED.`
    return { kind: 'state', detail }
  }
  if (row.status !== USABLE) return { kind: 'allowed' }
  const { category } = edit.atMeta
  if (typeof category === 'string' && category.toUpperCase() !== row.category) {
    const remedy = `Leave it out, or create another template; this one has ${row.category}.`
    const detail = 'of an approved template cannot be changed'
    return {
      kind: 'invalid',
      errors: [{ field: 'category', code: 'unsupported_value', detail, remedy }],
    }
  }
  return judgePace(edits, nowMs)
}

function judgePace(edits: readonly Date[], nowMs: number): EditJudgement {
  const last = edits[0]?.getTime() ?? -Infinity
  const tenth = edits[A_MONTH - 1]?.getTime() ?? -Infinity
  const freeAt = Math.max(last + DAY_MS, tenth + MONTH_DAYS * DAY_MS)
  if (freeAt <= nowMs) return { kind: 'allowed' }
  const at = new Date(freeAt).toISOString().replace(/\.\d+Z$/, 'Z')
  const detail = `Meta takes one edit of an approved template a day, and ten in thirty days: the next one is possible at ${at}.`
  return { kind: 'too_often', detail, retryAfterSeconds: (freeAt - nowMs) / 1000 }
}
