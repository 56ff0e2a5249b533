import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantile } from '../../src/stats/histogram.ts'
import type { Bucket } from '../../src/stats/histogram.ts'

/** As the SQL of bucketSql does it. */
const bucketOf = (seconds: number) => Math.floor(Math.log(Math.max(seconds, 0.001)) / Math.log(1.1))

function bucketsOf(values: readonly number[]): Bucket[] {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
  return [...counts].map(([number, count]) => ({ number, count }))
}

/** percentile_cont */
function exact(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const [below = 0, above = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
  return below + (above - below) * (place - Math.floor(place))
}

describe('quantile', () => {
  it('is within five percent of the exact one, for any durations', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 600_000, noNaN: true }), { minLength: 1 }),
        fc.constantFrom(0.5, 0.95),
        (values, share) => {
          const wanted = exact(values, share)
          const got = quantile(bucketsOf(values), share) ?? 0
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(wanted * 0.05 + 0.0005)
        },
      ),
    )
  })

  it('is null where nothing was measured', () => {
    expect(quantile([], 0.5)).toBeNull()
    expect(quantile([{ number: 3, count: 0 }], 0.5)).toBeNull()
  })
})
