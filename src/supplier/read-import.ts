/** An import of suppliers: CSV with "," or ";", or JSON, taken apart into entries with their lines. */

import { parse } from 'csv-parse/sync'
import type { Info } from 'csv-parse/sync'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/strict-json.ts'

/** One supplier of an import, not yet looked at. */
export interface ImportedEntry {
  /** Of the file, the first is 1; of JSON the place in its list. */
  line: number
  value: unknown
}

/** What cannot even be taken apart. */
export interface UnreadableLine {
  line: number
  code: string
  detail: string
}

export interface ReadImport {
  entries: ImportedEntry[]
  unreadable: UnreadableLine[]
}

export const MAX_IMPORT_BYTES = 16 * 1024 * 1024
export const MAX_IMPORTED = 100_000

const COLUMNS = ['supplier_id', 'name', 'phone', 'language', 'email', 'opted_out']
const REQUIRED = ['supplier_id', 'name']
const YES = new Set(['true', '1', 'yes', 'y', 'si', 'sí', 'oui', 'ja', 'sim', 'x'])
const NO = new Set(['false', '0', 'no', 'n', 'non', 'nein', 'nao', 'não', ''])

/**
 * Reads JSON: a list of suppliers, or an object with one under "suppliers".
 *
 * @throws AppError `invalid_json`, `validation_failed`, `too_large`
 */
export function readJsonImport(raw: Buffer): ReadImport {
  const json = parseJson(raw)
  if (!json.ok) throw new AppError('invalid_json', `The import is no JSON: ${json.detail}.`)
  const list = listOf(json.value)
  if (list === undefined) {
    throw new AppError('validation_failed', 'Send a list of suppliers, or { "suppliers": […] }.')
  }
  return {
    entries: limited(list).map((value, index) => ({ line: index + 1, value })),
    unreadable: [],
  }
}

/**
 * Reads CSV in UTF-8: a header with the names of the columns in any order; "," or ";" as the header has
 * it. Columns of other names are kept as metadata.
 *
 * @throws AppError `validation_failed` where the header or the encoding is not right, `too_large`
 */
export function readCsvImport(raw: Buffer): ReadImport {
  const text = decode(raw)
  const delimiter = delimiterOf(text)
  const unreadable: UnreadableLine[] = []
  const records = parse(text, {
    bom: true,
    delimiter,
    columns: (header: string[]) => readHeader(header),
    info: true,
    trim: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    relax_column_count: false,
    on_skip: (error) => {
      const line = (error as unknown as Info | undefined)?.lines ?? 0
      unreadable.push({ line, code: 'invalid_line', detail: wordsOf(error?.code) })
      return undefined
    },
  }) as unknown as { record: Record<string, string>; info: Info }[]
  return {
    entries: limited(records).map(({ record, info }) => ({
      line: info.lines,
      value: supplierOf(record),
    })),
    unreadable,
  }
}

function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[]
  const list = (value as { suppliers?: unknown } | null)?.suppliers
  return Array.isArray(list) ? list : undefined
}

function limited<T>(list: T[]): T[] {
  if (list.length <= MAX_IMPORTED) return list
  throw new AppError(
    'too_large',
    `The import has more than ${String(MAX_IMPORTED)} suppliers; send it in parts.`,
  )
}

/** @throws AppError where the bytes are no UTF-8: a guess would spoil names */
function decode(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw)
  } catch {
    throw new AppError('validation_failed', 'The CSV is not UTF-8; save it as "CSV UTF-8".')
  }
}

function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text.replace(/^[\uFEFF\s]+/, ''))?.[0] ?? ''
  return header.split(';').length > header.split(',').length ? ';' : ','
}

function readHeader(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim().toLowerCase())
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new AppError(
      'validation_failed',
      `The header has no column ${missing.join(' and no column ')}. ` +
        `The first line names the columns: ${COLUMNS.join(',')}.`,
    )
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new AppError('validation_failed', `The header names the column ${twice} twice.`)
  }
  return names
}

/** An empty cell empties the field; that of opted_out says nothing. */
function supplierOf(record: Readonly<Record<string, string>>): unknown {
  const { opted_out: optedOut, phone, ...rest } = record
  const known = Object.entries(rest).filter(([name]) => COLUMNS.includes(name))
  const others = Object.entries(rest).filter(([name]) => !COLUMNS.includes(name))
  return {
    ...Object.fromEntries(known),
    // A spreadsheet keeps the plus sign by an apostrophe before it.
    ...(phone !== undefined && { phone: phone.replace(/^'/, '') }),
    ...(optedOut !== undefined && { opted_out: yesOrNo(optedOut) }),
    ...(others.length > 0 && { metadata: Object.fromEntries(others) }),
  }
}

/** What is neither stays a text, and is refused as one. */
function yesOrNo(text: string): boolean | string {
  const word = text.toLowerCase()
  return YES.has(word) ? true : NO.has(word) ? false : text
}

const WORDS: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'has another number of cells than the header',
  CSV_QUOTE_NOT_CLOSED: 'has a quotation mark that is not closed',
}

function wordsOf(code: string | undefined): string {
  return WORDS[code ?? ''] ?? 'cannot be read as CSV'
}
