import { parseJson } from '../../lib/strict-json.ts'
import { CliError, EXIT } from '../cli-error.ts'
import { isObject } from '../json-object.ts'
import { jsonLine } from '../printable.ts'
import { arrayElements, splitLines } from '../split-json.ts'
import { placeOfLine } from './bulk-file.ts'
import type { BadLine, BulkFile, BulkLine } from './bulk-file.ts'

/**
 * Reads an array of messages, each with the line on which it begins.
 *
 * @throws CliError where the document is no such array: past a fault nothing can be read
 */
export function readBulkArray(bytes: Uint8Array): BulkFile {
  const parsed = parseJson(bytes)
  if (!parsed.ok) {
    throw wrongFile(`${parsed.detail.replace(/^the body/, 'it')}${hintOfLines(bytes)}`)
  }
  if (!Array.isArray(parsed.value)) {
    const isRequest = isObject(parsed.value) && Array.isArray(parsed.value['messages'])
    throw wrongFile(
      isRequest
        ? 'it is a whole request; leave the array under "messages" alone in it, and give the settings as options'
        : 'it is no JSON array of messages',
    )
  }
  const text = new TextDecoder('utf-8').decode(bytes)
  let line = 1
  let counted = 0
  const good = arrayElements(text).map(({ json, at }, index): BulkLine => {
    line += breaksIn(text.slice(counted, at))
    counted = at
    const place = `${placeOfLine(line)} (message ${String(index + 1)})`
    return { line, place, source: json, json: jsonLine(json) }
  })
  return { format: 'json', header: null, good, bad: [] }
}

/** Reads JSON lines: one that cannot be read stands for itself. */
export function readBulkLines(bytes: Uint8Array): BulkFile {
  const good: BulkLine[] = []
  const bad: BadLine[] = []
  for (const { number: line, bytes: raw } of splitLines(bytes)) {
    const parsed = parseJson(raw)
    const source = new TextDecoder('utf-8').decode(raw).trimEnd()
    const place = placeOfLine(line)
    if (parsed.ok) good.push({ line, place, source, json: jsonLine(source) })
    else {
      const detail = `${parsed.detail.replace(/^the body/, 'It')}.`
      bad.push({ line, place, source, code: 'invalid_json', detail })
    }
  }
  return { format: 'jsonl', header: null, good, bad }
}

function breaksIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

/** Lines in a file that is named as a document are the likeliest mistake. */
function hintOfLines(bytes: Uint8Array): string {
  const [first] = splitLines(bytes)
  const isLines = first !== undefined && parseJson(first.bytes).ok
  return isLines ? '; its first line is: send JSON lines with --format jsonl' : ''
}

function wrongFile(words: string): CliError {
  return new CliError(EXIT.failed, 'invalid_json', `The file cannot be sent: ${words}.`)
}
