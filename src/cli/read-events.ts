import { cloudEventId } from '../lib/cloud-event-id.ts'
import { parseJson } from '../lib/strict-json.ts'
import { isObject, objectAt, textAt } from './json-object.ts'
import { splitArray, splitLines } from './split-json.ts'
import type { JsonObject } from './json-object.ts'
import type { NumberedLine } from './split-json.ts'

/** One event of a file, as it is written there: the service judges it, not the command line. */
export interface FileEvent {
  kind: 'event'
  /** `line 3`, `number 3`, or the event's own id where it can be read. */
  label: string
  /** Null where it cannot be read. */
  id: string | null
  json: string
  /** Events of one order are published in the file's order. */
  orderKey: string | null
}

/** A place of the file that is no JSON. */
export interface BadEvent {
  kind: 'bad'
  label: string
  detail: string
}

/**
 * Reads a JSON document, an array of them, or JSON lines, whichever it is. In JSON lines a bad line
 * stands for itself; in a document nothing can be read past a fault.
 */
export function readEvents(bytes: Buffer): (FileEvent | BadEvent)[] {
  const whole = parseJson(bytes)
  if (!whole.ok) {
    const lines = splitLines(bytes)
    if (looksLikeLines(lines)) return lines.map(readLine)
    return [{ kind: 'bad', label: 'the file', detail: explain(whole.detail) }]
  }
  const text = decode(bytes)
  if (!Array.isArray(whole.value)) return [readOne(whole.value, text, 'the file')]
  const values: readonly unknown[] = whole.value
  return splitArray(text).map((json, index) =>
    readOne(values[index], json, `number ${String(index + 1)}`),
  )
}

/**
 * A document that is broken has lines too, and some of them (an item of an order) are whole objects:
 * it is taken for JSON lines when its first line is one, or at least half of them are.
 */
function looksLikeLines(lines: readonly NumberedLine[]): boolean {
  const first = lines[0]
  if (first === undefined) return false
  if (isWhole(first)) return true
  return lines.filter(isWhole).length * 2 >= lines.length
}

function isWhole(line: NumberedLine): boolean {
  const parsed = parseJson(line.bytes)
  return parsed.ok && isObject(parsed.value)
}

function readLine(line: NumberedLine): FileEvent | BadEvent {
  const label = `line ${String(line.number)}`
  const parsed = parseJson(line.bytes)
  if (!parsed.ok) return { kind: 'bad', label, detail: explain(parsed.detail) }
  return readOne(parsed.value, decode(line.bytes), label)
}

function readOne(value: unknown, json: string, place: string): FileEvent {
  const event = isObject(value) ? value : {}
  const id = idOfEvent(event)
  const order = textAt(objectAt(event, 'data') ?? {}, 'po_id')
  return { kind: 'event', label: id ?? place, id, json, orderKey: order }
}

/** Under which the service knows it; of a CloudEvent that it will refuse, the part that there is. */
export function idOfEvent(event: JsonObject): string | null {
  const whole = textAt(event, 'event_id') ?? cloudEventId(event['source'], event['id'])
  return whole ?? textAt(event, 'id')
}

function explain(detail: string): string {
  return detail.replace(/^the body/, 'it')
}

/** Drops a byte order mark. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes)
}
