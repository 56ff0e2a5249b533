import { describe, expect, it } from 'vitest'
import { createBreaker } from '../../src/dispatcher/breaker.ts'

describe('the breaker', () => {
  const setup = () => {
    const meta = { answers: false, asked: 0 }
    let now = 0
    const breaker = createBreaker({
      canReach: () => {
        meta.asked += 1
        return Promise.resolve(meta.answers)
      },
      now: () => now,
    })
    const fail = (times: number) => Array.from({ length: times }, () => breaker.failed())
    return { breaker, meta, fail, pass: (ms: number) => (now += ms) }
  }

  it('lets everything start while Meta answers now and then', async () => {
    const { breaker, fail } = setup()
    for (let round = 0; round < 5; round += 1) {
      expect(fail(9).every((pause) => pause === null)).toBe(true)
      expect(breaker.answered()).toBe(false)
    }
    expect(await breaker.admit(200)).toBe(Number.POSITIVE_INFINITY)
  })

  it('stops after ten failures in a row, and tells once for how long', async () => {
    const { breaker, fail } = setup()
    expect(fail(12)).toEqual([...Array.from({ length: 9 }, () => null), 2000, null, null])
    expect(await breaker.admit(0)).toBe(0)
  })

  it('asks Meta at growing intervals, and sends nothing meanwhile', async () => {
    const { breaker, meta, fail, pass } = setup()
    fail(10)
    const askedAt: number[] = []
    for (let second = 1; second <= 100; second += 1) {
      pass(1000)
      const before = meta.asked
      expect(await breaker.admit(0)).toBe(0)
      if (meta.asked > before) askedAt.push(second)
    }
    expect(askedAt).toEqual([2, 6, 14, 30, 60, 90])
  })

  it('lets one message go first, and all others once it is answered', async () => {
    const { breaker, meta, fail, pass } = setup()
    fail(10)
    pass(2000)
    meta.answers = true
    expect(await breaker.admit(3), 'others are still under way').toBe(0)
    expect(await breaker.admit(0)).toBe(1)
    expect(await breaker.admit(1)).toBe(0)
    expect(breaker.answered()).toBe(true)
    expect(await breaker.admit(1)).toBe(Number.POSITIVE_INFINITY)
  })

  it('waits longer when the one that went first fails', async () => {
    const { breaker, meta, fail, pass } = setup()
    meta.answers = true
    fail(10)
    pass(2000)
    expect(await breaker.admit(0)).toBe(1)
    expect(fail(1)).toEqual([null])
    pass(3999)
    expect(await breaker.admit(0)).toBe(0)
    pass(1)
    expect(await breaker.admit(0)).toBe(1)
  })
})
