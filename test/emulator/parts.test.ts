import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createActivity } from '../../src/emulator/activity.ts'
import { escapeBody } from '../../src/emulator/escape-body.ts'
import { createFifo } from '../../src/emulator/fifo.ts'
import { findGraphVersion } from '../../src/emulator/graph-version.ts'
import { createMessageLog } from '../../src/emulator/message-log.ts'
import type { AcceptedMessage } from '../../src/emulator/message-log.ts'
import { callingCodeOf, readRecipient } from '../../src/emulator/phone-number.ts'
import { createRandom } from '../../src/emulator/random.ts'
import { createTimerQueue } from '../../src/emulator/timer-queue.ts'
import { createWamid } from '../../src/emulator/wamid.ts'

describe('escaping', () => {
  it('keeps the meaning and leaves printable ASCII only', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value)
        const escaped = escapeBody(json)
        expect(JSON.parse(escaped)).toEqual(JSON.parse(json))
        expect(escaped).toMatch(/^[\x20-\x7f]*$/)
      }),
    )
  })
})

describe('the seeded source', () => {
  it('repeats itself', () => {
    const draw = (seed: number): string => {
      const random = createRandom(seed)
      return random.hex(20) + random.digits(10) + random.token(10)
    }
    expect(draw(1)).toBe(draw(1))
    expect(draw(1)).not.toBe(draw(2))
  })

  it('forks a source by name that what was drawn in between does not touch', () => {
    const early = createRandom(1)
    const late = createRandom(1)
    late.hex(100)
    expect(late.fork('a').hex(20)).toBe(early.fork('a').hex(20))
    expect(late.fork('b').hex(20)).not.toBe(early.fork('a').hex(20))
    expect(createRandom(2).fork('a').hex(20)).not.toBe(early.fork('a').hex(20))
  })

  it('shuffles into another order with the same items', () => {
    const items = fc.uniqueArray(fc.integer(), { minLength: 2 })
    fc.assert(
      fc.property(items, fc.integer(), (list, seed) => {
        const shuffled = createRandom(seed).shuffle(list)
        expect(shuffled).not.toEqual(list)
        expect([...shuffled].sort()).toEqual([...list].sort())
      }),
    )
  })

  it('makes a hundred thousand wamids of which none is twice', () => {
    const random = createRandom(3)
    const ids = Array.from({ length: 100_000 }, () => createWamid(random, '34612345678', 'out'))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('the timer queue', () => {
  it('runs by due time, and in order where times are equal', async () => {
    const activity = createActivity()
    const timers = createTimerQueue(activity)
    const ran: number[] = []
    for (const delay of [30, 10, 20, 10, 0, 30]) timers.schedule(delay, () => ran.push(delay))
    await activity.rest()
    expect(ran).toEqual([0, 10, 10, 20, 30, 30])
    expect(timers.size).toBe(0)
  })

  it('lets an action schedule the next', async () => {
    const activity = createActivity()
    const timers = createTimerQueue(activity)
    const ran: number[] = []
    const step = (left: number): void => {
      ran.push(left)
      if (left > 0) timers.schedule(0, () => step(left - 1))
    }
    timers.schedule(0, () => step(3))
    await activity.rest()
    expect(ran).toEqual([3, 2, 1, 0])
  })

  it('forgets what is cleared', async () => {
    const activity = createActivity()
    const timers = createTimerQueue(activity)
    timers.schedule(60_000, () => expect.unreachable())
    timers.clear()
    await activity.rest()
    expect(activity.count).toBe(0)
  })
})

describe('the queue', () => {
  it('gives back what was put in, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer())), (steps) => {
        const fifo = createFifo<number>()
        const model: number[] = []
        for (const step of steps) {
          if (step === null) {
            expect(fifo.take()).toBe(model.shift())
          } else {
            fifo.put(step)
            model.push(step)
          }
          expect(fifo.size).toBe(model.length)
        }
        expect(fifo.clear()).toEqual(model)
      }),
    )
  })
})

function accepted(index: number, callbackData: string | null): AcceptedMessage {
  return {
    wamid: `w${String(index)}`,
    input: '+34600000000',
    waId: '34600000000',
    userId: 'ES.1',
    type: 'text',
    templateName: null,
    language: null,
    category: 'service',
    free: false,
    callbackData,
    acceptedAtMs: index,
    behaviour: 'normal',
    statuses: [],
    replies: 0,
    body: '{}',
  }
}

describe('the history', () => {
  it('holds no more than its limit and forgets the oldest with its count', () => {
    const log = createMessageLog(3)
    for (let index = 0; index < 5; index++) log.add(accepted(index, `c${String(index % 2)}`))
    expect(log.list().map(({ wamid }) => wamid)).toEqual(['w2', 'w3', 'w4'])
    expect(log.find('w1')).toBeUndefined()
    expect([log.total, log.size]).toEqual([5, 3])
    expect(Object.fromEntries(log.counts())).toEqual({ c0: 2, c1: 1 })
  })

  it('keeps the bodies of the last 10,000', () => {
    const log = createMessageLog(20_000)
    for (let index = 0; index < 10_500; index++) log.add(accepted(index, null))
    const bodies = log.list().filter(({ body }) => body !== null)
    expect([bodies.length, bodies[0]?.wamid]).toEqual([10_000, 'w500'])
  })
})

describe('numbers', () => {
  it.each([
    ['15550783881', '1'],
    ['34612345678', '34'],
    ['351912345678', '351'],
    ['79161234567', '7'],
    ['919812345678', '91'],
  ])('%s begins with %s', (digits, code) => {
    expect(callingCodeOf(digits)).toBe(code)
  })

  it.each(['', '+', '+34 abc', '+1234567890123456', '+34_612345678'])('"%s" is none', (to) => {
    expect(readRecipient(to, '1')).toBeUndefined()
  })
})

describe('versions', () => {
  const at = Date.parse('2026-11-22')
  it.each([
    ['v18.0', 21],
    ['v21.0', 21],
    ['v25.0', 25],
    ['v40.0', 26],
    ['25', undefined],
    ['_emulator', undefined],
  ])('%s is served by %s', (segment, version) => {
    expect(findGraphVersion(segment, at)).toBe(version)
  })
})
