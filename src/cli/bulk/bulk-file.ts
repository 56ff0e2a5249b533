/** A file of messages, taken apart: what can be sent, and what cannot even be read. */

export const BULK_FORMATS = ['csv', 'json', 'jsonl'] as const
export type BulkFormat = (typeof BULK_FORMATS)[number]

/** One message of a file. */
export interface BulkLine {
  /** Of the file, where it begins; the first is 1. */
  line: number
  /** `line 7`; in an array, where several may stand on one line, `line 1 (message 3)`. */
  place: string
  /** As it stands in the file. */
  source: string
  /** As the API takes it, on one line: the service judges it, not the command line. */
  json: string
}

/** A place of a file that is no message. */
export interface BadLine {
  line: number
  place: string
  source: string
  code: string
  detail: string
}

export const placeOfLine = (line: number): string => `line ${String(line)}`

export interface BulkFile {
  format: BulkFormat
  /** What a CSV begins with, and a part of it must begin with; null for JSON. */
  header: string | null
  good: BulkLine[]
  bad: BadLine[]
}
