import type { CommandContext } from './commands/context.ts'
import { objectAt, objectsAt, textAt } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { printable } from './printable.ts'

type Colors = CommandContext['colors']

const CELL_CHARACTERS = 60

export const MESSAGE_HEAD = ['CREATED', 'STATUS', 'ORDER', 'SUPPLIER', 'TO', 'ID', 'REASON']

/** A row of the list. @param isTerminal what is long is cut where a line would break */
export function messageRow(message: JsonObject, colors: Colors, isTerminal: boolean): string[] {
  const shown = isTerminal ? cut : (words: string) => words
  const reason = textAt(message, 'hold_reason') ?? reasonOf(message)
  return [
    shortTime(textAt(message, 'created_at')),
    colorStatus(textAt(message, 'status') ?? '', statusWords(message), colors),
    shown(cell(message, 'po_number')),
    shown(cell(message, 'supplier_name')),
    printable(textAt(message, 'recipient_phone') ?? textAt(message, 'recipient_input') ?? ''),
    cell(message, 'id'),
    printable(shown(reason)),
  ]
}

/** One message for a person: what it is, why it failed and what to do, and its way so far. */
export function describeMessage(message: JsonObject, colors: Colors): string[] {
  const status = textAt(message, 'status') ?? ''
  const facts: [string, string | null][] = [
    ['status', colorStatus(status, statusWords(message), colors)],
    ['order', withRevision(message)],
    ['supplier', text(message, 'supplier_name')],
    ['to', text(message, 'recipient_phone') ?? text(message, 'recipient_input')],
    ['template', templateOf(message)],
    ['parameters', parametersOf(message)],
    ['event', text(message, 'event_id')],
    ['wamid', text(message, 'whatsapp_message_id')],
    ['tenant', text(message, 'tenant_id')],
    ['attempts', text(message, 'attempts')],
    ...TIMES.map((key): [string, string | null] => [key.replace('_at', ''), text(message, key)]),
    // What was sent does not expire any more.
    ['expires', status === 'PENDING' ? text(message, 'expires_at') : null],
    ['held for', text(message, 'hold_reason')],
    ['failure', failureOf(message, colors)],
    ['what to do', text(message, 'remedy')],
  ]
  const lines = facts.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`  ${name.padEnd(12)}${value}`],
  )
  const timeline = objectsAt(message, 'timeline').flatMap((entry) => timelineLines(entry, colors))
  return [
    `${colors.bold('Message')} ${cell(message, 'id')}`,
    ...lines,
    ...(timeline.length === 0 ? [] : ['', colors.bold('Timeline'), ...timeline]),
  ]
}

/** One line for a change of a message that is being followed. */
export function progressLine(message: JsonObject, colors: Colors): string {
  const words = colorStatus(textAt(message, 'status') ?? '', statusWords(message), colors)
  const reason = textAt(message, 'hold_reason')
  const at = colors.dim(cell(message, 'updated_at').padEnd(24))
  return `  ${at}  ${words}${reason === null ? '' : `: ${printable(reason)}`}`
}

const TIMES = ['created_at', 'accepted_at', 'sent_at', 'delivered_at', 'read_at', 'failed_at']

function timelineLines(entry: JsonObject, colors: Colors): string[] {
  const metaAt = text(entry, 'meta_at')
  const meta = metaAt === null ? '' : colors.dim(`  (Meta: ${metaAt})`)
  const time = (text(entry, 'at') ?? '').padEnd(24)
  const lines = [`  ${colors.dim(time)}  ${whatHappened(entry)}${meta}`]
  const error = objectAt(entry, 'error')
  if (error !== null) {
    lines.push(`${' '.repeat(28)}${colors.red(errorWords(error))}`)
    const remedy = text(error, 'remedy')
    if (remedy !== null) lines.push(`${' '.repeat(28)}${remedy}`)
  }
  return lines
}

function whatHappened(entry: JsonObject): string {
  switch (textAt(entry, 'kind') ?? '') {
    case 'attempt': {
      const http = text(entry, 'http_status')
      const outcome = text(entry, 'outcome') ?? 'under way'
      return `attempt ${text(entry, 'attempt') ?? '?'}: ${outcome}${http === null ? '' : ` (HTTP ${http})`}`
    }
    case 'status':
      return text(entry, 'status') ?? ''
    case 'reply':
      return `reply: ${replyWords(entry)}`
    case 'action':
      return `${text(entry, 'text') ?? 'action'} by ${text(entry, 'actor') ?? 'unknown'}`
    default: {
      const state = text(entry, 'state') ?? text(entry, 'kind') ?? ''
      const note = text(entry, 'text')
      return note === null ? state : `${state}: ${note}`
    }
  }
}

/** What was said, and what came with it. */
function replyWords(entry: JsonObject): string {
  const mediaId = text(entry, 'media_id')
  const parts = [
    text(entry, 'text') ?? text(entry, 'payload'),
    text(entry, 'description'),
    mediaId === null ? null : `media ${mediaId}`,
  ]
  const [first = '', ...more] = parts.filter((part) => part !== null)
  return more.length === 0 ? first : `${first} (${more.join(', ')})`
}

function errorWords(error: JsonObject): string {
  const words = [text(error, 'title'), text(error, 'detail')].filter((part) => part !== null)
  return [text(error, 'code'), [...new Set(words)].join(': ')].filter((part) => part).join(' ')
}

function failureOf(message: JsonObject, colors: Colors): string | null {
  const reason = reasonOf(message)
  return reason === '' ? null : colors.red(printable(reason))
}

function reasonOf(message: JsonObject): string {
  const parts = [textAt(message, 'error_code'), textAt(message, 'error_message')]
  return parts.filter((part) => part !== null).join(' ')
}

function statusWords(message: JsonObject): string {
  const status = cell(message, 'status')
  const state = cell(message, 'state')
  return state === '' || state.toUpperCase() === status ? status : `${status} (${state})`
}

function colorStatus(status: string, words: string, colors: Colors): string {
  if (status === 'FAILED') return colors.red(words)
  if (status === 'DELIVERED' || status === 'READ') return colors.green(words)
  return status === 'PENDING' ? colors.yellow(words) : words
}

function withRevision(message: JsonObject): string | null {
  const order = text(message, 'po_number') ?? text(message, 'po_id')
  const revision = text(message, 'revision')
  return order === null || revision === null ? order : `${order}, revision ${revision}`
}

function templateOf(message: JsonObject): string | null {
  const parts = [text(message, 'template_name'), text(message, 'template_language')]
  const words = parts.filter((part) => part !== null)
  return words.length === 0 ? text(message, 'message_type') : words.join(' ')
}

function parametersOf(message: JsonObject): string | null {
  const value = message['template_parameters']
  return value === null || value === undefined ? null : printable(JSON.stringify(value))
}

function text(object: JsonObject, key: string): string | null {
  const value = textAt(object, key)
  return value === null ? null : printable(value)
}

function cell(object: JsonObject, key: string): string {
  return text(object, key) ?? ''
}

/** Seconds are enough in a list. */
function shortTime(time: string | null): string {
  return printable(time ?? '').replace(/\.\d+Z$/, 'Z')
}

function cut(words: string): string {
  return words.length > CELL_CHARACTERS ? `${words.slice(0, CELL_CHARACTERS - 1)}…` : words
}
