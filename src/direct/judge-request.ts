/** May this be sent? What the registry and the customer service window say of a request. Pure. */

import type { FieldError } from '../lib/errors.ts'
import { refuse } from './message-request.ts'
import type { MessageRequest, Refusal } from './message-request.ts'

/** A template of the asked name, in one of its languages. */
export interface KnownTemplate {
  language: string
  /** What does not fit, each field by its path in the request. */
  check: (parameters: unknown) => FieldError[]
}

export interface KnownFacts {
  /** By name; null before Meta's list was ever read: then the message waits, and is not refused. */
  templates: ReadonlyMap<string, readonly KnownTemplate[]> | null
  /** When the recipient's window closes; undefined where it is closed. */
  windowEndsAt: Date | undefined
  /** The recipient wants no messages of this tenant. */
  isOptedOut: boolean
}

export interface Judgement {
  ok: true
  language: string | null
  /** A free-form message is of no use after its window has closed. */
  expiresAt: Date | null
}

export function judgeRequest(
  request: MessageRequest,
  facts: KnownFacts,
  defaultLanguage: string,
): Judgement | Refusal {
  if (facts.isOptedOut) return refuseOptedOut()
  return request.template === null
    ? judgeFreeForm(request, facts.windowEndsAt)
    : judgeTemplate(request.template, facts.templates, defaultLanguage)
}

function refuseOptedOut(): Refusal {
  const detail = 'wants no messages'
  const remedy = 'Use another channel, or ask the supplier to agree again.'
  return refuse('opted_out', `The recipient ${detail}. ${remedy}`, [
    { field: 'to', code: 'opted_out', detail, remedy },
  ])
}

const WINDOW_REMEDY = 'Send an approved template instead (type template), which needs no window.'

/** Reference, section 6. */
function judgeFreeForm(
  { type }: MessageRequest,
  windowEndsAt: Date | undefined,
): Judgement | Refusal {
  if (windowEndsAt !== undefined) return { ok: true, language: null, expiresAt: windowEndsAt }
  const detail =
    'the recipient has not written to this business number in the last 24 hours, and Meta takes only templates then'
  const fault = { field: 'type', code: 'window_closed', detail, remedy: WINDOW_REMEDY }
  return refuse(
    'window_closed',
    `A message of type ${type.toLowerCase()} cannot be sent: ${detail}. ${WINDOW_REMEDY}`,
    [fault],
  )
}

function judgeTemplate(
  { name, language, parameters }: NonNullable<MessageRequest['template']>,
  templates: KnownFacts['templates'],
  defaultLanguage: string,
): Judgement | Refusal {
  const assumed = { ok: true, language: language ?? defaultLanguage, expiresAt: null } as const
  if (templates === null) return assumed
  const known = templates.get(name) ?? []
  const template = chooseLanguage(known, language, defaultLanguage)
  if (template === undefined) return notFound(name, language, known)
  const faults = template.check(parameters)
  if (faults.length === 0) return { ...assumed, language: template.language }
  const [first] = faults
  return refuse(
    'template_parameters',
    `The parameters do not fit the template ${name} (${template.language}): ` +
      (faults.length === 1 && first !== undefined
        ? `${first.field} ${first.detail}. ${first.remedy}`
        : `${String(faults.length)} faults, see errors.`),
    faults,
  )
}

/**
 * One that was asked for is used exactly: Meta has no fallback, and neither has a caller who says which.
 * Else the default language, or the only one there is.
 */
function chooseLanguage(
  known: readonly KnownTemplate[],
  asked: string | null,
  defaultLanguage: string,
): KnownTemplate | undefined {
  const wanted = asked ?? defaultLanguage
  const exact = known.find(({ language }) => language === wanted)
  return exact ?? (asked === null && known.length === 1 ? known[0] : undefined)
}

function notFound(name: string, asked: string | null, known: readonly KnownTemplate[]): Refusal {
  const languages = known.map(({ language }) => language).sort()
  if (languages.length === 0) {
    const remedy = 'Create it and have Meta approve it, or correct the name.'
    return refuse('template_not_found', `There is no template ${name}. ${remedy}`, [
      { field: 'template.name', code: 'template_not_found', detail: 'is not known', remedy },
    ])
  }
  const list = languages.join(', ')
  const detail =
    asked === null
      ? 'is not said, and the template is there in several, but not in the default one'
      : `is none that the template is there in: ${list}`
  const remedy = `Send one of: ${list}.`
  return refuse('template_not_found', `The language of the template ${name} ${detail}. ${remedy}`, [
    { field: 'template.language', code: 'template_not_found', detail, remedy },
  ])
}
