import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPairLimiter, createRateLimiter } from '../../src/emulator/limiters.ts'
import { errorOf, message, send, setup, steer } from './setup.ts'

const INTERVAL_MS = 6000

describe('the pair limit', () => {
  it('lets one message per 6 s through where no burst is allowed', () => {
    const limiter = createPairLimiter(true, 1)
    const taken = [0, 1, 5999, 6000, 11_999, 12_000].map((at) => limiter.take('a', at))
    expect(taken).toEqual([true, false, false, true, false, true])
  })

  it('lets a burst through and is silent until all of it is repaid', () => {
    const limiter = createPairLimiter(true, 45)
    const burst = Array.from({ length: 46 }, (_, index) => limiter.take('a', index))
    expect(burst.filter(Boolean)).toHaveLength(45)
    expect(limiter.take('a', 45 * INTERVAL_MS - 1)).toBe(false)
    expect(limiter.take('a', 45 * INTERVAL_MS)).toBe(true)
  })

  it('never lets more through in the long run than one per 6 s and a burst', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 45 }), (waits, burst) => {
        const limiter = createPairLimiter(true, burst)
        let now = 0
        let taken = 0
        for (const wait of waits) {
          now += wait
          if (limiter.take('a', now)) taken += 1
          expect(taken).toBeLessThanOrEqual(now / INTERVAL_MS + burst)
        }
      }),
    )
  })

  it('knows nothing of other recipients, and forgets those without a debt', () => {
    const limiter = createPairLimiter(true, 1)
    for (let index = 0; index < 5000; index++) {
      expect(limiter.take(`r${String(index)}`, index * INTERVAL_MS)).toBe(true)
    }
  })

  it('is 131056 over HTTP, before anything is accepted', async () => {
    await using bench = await setup({ pairLimit: true, pairBurst: 1 })
    expect((await send(bench.emulator)).status).toBe(200)
    expect(errorOf(await send(bench.emulator)).code).toBe(131056)
    expect((await send(bench.emulator, message('+34612345679'))).status).toBe(200)
    expect(bench.emulator.control.state().accepted).toBe(2)
  })
})

describe('the throughput', () => {
  it('never passes more in a window than the rate and one full bucket', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 300 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 100 }), (waits, rate) => {
        const limiter = createRateLimiter(rate)
        let now = 0
        let taken = 0
        for (const wait of waits) {
          now += wait
          if (limiter.take(now)) taken += 1
          expect(taken).toBeLessThanOrEqual((now / 1000) * rate + rate + 1e-6)
        }
      }),
    )
  })

  it('is 130429 over HTTP and can be changed', async () => {
    await using bench = await setup({ maxMps: 2, clock: () => 1_795_000_000_000 })
    const codes: unknown[] = []
    for (let index = 0; index < 3; index++) codes.push((await send(bench.emulator)).status)
    expect(codes).toEqual([200, 200, 400])
    expect(errorOf(await send(bench.emulator)).code).toBe(130429)
    await steer(bench.emulator, 'POST', 'limits', { max_mps: 0 })
    expect((await send(bench.emulator)).status).toBe(200)
  })
})
