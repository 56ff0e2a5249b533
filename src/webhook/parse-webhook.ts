/**
 * Reads a webhook body into items. Pure, and tolerant: a field that nobody reads stays in the raw body, what is
 * not as it should be is named, and one odd item never hides the others (reference, sections 5.5 to 5.9).
 */

import { describeError, UNNAMED_ERROR } from '../cloud-api/error-catalogue.ts'
import { isTemplateField, readTemplateEvent } from '../template/template-event.ts'
import type { TemplateEvent } from '../template/template-event.ts'

/** One element of `statuses[]`. */
export interface StatusItem {
  wamid: string
  /** Meta's word: `sent`, `delivered`, `read`, `failed`, `played`, or one we do not know. */
  status: string
  /** Meta's time, RFC 3339; null where it is missing or no time. */
  metaAt: string | null
  phoneNumberId: string | null
  recipientId: string | null
  recipientUserId: string | null
  callbackData: string | null
  pricing: unknown
  error: { code: string; title: string; detail: string | null } | null
  /** The rest of the object, as Meta sent it. */
  detail: Record<string, unknown>
}

/** One element of `messages[]`: what a supplier wrote or tapped. */
export interface InboundItem {
  wamid: string
  type: string
  phoneNumberId: string | null
  fromWaId: string | null
  fromUserId: string | null
  /** Of the message that is quoted, or reacted to. */
  contextWamid: string | null
  text: string | null
  payload: string | null
  metaAt: string | null
  content: Record<string, unknown>
}

export interface ParsedWebhook {
  statuses: StatusItem[]
  inbound: InboundItem[]
  templates: TemplateEvent[]
  /** Fields that nobody reads. */
  others: string[]
  /** What could not be understood, such as `statuses[2] has no id`; places count within their own list. */
  faults: string[]
}

type Json = Record<string, unknown>

const SHOWN_FAULTS = 5

/** @param body free of what jsonb refuses: see `parseStorable` */
export function parseWebhook(body: unknown): ParsedWebhook {
  const parsed: ParsedWebhook = { statuses: [], inbound: [], templates: [], others: [], faults: [] }
  readEach('entry', get(body, 'entry'), parsed, (entry) => {
    readEach('changes', entry['changes'], parsed, (change) => {
      readChange(change, entry, parsed)
    })
  })
  return parsed
}

/** One sentence's worth of them. */
export function faultWords(faults: readonly string[]): string {
  const shown = faults.slice(0, SHOWN_FAULTS).join('; ')
  const more = faults.length - SHOWN_FAULTS
  return more > 0 ? `${shown}; and ${String(more)} more` : shown
}

function readChange(change: Json, entry: Json, parsed: ParsedWebhook): void {
  const field = text(change['field'])
  const value = isObject(change['value']) ? change['value'] : undefined
  if (field === null) parsed.faults.push('a change has no field')
  else if (value !== undefined && isTemplateField(field)) readTemplate(field, value, entry, parsed)
  else if (field !== 'messages') parsed.others.push(field)
  else if (value === undefined) parsed.faults.push('a change of messages has no value')
  else readMessages(value, parsed)
}

function readMessages(value: Json, parsed: ParsedWebhook): void {
  const phoneNumberId = id(get(value['metadata'], 'phone_number_id'))
  readEach('statuses', value['statuses'] ?? [], parsed, (status, index) => {
    const item = readStatus(status, phoneNumberId)
    if (item !== undefined) parsed.statuses.push(item)
    else parsed.faults.push(`statuses[${String(index)}] has no id or no status`)
  })
  readEach('messages', value['messages'] ?? [], parsed, (message, index) => {
    const item = readInbound(message, phoneNumberId)
    if (item !== undefined) parsed.inbound.push(item)
    else parsed.faults.push(`messages[${String(index)}] has no id`)
  })
}

function readTemplate(field: string, value: Json, entry: Json, parsed: ParsedWebhook): void {
  const envelope = { businessAccountId: id(entry['id']), metaAt: time(entry['time']) }
  const event = readTemplateEvent(field, value, envelope)
  if (event !== undefined) parsed.templates.push(event)
  else parsed.faults.push(`a change of ${field} names no template`)
}

