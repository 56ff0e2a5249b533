import { describe, expect, it } from 'vitest'
import { decideBatch, windowOf } from '../../src/direct/decide-batch.ts'
import type { BatchSituation } from '../../src/direct/decide-batch.ts'

const decide = (more: Partial<BatchSituation>) =>
  decideBatch({
    total: 1000,
    fed: 0,
    open: 0,
    idleSeconds: 1,
    ratePerSecond: null,
    numberRate: 80,
    stopShare: null,
    counts: null,
    ...more,
  })
const feed = (count: number) => ({ kind: 'feed', count })

describe('what a batch does next', () => {
  it('lets go two seconds of its rate, less what is still open, and no more than there are', () => {
    expect(windowOf(null, 80)).toBe(160)
    expect(windowOf(5, 80)).toBe(50)
    expect(windowOf(null, 0)).toBe(1000)
    expect(decide({})).toEqual(feed(160))
    expect(decide({ open: 150 })).toEqual(feed(10))
    expect(decide({ open: 500 })).toEqual(feed(0))
    expect(decide({ fed: 995 })).toEqual(feed(5))
  })

  it('keeps its own rate, also below one a second', () => {
    expect(decide({ ratePerSecond: 10, idleSeconds: 0.5 })).toEqual(feed(5))
    expect(decide({ ratePerSecond: 0.5, idleSeconds: 1 })).toEqual(feed(0))
    expect(decide({ ratePerSecond: 0.5, idleSeconds: 2 })).toEqual(feed(1))
  })

  it('stops when more than the share has failed, of twenty at least', () => {
    const stopShare = 0.1
    expect(decide({ stopShare, fed: 100, counts: { failed: 10, sent: 9 } })).toEqual(feed(0))
    expect(decide({ stopShare, fed: 100, counts: { failed: 3, sent: 17 } })).toEqual({
      kind: 'stop',
    })
    expect(decide({ stopShare, fed: 100, counts: { failed: 2, sent: 18 } })).toEqual(feed(160))
    expect(decide({ stopShare, fed: 5, total: 5, counts: { failed: 5 } })).toEqual({ kind: 'stop' })
    expect(decide({ fed: 100, counts: { failed: 100 } })).toEqual(feed(160))
  })

  it('waits for what becomes of its first hundred, but not for ever', () => {
    const first = { stopShare: 0.1, fed: 100, counts: { accepted: 100 } }
    expect(decide({ ...first, fed: 0, counts: {} })).toEqual(feed(100))
    expect(decide(first)).toEqual(feed(0))
    expect(decide({ ...first, idleSeconds: 11 })).toEqual(feed(160))
  })

  it('is done when nothing is left that sends itself', () => {
    const fed = 1000
    expect(decide({ fed, counts: { accepted: 999, sending: 1 } })).toEqual(feed(0))
    expect(decide({ fed, counts: { accepted: 999, unconfirmed: 1 } })).toEqual({ kind: 'done' })
    expect(decide({ fed, stopShare: 0.5, counts: { accepted: 1, read: 999 } })).toEqual(feed(0))
    expect(
      decide({ fed, stopShare: 0.5, counts: { accepted: 1, read: 999 }, idleSeconds: 61 }),
    ).toEqual({
      kind: 'done',
    })
  })
})
