import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAckWindow } from '../../../src/intake/event-sources/ack-window.ts'
import type { Ack } from '../../../src/intake/event-sources/ack-window.ts'

describe('the acknowledgements of a channel', () => {
  it('go in one frame for a run of answered deliveries', () => {
    const window = createAckWindow()
    for (const tag of [1, 2, 3]) window.delivered(tag)
    for (const tag of [3, 1, 2]) window.answered(tag)
    expect(window.take()).toEqual([{ deliveryTag: 3, multiple: true }])
    expect(window.take()).toEqual([])
  })

  it('go alone behind a delivery that is not answered', () => {
    const window = createAckWindow()
    for (const tag of [1, 2, 3, 4]) window.delivered(tag)
    for (const tag of [1, 3]) window.answered(tag)
    expect(window.take()).toEqual([
      { deliveryTag: 1, multiple: false },
      { deliveryTag: 3, multiple: false },
    ])
    for (const tag of [2, 4]) window.answered(tag)
    expect(window.take()).toEqual([{ deliveryTag: 4, multiple: true }])
  })

  it('never name a tag that is gone, which the broker would take for everything', () => {
    const window = createAckWindow()
    for (const tag of [1, 2, 3]) window.delivered(tag)
    window.answered(2)
    expect(window.take()).toEqual([{ deliveryTag: 2, multiple: false }])
    window.answered(1)
    expect(window.take()).toEqual([{ deliveryTag: 1, multiple: false }])
  })

  it('are exactly the answered ones, whatever the order of answers and frames', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('deliver' as const) }),
      fc.record({ kind: fc.constant('answer' as const), pick: fc.nat() }),
      fc.record({ kind: fc.constant('take' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = createAckWindow()
        const broker = createBroker()
        const unanswered = new Set<number>()
        let last = 0
        for (const each of steps) {
          if (each.kind === 'deliver') {
            last += 1
            window.delivered(last)
            broker.unacknowledged.add(last)
            unanswered.add(last)
          } else if (each.kind === 'answer') {
            const tag = [...unanswered][each.pick % Math.max(unanswered.size, 1)]
            if (tag === undefined) continue
            unanswered.delete(tag)
            window.answered(tag)
          } else {
            for (const ack of window.take()) broker.acknowledge(ack)
            expect([...broker.unacknowledged]).toEqual([...unanswered])
          }
        }
      }),
    )
  })
})

/** As the broker reads an acknowledgement: it looks for the tag from the front. */
function createBroker(): { unacknowledged: Set<number>; acknowledge(ack: Ack): void } {
  const unacknowledged = new Set<number>()
  return {
    unacknowledged,
    acknowledge({ deliveryTag, multiple }) {
      const isKnown = unacknowledged.has(deliveryTag)
      for (const tag of unacknowledged) {
        if (tag === deliveryTag || (multiple && (!isKnown || tag < deliveryTag))) {
          unacknowledged.delete(tag)
        }
      }
      if (!isKnown) throw new Error(`unknown delivery tag ${String(deliveryTag)}`)
    },
  }
}
