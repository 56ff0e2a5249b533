/** An import of suppliers: CSV with "," or ";", or JSON, taken apart into entries with their lines. */

import { csvRecords, UNREADABLE } from '../lib/csv-records.ts'
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
 * it. Columns of other names are kept as metadata, under the name as it is written. What stretches over
 * several lines stands under the first of them.
 *
 * @throws AppError `validation_failed` where the header or the encoding is not right, `too_large`
 */
export function readCsvImport(raw: Buffer): ReadImport {
  const entries: ImportedEntry[] = []
  const unreadable: UnreadableLine[] = []
  let names: string[] | undefined
  for (const { line, cells } of csvRecords(decode(raw))) {
    if (names === undefined) names = readHeader(cells)
    else if (cells?.length === names.length) entries.push({ line, value: supplierOf(names, cells) })
    else unreadable.push({ line, code: 'invalid_line', detail: cells ? OTHER_WIDTH : UNREADABLE })
  }
  if (names === undefined) throw wrongHeader('The CSV is empty')
  return { entries: limited(entries), unreadable }
}

const OTHER_WIDTH = 'has another number of cells than the header'

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

/** @param cells undefined: no CSV */
function readHeader(cells: readonly string[] | undefined): string[] {
  if (cells === undefined) throw wrongHeader(`The header ${UNREADABLE}`)
  const names = cells.map(columnName)
  const missing = REQUIRED.filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw wrongHeader(`The header has no column ${missing.join(' and no column ')}`)
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw wrongHeader(`The header names the column ${twice} twice`)
  return names
}

/** Ours in any case; of others the name is a key of the metadata, as it is written. */
function columnName(cell: string): string {
  const name = cell.toLowerCase()
  return COLUMNS.includes(name) ? name : cell
}

function wrongHeader(words: string): AppError {
  const remedy = `The first line names the columns: ${COLUMNS.join(',')}.`
  return new AppError('validation_failed', `${words}. ${remedy}`)
}

/** An empty cell empties the field; that of opted_out says nothing. */
function supplierOf(names: readonly string[], cells: readonly string[]): unknown {
  const record: Record<string, string | undefined> = Object.fromEntries(
    names.map((name, at) => [name, cells[at] ?? '']),
  )
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
