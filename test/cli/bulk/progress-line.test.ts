import { describe, expect, it } from 'vitest'
import { addUp, isSettled } from '../../../src/cli/bulk/batch-counts.ts'
import { progressBar, progressWords } from '../../../src/cli/bulk/progress-line.ts'

const NOW = new Date('2026-11-23T12:00:00Z')
const batch = (counts: Record<string, number>, more: Record<string, unknown> = {}) => ({
  state: 'running',
  counts: { PENDING: 0, SENT: 0, DELIVERED: 0, READ: 0, FAILED: 0, ...counts },
  estimated_end: null,
  ...more,
})

describe('the progress of batches', () => {
  it('adds them up, and ends with the last of them', () => {
    const progress = addUp([
      batch({ PENDING: 58, SENT: 12 }, { estimated_end: '2026-11-23T12:01:05Z' }),
      batch({ READ: 20, FAILED: 10 }, { state: 'done' }),
    ])
    expect(progressBar(progress, NOW)).toBe(
      '[██████░░░░░░░░░░]  42 %  42 of 100  0:01:05 left  10 failed, 20 read, 12 sent, 58 pending',
    )
    expect(progressWords(progress)).toBe(
      ' 42 %  42 of 100  10 failed, 20 read, 12 sent, 58 pending',
    )
    expect(isSettled(progress)).toBe(false)
  })

  it('is not all before it is all, and says when nothing goes on', () => {
    expect(progressWords(addUp([batch({ PENDING: 1, READ: 9999 }, { state: 'paused' })]))).toBe(
      ' 99 %  9999 of 10000  paused  9999 read, 1 pending',
    )
  })

  it('is settled when nothing is sent any more and nothing is on its way', () => {
    expect(isSettled(addUp([batch({ DELIVERED: 1, FAILED: 1 }, { state: 'done' })]))).toBe(true)
    expect(isSettled(addUp([batch({ SENT: 1 }, { state: 'done' })]))).toBe(false)
    expect(isSettled(addUp([batch({ READ: 1 })]))).toBe(false)
    expect(isSettled(addUp([batch({}, { state: 'done' })]))).toBe(true)
  })
})
