import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBatcher } from '../../src/lib/batcher.ts'

/** A batcher whose batches end when the test says so. */
function createWorld(lingerMs: number, maxItems = 100, mayMoreCome?: () => boolean) {
  const batches: { items: number[]; end: () => void }[] = []
  const batcher = createBatcher<number, number>({
    maxItems,
    lingerMs,
    ...(mayMoreCome !== undefined && { mayMoreCome }),
    run: (items) =>
      new Promise((resolve) => {
        batches.push({ items, end: () => resolve(items.map((item) => item * 10)) })
      }),
  })
  return { batches, batcher, begun: () => batches.map(({ items }) => items) }
}

describe('a batcher', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hands over together what comes within the linger of the first, and answers each', async () => {
    const { batcher, batches, begun } = createWorld(10)
    const first = batcher.add(1)
    await vi.advanceTimersByTimeAsync(9)
    const second = batcher.add(2)
    expect(begun()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun()).toEqual([[1, 2]])
    batches[0]?.end()
    expect(await Promise.all([first, second])).toEqual([10, 20])
  })

  it('lets what came while a batch ran wait for the rest of its linger only', async () => {
    const { batcher, batches, begun } = createWorld(10)
    void batcher.add(1)
    await vi.advanceTimersByTimeAsync(10)
    void batcher.add(2)
    await vi.advanceTimersByTimeAsync(4)
    batches[0]?.end()
    await vi.advanceTimersByTimeAsync(5)
    void batcher.add(3)
    expect(begun()).toEqual([[1]])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun()).toEqual([[1], [2, 3]])
    void batcher.add(4)
    await vi.advanceTimersByTimeAsync(20)
    batches[1]?.end()
    await vi.advanceTimersByTimeAsync(0)
    expect(begun()).toEqual([[1], [2, 3], [4]])
  })

  it('does not wait once a batch is full', async () => {
    const { batcher, batches, begun } = createWorld(10, 2)
    for (const item of [1, 2, 3]) void batcher.add(item)
    expect(begun()).toEqual([[1, 2]])
    expect(batcher.size).toBe(3)
    batches[0]?.end()
    await vi.advanceTimersByTimeAsync(10)
    expect(begun()).toEqual([[1, 2], [3]])
    batches[1]?.end()
    await batcher.drained()
    expect(batcher.size).toBe(0)
  })

  it('does not wait where nobody else can come before an answer', async () => {
    let guests = 3
    const { batcher, batches, begun } = createWorld(10, 100, () => guests > 0)
    for (const item of [1, 2, 3]) {
      guests -= 1
      void batcher.add(item)
    }
    expect(begun()).toEqual([[1, 2, 3]])
    guests = 2
    void batcher.add(4)
    await vi.advanceTimersByTimeAsync(5)
    guests = 0
    batches[0]?.end()
    await vi.advanceTimersByTimeAsync(0)
    expect(begun()).toEqual([[1, 2, 3], [4]])
    batches[1]?.end()
    await batcher.drained()
  })
})
