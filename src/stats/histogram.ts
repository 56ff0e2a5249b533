/**
 * Durations in buckets that grow by a tenth: the value of a bucket is off by less than five percent. Pure.
 */

const GROWTH = 1.1
/** Seconds; clocks differ, so that a webhook may be earlier than our own time. */
const SMALLEST = 0.001

/** SQL: the number of the bucket of so many seconds. */
export function bucketSql(seconds: string): string {
  return `floor(ln(greatest(${seconds}, ${String(SMALLEST)})) / ${String(Math.log(GROWTH))})::integer`
}

export interface Bucket {
  /** Smaller numbers are shorter durations. */
  number: number
  count: number
}

/** Seconds that stand for a bucket: its middle by ratio. */
function valueOf(number: number): number {
  return GROWTH ** (number + 0.5)
}

/**
 * The value below which a share of all lies, between two neighbours in proportion (`percentile_cont` in
 * PostgreSQL), in seconds to three decimals; null where there are none.
 *
 * @param share 0 to 1
 */
export function quantile(buckets: readonly Bucket[], share: number): number | null {
  const sorted = buckets.filter(({ count }) => count > 0).sort((a, b) => a.number - b.number)
  const count = sorted.reduce((sum, bucket) => sum + bucket.count, 0)
  if (count === 0) return null
  const place = (count - 1) * share
  const below = valueAt(sorted, Math.floor(place))
  const above = valueAt(sorted, Math.ceil(place))
  return Math.round((below + (above - below) * (place - Math.floor(place))) * 1000) / 1000
}

/** @param place among all, from 0 */
function valueAt(sorted: readonly Bucket[], place: number): number {
  let passed = 0
  for (const { number, count } of sorted) {
    passed += count
    if (place < passed) return valueOf(number)
  }
  return 0
}
