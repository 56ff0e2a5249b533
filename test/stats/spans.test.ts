import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planSpans, SPANS, TOTALS_SPANS } from '../../src/stats/spans.ts'
import type { Plan } from '../../src/stats/spans.ts'

const HOUR = 3_600_000

/** Where a moment is counted by a plan: once in a piece or a scan, or nowhere. */
function timesCounted(plan: Plan, at: number, foldedThrough: number): number {
  const scanned = plan.scans
    .filter(({ from, to }) => at >= from && at < to)
    .reduce((sum, { sign }) => sum + sign, 0)
  if (at >= foldedThrough) return scanned
  const summed = plan.pieces.filter(({ span, from, to }) => {
    const start = Math.floor(at / (span * HOUR)) * span * HOUR
    return start >= from && start < to
  }).length
  return scanned + summed
}

describe('planSpans', () => {
  it('counts every moment of the range once, and no other', () => {
    const at = fc.integer({ min: 0, max: 3 * 6144 * HOUR })
    const edge = fc.oneof(
      at,
      at.map((ms) => Math.floor(ms / (24 * HOUR)) * 24 * HOUR),
    )
    fc.assert(
      fc.property(
        fc.oneof(edge, fc.constant(Number.NEGATIVE_INFINITY)),
        fc.oneof(edge, fc.constant(Number.POSITIVE_INFINITY)),
        fc.oneof(edge, fc.constant(Number.NEGATIVE_INFINITY)),
        fc.constantFrom([1], [1, 24], SPANS[0], SPANS[1], TOTALS_SPANS),
        fc.oneof(edge, fc.constant(Number.NEGATIVE_INFINITY)),
        fc.array(at, { minLength: 20, maxLength: 20 }),
        (from, to, folded, spans, kept, moments) => {
          fc.pre(from < to)
          const plan = planSpans({ from, to }, folded, spans, kept)
          const edges = [from, to - 1, folded - 1, folded].filter((ms) => Number.isFinite(ms))
          for (const moment of [...moments, ...edges]) {
            const isIn = moment >= from && moment < to
            expect(timesCounted(plan, moment, folded)).toBe(isIn ? 1 : 0)
          }
          for (const scan of plan.scans) {
            if (scan.sign < 0) expect(scan.from).toBeGreaterThanOrEqual(kept)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('uses a larger span only once it is over', () => {
    const folded = 100.5 * 24 * HOUR
    const plan = planSpans({ from: 0, to: Number.POSITIVE_INFINITY }, folded, SPANS[0], 0)
    for (const { span, to } of plan.pieces) {
      if (span > (SPANS[0][0] ?? 0)) expect(to).toBeLessThanOrEqual(folded)
    }
    expect(plan.pieces.length).toBeLessThan(8)
  })

  it('takes away the shorter part of a span at an edge, where its messages are all there', () => {
    const day = 24 * HOUR
    const range = { from: 10 * day + HOUR, to: 20 * day - HOUR }
    const scans = (kept: number) => planSpans(range, 100 * day, SPANS[1], kept).scans
    expect(scans(0)).toEqual([
      { from: 10 * day, to: range.from, sign: -1 },
      { from: range.to, to: 20 * day, sign: -1 },
    ])
    expect(scans(10 * day + 1)).toMatchObject([{ to: 11 * day, sign: 1 }, { sign: -1 }])
    const within = { from: 10 * day + 10 * HOUR, to: 10 * day + 14 * HOUR }
    expect(planSpans(within, 100 * day, SPANS[1], 0).scans).toEqual([{ ...within, sign: 1 }])
  })
})
