import { csvRecords, UNREADABLE } from '../../lib/csv-records.ts'
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
  const good: BulkLine[] = []
  const bad: BadLine[] = []
  let header: { source: string; columns: Columns; width: number } | undefined
  for (const { line, source, cells } of csvRecords(decode(bytes))) {
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

/** @throws CliError where the bytes are no UTF-8: a guess would spoil names */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw wrongFile('it is not UTF-8; save it as "CSV UTF-8"')
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
