import { setTimeout as pause } from 'node:timers/promises'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import type { ClaimedMessage } from '../message/outbox.ts'
import type { SendSlots, SlotClaim } from '../message/send-slots.ts'
import type { SendRate } from './send-rate.ts'

/** The sends that may be under way at once in this process: every kill of it puts that many in doubt. */
export interface Slots {
  readonly size: number
  readonly free: number
  readonly taken: number
  take(count: number): void
  giveBack(count: number): void
  /** Resolves once so many are free, or after `ms`. */
  untilFree(count: number, ms: number): Promise<void>
}

export function createSlots(size: number): Slots {
  let taken = 0
  let waiting: { count: number; resolve: () => void }[] = []
  return {
    size,
    get free() {
      return size - taken
    },
    get taken() {
      return taken
    },
    take(count) {
      taken += count
    },
    giveBack(count) {
      taken -= count
      if (waiting.length === 0) return
      const ready = waiting.filter((one) => size - taken >= one.count)
      for (const one of ready) one.resolve()
    },
    untilFree(count, ms) {
      if (size - taken >= count) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(finish, ms)
        const one = { count, resolve: finish }
        function finish(): void {
          clearTimeout(timer)
          waiting = waiting.filter((other) => other !== one)
          resolve()
        }
        waiting.push(one)
      })
    },
  }
}

/** Fewer at once are not worth a statement of their own. */
const FEW_SLOTS = 64
/** While Meta answers as fast as it does, an order waits for a slot rather than in the table. */
const SLOTS_WITHIN_MS = 250
const LOOK_AGAIN_MS = 5

/**
 * Slots for orders that this process writes. An order that is written as queued costs a claim, and its
 * acceptance an entry in each index; so while sends end quickly it waits here, unacknowledged, for a slot.
 *
 * @param options.isOpen nothing is known that forbids to send
 * @param options.hasBacklog messages wait in the table: they go first
 */
export function createSendSlots(options: {
  slots: Slots
  rate: Pick<SendRate, 'take' | 'giveBack'>
  claim: SlotClaim
  isOpen: () => boolean
  hasBacklog: () => boolean
  send: (message: ClaimedMessage, intendedAt: number) => void
}): SendSlots {
  const { slots, rate, claim, isOpen, hasBacklog } = options
  /** The number's rate is what is short: it is waited for in the table. */
  let isPaced = false

  const waitForSlots = async (count: number): Promise<void> => {
    const until = performance.now() + SLOTS_WITHIN_MS
    const left = (): number => until - performance.now()
    while (isOpen() && !isPaced && left() > 0) {
      if (hasBacklog()) await pause(LOOK_AGAIN_MS)
      else if (slots.free < count) await slots.untilFree(count, left())
      else return
    }
  }

  return {
    async reserve(wanted) {
      await waitForSlots(Math.min(wanted, FEW_SLOTS, slots.size))
      if (!isOpen() || hasBacklog() || slots.free <= 0) return undefined
      const taken = Math.min(wanted, slots.free)
      slots.take(taken)
      let left = 0
      try {
        left = (await rate.take(taken)).granted
        isPaced = left < taken
      } finally {
        slots.giveBack(taken - left)
      }
      if (left === 0) return undefined
      // Before the commit: a process paused while it waits for the answer is late, too.
      const intendedAt = performance.now()
      return {
        get left() {
          return left
        },
        claim,
        async start(messages) {
          left -= messages.length
          if (FAILPOINTS && messages.length > 0) await reach('dispatcher.after_intent')
          for (const message of messages) options.send(message, intendedAt)
        },
        async release() {
          const unused = left
          left = 0
          slots.giveBack(unused)
          await rate.giveBack(unused)
        },
      }
    },
  }
}
