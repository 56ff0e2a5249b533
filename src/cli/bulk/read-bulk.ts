import { BULK_FORMATS } from './bulk-file.ts'
import type { BulkFile, BulkFormat } from './bulk-file.ts'
import { readBulkCsv } from './read-bulk-csv.ts'
import { readBulkArray, readBulkLines } from './read-bulk-json.ts'

const ENDINGS: Readonly<Record<string, BulkFormat>> = {
  csv: 'csv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
}

/**
 * Takes a file of messages apart.
 *
 * @param name of the file: its ending says the format, else its first character does
 * @param format instead of the ending
 * @throws CliError where nothing of the file can be read
 */
export function readBulk(bytes: Uint8Array, name: string, format?: BulkFormat): BulkFile {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  switch (format ?? ENDINGS[ending] ?? formatBySight(bytes)) {
    case 'csv':
      return readBulkCsv(bytes)
    case 'json':
      return readBulkArray(bytes)
    case 'jsonl':
      return readBulkLines(bytes)
  }
}

export function isBulkFormat(word: string): word is BulkFormat {
  return BULK_FORMATS.some((format) => format === word)
}

/** A header of CSV begins with neither bracket. */
function formatBySight(bytes: Uint8Array): BulkFormat {
  const start = new TextDecoder('utf-8').decode(bytes.subarray(0, 256)).trimStart()
  return start.startsWith('[') ? 'json' : start.startsWith('{') ? 'jsonl' : 'csv'
}
