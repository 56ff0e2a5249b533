import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planSpans, SPANS, TOTALS_SPANS } from '../../src/stats/spans.ts'
import type { Plan } from '../../src/stats/spans.ts'

const HOUR = 3_600_000

/** Where a moment is counted by a plan: once in a piece or a scan, or nowhere. */
function timesCounted(plan: Plan, at: number, foldedThrough: number): number {
  const scanned = plan.scans.filter(({ from, to }) => at >= from && at < to).length
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
        fc.array(at, { minLength: 20, maxLength: 20 }),
        (from, to, folded, spans, moments) => {
          fc.pre(from < to)
          const plan = planSpans({ from, to }, folded, spans)
          const edges = [from, to - 1, folded - 1, folded].filter((ms) => Number.isFinite(ms))
          for (const moment of [...moments, ...edges]) {
            const isIn = moment >= from && moment < to
            expect(timesCounted(plan, moment, folded)).toBe(isIn ? 1 : 0)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('uses a larger span only once it is over', () => {
    const folded = 100.5 * 24 * HOUR
    const plan = planSpans({ from: 0, to: Number.POSITIVE_INFINITY }, folded, SPANS[0])
    for (const { span, to } of plan.pieces) {
      if (span > (SPANS[0][0] ?? 0)) expect(to).toBeLessThanOrEqual(folded)
    }
    expect(plan.pieces.length).toBeLessThan(8)
  })
})