/** The objects of a list; whatever else is in its place, or among them, is a fault. */
function readEach(
  name: string,
  list: unknown,
  { faults }: ParsedWebhook,
  read: (object: Json, index: number) => void,
): void {
  if (!Array.isArray(list)) {
    faults.push(`${name} is ${list === undefined ? 'missing' : 'no list'}`)
    return
  }
  for (const [index, element] of list.entries()) {
    if (isObject(element)) read(element, index)
    else faults.push(`${name}[${String(index)}] is no object`)
  }
}

function readStatus(object: Json, phoneNumberId: string | null): StatusItem | undefined {
  const wamid = text(object['id'])
  const status = text(object['status'])
  if (wamid === null || status === null) return undefined
  const {
    id: _id,
    status: _status,
    timestamp: _timestamp,
    biz_opaque_callback_data: _data,
    ...rest
  } = object
  return {
    wamid,
    status: status.toLowerCase(),
    metaAt: time(object['timestamp']),
    phoneNumberId,
    recipientId: id(object['recipient_id']),
    recipientUserId: text(object['recipient_user_id']),
    callbackData: text(object['biz_opaque_callback_data']),
    pricing: isObject(object['pricing']) ? object['pricing'] : null,
    error: readStatusError(object['errors']),
    detail: rest,
  }
}

/** The first of a status's errors, whatever stands there; the others stay in `detail`. */
export function readStatusError(errors: unknown): StatusItem['error'] {
  const [error] = objects(errors)
  if (error === undefined) return null
  const code = id(error['code']) ?? UNNAMED_ERROR
  return {
    code,
    title: text(error['title']) ?? text(error['message']) ?? describeError(code).title,
    detail: text(get(error['error_data'], 'details')),
  }
}

function readInbound(object: Json, phoneNumberId: string | null): InboundItem | undefined {
  const wamid = text(object['id'])
  if (wamid === null) return undefined
  const { text: said, payload, contextWamid } = readReply(object)
  return {
    wamid,
    type: text(object['type']) ?? 'unknown',
    phoneNumberId,
    fromWaId: id(object['from']),
    fromUserId: text(object['from_user_id']),
    contextWamid,
    text: said,
    payload,
    metaAt: time(object['timestamp']),
    content: object,
  }
}

type ReplyParts = Pick<InboundItem, 'text' | 'payload' | 'contextWamid'>

/** What is said, and of which message, whatever form the answer has (reference, section 5.7). */
function readReply(object: Json): ReplyParts {
  if (object['type'] === 'reaction') return readReaction(object['reaction'])
  const interactive = object['interactive']
  const reply = get(interactive, 'button_reply') ?? get(interactive, 'list_reply')
  const media = object[text(object['type']) ?? '']
  return {
    text:
      text(get(object['text'], 'body')) ??
      text(get(object['button'], 'text')) ??
      text(get(reply, 'title')) ??
      text(get(media, 'caption')),
    payload: text(get(object['button'], 'payload')) ?? text(get(reply, 'id')),
    contextWamid: text(get(object['context'], 'id')),
  }
}

/** One that was taken back has no emoji, and answers nothing. */
function readReaction(reaction: unknown): ReplyParts {
  const emoji = text(get(reaction, 'emoji'))
  const contextWamid = emoji === null ? null : text(get(reaction, 'message_id'))
  return { text: emoji, payload: null, contextWamid }
}

/** Unix seconds as text or number, 1970 to 9999; else null. */
function time(value: unknown): string | null {
  const seconds = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return null
  if (seconds <= 0 || seconds > 253_402_300_799) return null
  if (seconds !== lastSeconds) {
    lastText = new Date(seconds * 1000).toISOString()
    lastSeconds = seconds
  }
  return lastText
}

/** Meta counts in seconds: hundreds of webhooks in a row have the same. */
let lastSeconds = Number.NaN
let lastText = ''

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** Ids are decimal strings; a number is accepted where it is exact. */
function id(value: unknown): string | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : text(value)
}

function get(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
