import { parse } from 'csv-parse/sync'
import { CliError, EXIT } from '../cli-error.ts'
import { placeOfLine } from './bulk-file.ts'
import type { BadLine, BulkFile, BulkLine } from './bulk-file.ts'

const REQUIRED = ['to', 'template']
const PARAMETER = /^param_([1-9]\d*)$/

/**
 * Reads CSV in UTF-8: a header with `to`, `template`, and as needed `language` and `param_1`, `param_2`, …
 * in any order; "," or ";" as the header has it. Columns of other names become metadata.
 *
 * A record that cannot be read costs its own line and no other, a quotation mark that is never closed
 * included.
 *
 * @throws CliError where the encoding or the header is not right: then no line can be understood
 */
export function readBulkCsv(bytes: Uint8Array): BulkFile {
  const text = decode(bytes)
  const delimiter = delimiterOf(text)
  const good: BulkLine[] = []
  const bad: BadLine[] = []
  let header: { source: string; columns: Columns; width: number } | undefined
  for (const { line, source, cells } of records(text, delimiter, () => header?.width)) {
    const place = placeOfLine(line)
    if (header === undefined) {
      if (cells === undefined) throw wrongFile(`its first line ${UNREADABLE}`)
      header = { source, columns: readHeader(cells), width: cells.length }
    } else if (cells === undefined) {
      bad.push({ line, place, source, code: 'invalid_line', detail: `It ${UNREADABLE}.` })
    } else if (cells.length !== header.width) {
      const detail = `It has ${String(cells.length)} cells, the header has ${String(header.width)}.`
      bad.push({ line, place, source, code: 'invalid_line', detail })
    } else if (cells.some((cell) => cell !== '')) {
      good.push({ line, place, source, json: JSON.stringify(messageOf(cells, header.columns)) })
    }
  }
  if (header === undefined) throw wrongFile('it is empty')
  return { format: 'csv', header: header.source, good, bad }
}

const UNREADABLE = 'has a quotation mark in the wrong place, or one that is not closed'

/** @throws CliError where the bytes are no UTF-8: a guess would spoil names */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw wrongFile('it is not UTF-8; save it as "CSV UTF-8"')
  }
}

function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text.trimStart())?.[0] ?? ''
  return header.split(';').length > header.split(',').length ? ';' : ','
}

interface CsvRecord {
  line: number
  source: string
  /** Undefined: no CSV. */
  cells: string[] | undefined
}

/**
 * The records of a CSV, each with the line on which it begins. One that stretches over several lines is
 * taken for one only where that makes a whole record: else a forgotten quotation mark would swallow
 * everything up to the next one.
 *
 * @param width how many cells a record has; undefined before the header was read
 */
function* records(
  text: string,
  delimiter: string,
  width: () => number | undefined,
): Generator<CsvRecord> {
  let at = 0
  let line = 1
  while (at < text.length) {
    const end = nextBreak(text, at)
    const one = text.slice(at, end)
    const long = quotesAreEven(one) ? undefined : findLong(text, at, end)
    const longCells = long && parseRecord(long.source, delimiter)
    const isLong = longCells && (width() === undefined || longCells.length === width())
    if (long && isLong) {
      yield { line, source: long.source, cells: longCells }
    } else if (one.trim() !== '') {
      yield {
        line,
        source: one,
        cells: quotesAreEven(one) ? parseRecord(one, delimiter) : undefined,
      }
    }
    line += long && isLong ? long.lines : 1
    at = afterBreak(text, long && isLong ? long.end : end)
  }
}

/** From a line with an open quotation mark to the one that closes it; undefined where none does. */
function findLong(
  text: string,
  start: number,
  endOfLine: number,
): { source: string; end: number; lines: number } | undefined {
  let end = endOfLine
  for (let lines = 2; end < text.length; lines += 1) {
    const from = afterBreak(text, end)
    end = nextBreak(text, from)
    if (!quotesAreEven(text.slice(from, end))) return { source: text.slice(start, end), end, lines }
  }
  return undefined
}

function quotesAreEven(text: string): boolean {
  let isEven = true
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) isEven = !isEven
  return isEven
}

/** Of "\n", "\r\n", and the "\r" of old spreadsheets. */
function nextBreak(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x0a || code === 0x0d) return at
  }
  return text.length
}

function afterBreak(text: string, at: number): number {
  return text.startsWith('\r\n', at) ? at + 2 : at + 1
}

/** Undefined where it is none, or more than one. */
function parseRecord(text: string, delimiter: string): string[] | undefined {
  // Most lines have no quotation mark, and need no parser.
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim())
  try {
    const parsed = parse(text, { delimiter, trim: true, record_delimiter: ['\u0000'] })
    return parsed.length === 1 ? parsed[0] : undefined
  } catch {
    return undefined
  }
}

interface Columns {
  to: number
  template: number
  language: number | undefined
  /** In the order of the template's variables. */
  parameters: number[]
  metadata: { name: string; at: number }[]
}

function readHeader(cells: readonly string[]): Columns {
  const names = cells.map((name) => name.toLowerCase())
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw wrongFile(
      `its header has no column ${missing.join(' and no column ')}. The first line names the ` +
        'columns: to,template,language,param_1,param_2; others become metadata',
    )
  }
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index)
  if (twice !== undefined) throw wrongFile(`its header names the column ${twice} twice`)
  const places = new Map(names.map((name, at) => [name, at]))
  const parameters: number[] = []
  for (let at = places.get('param_1'); at !== undefined;) {
    parameters.push(at)
    at = places.get(`param_${String(parameters.length + 1)}`)
  }
  const stray = names.find((name) => Number(PARAMETER.exec(name)?.[1] ?? 0) > parameters.length)
  if (stray !== undefined) {
    throw wrongFile(
      `its header has ${stray}, but no param_${String(parameters.length + 1)}: they are counted from param_1`,
    )
  }
  const known = new Set([...REQUIRED, 'language'])
  return {
    to: places.get('to') ?? -1,
    template: places.get('template') ?? -1,
    language: places.get('language'),
    parameters,
    metadata: cells.flatMap((name, at) => {
      const lower = name.toLowerCase()
      return known.has(lower) || PARAMETER.test(lower) || name === '' ? [] : [{ name, at }]
    }),
  }
}

/** Empty cells at the end are no parameters: templates of one file may have different numbers of them. */
function messageOf(cells: readonly string[], columns: Columns): unknown {
  const cell = (at: number | undefined) => (at === undefined ? '' : (cells[at] ?? ''))
  const parameters = columns.parameters.map(cell)
  while (parameters.at(-1) === '') parameters.pop()
  const language = cell(columns.language)
  const metadata = Object.fromEntries(columns.metadata.map(({ name, at }) => [name, cell(at)]))
  return {
    // A spreadsheet keeps the plus sign by an apostrophe before it.
    to: cell(columns.to).replace(/^'/, ''),
    type: 'template',
    template: {
      name: cell(columns.template),
      ...(language !== '' && { language }),
      ...(parameters.length > 0 && { parameters }),
    },
    ...(columns.metadata.length > 0 && { metadata }),
  }
}

function wrongFile(words: string): CliError {
  return new CliError(EXIT.failed, 'validation_failed', `The file cannot be sent: ${words}.`)
}
