import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, pairWaitMs } from '../../src/dispatcher/retry-policy.ts'

const step = fc.nat({ max: 10_000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const TEN_MINUTES = 600_000

describe('the backoff', () => {
  it('is at most 2 s × 2^step and at most 10 minutes, with full jitter', () => {
    fc.assert(
      fc.property(step, random, (n, r) => {
        const ceiling = Math.min(TEN_MINUTES, 2000 * 2 ** n)
        expect(backoffMs(n, () => r)).toBe(Math.round(r * ceiling))
      }),
    )
    expect(Array.from({ length: 10 }, (_, n) => backoffMs(n, () => 0.999_999_9))).toEqual([
      2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 512_000, 600_000,
    ])
  })

  it('is never shorter than what Meta asks for, even beyond 10 minutes', () => {
    fc.assert(
      fc.property(step, random, fc.nat({ max: 86_400_000 }), (n, r, minimum) => {
        const wait = backoffMs(n, () => r, minimum)
        expect(wait).toBeGreaterThanOrEqual(minimum)
        expect(wait).toBeLessThanOrEqual(Math.max(minimum, TEN_MINUTES))
      }),
    )
  })
})

describe('the wait of a pair', () => {
  it('is 4^n seconds, from 6 seconds to 10 minutes, and never shorter for jitter', () => {
    expect([0, 1, 2, 3, 4, 5].map((n) => pairWaitMs(n, () => 0))).toEqual([
      6000, 16_000, 64_000, 256_000, 600_000, 600_000,
    ])
    fc.assert(
      fc.property(step, random, (n, r) => {
        const wait = pairWaitMs(n, () => r)
        expect(wait).toBeGreaterThanOrEqual(6000)
        expect(wait).toBeLessThanOrEqual(TEN_MINUTES * 1.1)
      }),
    )
  })
})
