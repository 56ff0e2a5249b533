/** What a webhook says of a template (reference, section 3.6). Pure. */

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
  const status = textOf(value['event'])?.toUpperCase()
  if (status === undefined || !STATUSES.has(status)) return {}
  const reason = textOf(value['reason'])
  return { status, rejected_reason: status === 'REJECTED' && reason !== 'NONE' ? reason : null }
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
