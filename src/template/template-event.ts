/** What a webhook says of a template (reference, section 3.6). Pure. */

import { findUnstorable } from '../lib/strict-json.ts'
import { isObject } from './parameter-faults.ts'

/** Meta's own words beside a status, by Meta's names. */
export interface SaidOfStatus {
  /** Where it is no status of a list: `FLAGGED`. */
  event?: string
  /** `FIRST_PAUSE`, `RATE_LIMITING_PAUSE` … */
  title?: string
  description?: string
  /** Of a rejection, in a sentence. */
  reason?: string
  recommendation?: string
  disable_date?: string
}

export interface TemplateEvent {
  businessAccountId: string
  template_name: string
  /** With an underscore, whatever Meta wrote. */
  language: string
  /** Meta's time, RFC 3339; null where it is missing. */
  metaAt: string | null
  /** Absent: this event does not speak of it. */
  status?: string
  rejected_reason?: string | null
  /** Absent where Meta says nothing beside the status. */
  said?: SaidOfStatus
  quality?: string
  category?: string
  previous_category?: string | null
  /** What the category will become within a day; null: it is no announcement. */
  correct_category?: string | null
}

/**
 * Statuses that a list has, too. `FLAGGED`, `LOCKED`, `REINSTATED` and words that are not known here
 * do not say whether it may be sent: the list is read.
 */
const STATUSES = new Set([
  'APPROVED',
  'PENDING',
  'REJECTED',
  'PAUSED',
  'DISABLED',
  'IN_APPEAL',
  'PENDING_DELETION',
  'DELETED',
  'ARCHIVED',
  'LIMIT_EXCEEDED',
])

const FIELDS = [
  'message_template_status_update',
  'message_template_quality_update',
  'message_template_components_update',
  'template_category_update',
]

export function isTemplateField(field: string): boolean {
  return FIELDS.includes(field)
}

/**
 * Matched by name and language: ids come as JSON numbers beyond 2^53 and are rounded when they are read.
 *
 * @returns undefined where it names no template
 */
export function readTemplateEvent(
  field: string,
  value: Readonly<Record<string, unknown>>,
  envelope: { businessAccountId: string | null; metaAt: string | null },
): TemplateEvent | undefined {
  const name = textOf(value['message_template_name'])
  const language = textOf(value['message_template_language'])
  const { businessAccountId, metaAt } = envelope
  if (name === null || language === null || businessAccountId === null) return undefined
  const event = {
    businessAccountId,
    template_name: name,
    language: language.replaceAll('-', '_'),
    metaAt,
  }
  switch (field) {
    case 'message_template_status_update':
      return { ...event, ...readStatus(value) }
    case 'message_template_quality_update':
      return { ...event, ...optional('quality', textOf(value['new_quality_score'])) }
    case 'template_category_update':
      return { ...event, ...readCategory(value) }
    default:
      return event
  }
}

function readStatus(value: Readonly<Record<string, unknown>>): Partial<TemplateEvent> {
  const event = textOf(value['event'])?.toUpperCase()
  if (event === undefined) return {}
  const words = readSaid(value)
  if (!STATUSES.has(event)) return hasWords(words) ? { said: { event, ...words } } : {}
  const reason = textOf(value['reason'])
  const code = reason === 'NONE' ? null : reason
  const { reason: sentence, ...others } = words
  // Without a code the sentence is the reason, and stands there alone.
  const said = event === 'REJECTED' && code === null ? others : words
  return {
    status: event,
    rejected_reason: event === 'REJECTED' ? (code ?? sentence ?? null) : null,
    ...(hasWords(said) && { said }),
  }
}

/** Why, and what to do: each may be missing, and none decides anything. */
function readSaid(value: Readonly<Record<string, unknown>>): SaidOfStatus {
  const within = (key: string): Readonly<Record<string, unknown>> => {
    const part = value[key]
    return isObject(part) ? part : {}
  }
  const [other, rejection, disabling] = ['other_info', 'rejection_info', 'disable_info'].map(within)
  return {
    ...optional('title', wordsOf(other?.['title'])),
    ...optional('description', wordsOf(other?.['description'])),
    ...optional('reason', wordsOf(rejection?.['reason'])),
    ...optional('recommendation', wordsOf(rejection?.['recommendation'])),
    ...optional('disable_date', wordsOf(disabling?.['disable_date'])),
  }
}

function hasWords(said: SaidOfStatus): boolean {
  return Object.keys(said).length > 0
}

/** What no database can hold is left out: the status counts without it. */
function wordsOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : textOf(value)
  return text === null || findUnstorable(text).length > 0 ? null : text
}

/** The notice a day ahead holds the present category in `new_category`. */
function readCategory(value: Readonly<Record<string, unknown>>): Partial<TemplateEvent> {
  const correct = textOf(value['correct_category'])
  if (correct !== null) return { correct_category: correct.toUpperCase() }
  const category = textOf(value['new_category'])
  if (category === null) return {}
  return {
    category: category.toUpperCase(),
    previous_category: textOf(value['previous_category'])?.toUpperCase() ?? null,
    correct_category: null,
  }
}

function optional<Key extends string>(key: Key, value: string | null) {
  return value === null ? {} : { [key]: value }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
