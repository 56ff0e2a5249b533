import { parseJson } from '../lib/strict-json.ts'
import { isObject, objectAt, textAt } from './json-object.ts'
import { splitArray } from './split-json.ts'

/** One event of a file, as it is written there: the service judges it, not the command line. */
export interface FileEvent {
  kind: 'event'
  /** `line 3`, `number 3`, or the event's own id where it can be read. */
  label: string
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

interface Line {
  number: number
  bytes: Buffer
}

const LINE_FEED = 10

/** Without empty lines. Split as bytes, so that one line that is not UTF-8 spoils no other. */
function splitLines(bytes: Buffer): Line[] {
  const lines: Line[] = []
  let start = 0
  let number = 0
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.subarray(start, end)
    number += 1
    if (line.some((byte) => byte > 32)) lines.push({ number, bytes: line })
    start = end + 1
  }
  return lines
}

/**
 * A document that is broken has lines too, and some of them (an item of an order) are whole objects:
 * it is taken for JSON lines when its first line is one, or at least half of them are.
 */
function looksLikeLines(lines: readonly Line[]): boolean {
  const first = lines[0]
  if (first === undefined) return false
  if (isWhole(first)) return true
  return lines.filter(isWhole).length * 2 >= lines.length
}

function isWhole(line: Line): boolean {
  const parsed = parseJson(line.bytes)
  return parsed.ok && isObject(parsed.value)
}

function readLine(line: Line): FileEvent | BadEvent {
  const label = `line ${String(line.number)}`
  const parsed = parseJson(line.bytes)
  if (!parsed.ok) return { kind: 'bad', label, detail: explain(parsed.detail) }
  return readOne(parsed.value, decode(line.bytes), label)
}

function readOne(value: unknown, json: string, place: string): FileEvent {
  const event = isObject(value) ? value : {}
  const id = textAt(event, 'event_id') ?? textAt(event, 'id')
  const order = textAt(objectAt(event, 'data') ?? {}, 'po_id')
  return { kind: 'event', label: id ?? place, json, orderKey: order }
}

function explain(detail: string): string {
  return detail.replace(/^the body/, 'it')
}

/** Drops a byte order mark. */
function decode(bytes: Buffer): string {
  return new TextDecoder('utf-8').decode(bytes)
}
