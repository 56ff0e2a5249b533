export interface Summary {
  median: number
  min: number
  max: number
}

/** @returns null for no values at all */
export function summarize(values: readonly (number | null)[]): Summary | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b)
  const [min] = known
  const max = known.at(-1)
  if (min === undefined || max === undefined) return null
  const middle = known.length / 2
  const median =
    known.length % 2 === 1
      ? (known[Math.floor(middle)] ?? min)
      : ((known[middle - 1] ?? min) + (known[middle] ?? max)) / 2
  return { median: round(median), min: round(min), max: round(max) }
}

/** @param sorted ascending */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
  return sorted[Math.max(0, index)] ?? Number.NaN
}

/** Three digits that count; more is noise. */
export function round(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value
}
