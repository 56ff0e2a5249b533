/**
 * Stops sending while Meta answers nothing. A send without an answer is in doubt and may end with a
 * person, so an outage of Meta must not be found out with message after message: after ten in a row
 * nothing starts, a read that harms nobody is tried at growing intervals, and once it is answered one
 * message goes first.
 */
export interface Breaker {
  /** Sending is stopped. */
  readonly isOpen: boolean
  /** How many sends may start now; asks Meta itself where it is time to. */
  admit(inFlight: number): Promise<number>
  /** Meta answered, whatever it said. @returns true when sending had been stopped */
  answered(): boolean
  /** Meta did not answer, or could not work. @returns for how long nothing starts, when it begins just now */
  failed(): number | null
}

const FAILURES_IN_A_ROW = 10
const FIRST_PAUSE_MS = 2000
const LONGEST_PAUSE_MS = 30_000

/**
 * @param options.canReach a cheap read, true when Meta answered it
 * @param options.now monotonic, in ms
 */
export function createBreaker(options: {
  canReach: () => Promise<boolean>
  now: () => number
}): Breaker {
  const { canReach, now } = options
  let failures = 0
  let pauses = 0
  /** Null: everything may start. */
  let closedUntil: number | null = null

  const pause = (): number => {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pauses, 10))
    pauses += 1
    closedUntil = now() + ms
    return ms
  }
  return {
    get isOpen() {
      return closedUntil !== null
    },
    async admit(inFlight) {
      if (closedUntil === null) return Number.POSITIVE_INFINITY
      // The one that went first decides; those begun before the outage are waited for, too.
      if (now() < closedUntil || inFlight > 0) return 0
      if (await canReach()) return 1
      pause()
      return 0
    },
    answered() {
      const wasClosed = closedUntil !== null
      failures = 0
      pauses = 0
      closedUntil = null
      return wasClosed
    },
    failed() {
      failures += 1
      if (closedUntil !== null) {
        if (now() >= closedUntil) pause()
        return null
      }
      return failures >= FAILURES_IN_A_ROW ? pause() : null
    },
  }
}
