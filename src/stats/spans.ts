/**
 * Which sums a range of time is made of: few large spans within it, smaller ones towards its ends, and what
 * is in no sum yet, which is counted message by message. Pure.
 */

const HOUR_MS = 60 * 60 * 1000

/** 0: by template; 1: by supplier. */
export type Dimension = 0 | 1

/**
 * Hours a row of sums covers, from the smallest on; each a whole number of the one before, all counted from
 * 1970-01-01 in UTC. Suppliers have no hours and fewer steps: with few messages each, rows are as many.
 */
export const SPANS: Readonly<Record<Dimension, readonly number[]>> = {
  0: [1, 24, 96, 384, 1536, 6144],
  1: [24, 192, 1536],
}

/** Of suppliers, with the spans that have totals alone (`totals-store.ts`). */
export const TOTALS_SPANS: readonly number[] = [24, 96, 192, 384, 1536]

/** From inclusive, to exclusive, in ms since 1970; infinite where it is open. */
export interface Range {
  from: number
  to: number
}

/** Rows of sums that begin within a range. */
export interface Piece extends Range {
  /** Hours. */
  span: number
}

/** What is counted message by message. */
export interface Scan extends Range {
  /** -1: it lies in the sums of the pieces, and not in the range. */
  sign: 1 | -1
}

export interface Plan {
  /** What lies in sums. */
  pieces: Piece[]
  /** The time that the pieces cover, for what has changed since it was summed up. */
  covered: Range
  scans: Scan[]
}

/**
 * An edge of the range within a smallest span is counted message by message, or as the whole span without
 * the other part of it, whichever is shorter.
 *
 * @param foldedThrough messages before it are in the sums, in ms; -Infinity = none
 * @param spans hours that a piece may have, as {@link SPANS} has them
 * @param keptFrom messages since then are all there, in ms; what was dropped cannot be taken away
 */
export function planSpans(
  range: Range,
  foldedThrough: number,
  spans: readonly number[],
  keptFrom: number,
): Plan {
  const size = (spans[0] ?? 1) * HOUR_MS
  const first = edgeOf(range.from, size)
  const takesFirst =
    range.from - first.below < first.above - range.from &&
    first.below >= keptFrom &&
    range.from < foldedThrough
  const last = edgeOf(range.to, size)
  const isOpen = range.to >= foldedThrough
  const takesLast =
    last.above - range.to < range.to - last.below &&
    last.below >= keptFrom &&
    last.above <= foldedThrough
  const from = takesFirst ? first.below : first.above
  // The last span of an open range is not over yet: all that is in it belongs to the range.
  const to = isOpen ? ceil(foldedThrough, size) : takesLast ? last.above : last.below
  const atStart: Scan = takesFirst
    ? { from, to: range.from, sign: -1 }
    : { from: range.from, to: from, sign: 1 }
  const atEnd: Scan =
    takesLast && !isOpen
      ? { from: range.to, to, sign: -1 }
      : { from: isOpen ? Math.max(foldedThrough, from) : to, to: range.to, sign: 1 }
  const scans = [atStart, atEnd].filter((scan) => scan.from < scan.to)
  const scanned = scans.reduce((sum, scan) => sum + scan.to - scan.from, 0)
  const isNothing = foldedThrough === Number.NEGATIVE_INFINITY || from >= to
  if (isNothing || scanned > range.to - range.from) {
    return { pieces: [], covered: { from: 0, to: 0 }, scans: [{ ...range, sign: 1 }] }
  }
  return {
    pieces: piecesOf({ from, to }, foldedThrough, spans),
    covered: { from, to: Math.min(to, foldedThrough) },
    scans,
  }
}

function edgeOf(at: number, size: number): { below: number; above: number } {
  return { below: floor(at, size), above: ceil(at, size) }
}

/**
 * Spans larger than the smallest are there only once they are over. Upwards while a larger one fits, then
 * down again.
 */
function piecesOf(range: Range, foldedThrough: number, spans: readonly number[]): Piece[] {
  const up: Piece[] = []
  const down: Piece[] = []
  let { from, to } = range
  for (const [place, span] of spans.entries()) {
    const next = spans[place + 1]
    const size = (next ?? 0) * HOUR_MS
    const innerFrom = next === undefined ? to : ceil(from, size)
    const innerTo = next === undefined ? to : floor(Math.min(to, floor(foldedThrough, size)), size)
    if (next === undefined || innerFrom >= innerTo) {
      up.push({ span, from, to })
      break
    }
    up.push({ span, from, to: innerFrom })
    down.unshift({ span, from: innerTo, to })
    from = innerFrom
    to = innerTo
  }
  return [...up, ...down].filter((piece) => piece.from < piece.to)
}

function floor(at: number, size: number): number {
  return Number.isFinite(at) ? Math.floor(at / size) * size : at
}

function ceil(at: number, size: number): number {
  return Number.isFinite(at) ? Math.ceil(at / size) * size : at
}
