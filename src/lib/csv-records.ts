/** CSV taken apart into records, each with the line on which it begins. */

import { parse } from 'csv-parse/sync'

export interface CsvRecord {
  /** The first of the text is 1. */
  line: number
  source: string
  /** Without the spaces around them; undefined: no CSV. */
  cells: string[] | undefined
}

/** What is wrong with a record without cells. */
export const UNREADABLE = 'has a quotation mark in the wrong place, or one that is not closed'

/**
 * The records of a CSV, separated by "," or ";" as its first line has it; empty lines are left out. One
 * that cannot be read costs its own line and no other: a record that stretches over several lines is
 * taken for one only where that makes as many cells as the first has, else a forgotten quotation mark
 * would swallow everything up to the next one.
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  const delimiter = delimiterOf(text)
  let width: number | undefined
  let at = 0
  let line = 1
  while (at < text.length) {
    const end = nextBreak(text, at)
    const one = text.slice(at, end)
    const isWhole = quotesAreEven(one)
    const long = isWhole ? undefined : findLong(text, at, end)
    const longCells = long && parseRecord(long.source, delimiter)
    const isLong = longCells && (width === undefined || longCells.length === width)
    if (long && isLong) {
      width ??= longCells.length
      yield { line, source: long.source, cells: longCells }
    } else if (one.trim() !== '') {
      const cells = isWhole ? parseRecord(one, delimiter) : undefined
      width ??= cells?.length
      yield { line, source: one, cells }
    }
    line += long && isLong ? long.lines : 1
    at = afterBreak(text, long && isLong ? long.end : end)
  }
}

function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text.trimStart())?.[0] ?? ''
  return header.split(';').length > header.split(',').length ? ';' : ','
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
