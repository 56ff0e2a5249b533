/** When a send is tried again. Pure; randomness comes in. */

const BASE_MS = 2000
const CAP_MS = 10 * 60 * 1000
const PAIR_MIN_MS = 6000

/**
 * 2 s × 2^step with full jitter, at most 10 minutes: 0-2 s, 0-4 s, 0-8 s … so that a thousand
 * messages that failed together do not come back together.
 *
 * @param step failures before this one, from 0
 * @param random in [0, 1)
 * @param minimumMs what Meta asks for at least (`Retry-After`, the catalogue)
 */
export function backoffMs(step: number, random: () => number, minimumMs = 0): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(step, 20))
  return Math.max(minimumMs, Math.round(random() * ceiling))
}

/** 4^n seconds, at least 6 (reference, section 6), at most 10 minutes; jitter upwards only. */
export function pairWaitMs(step: number, random: () => number): number {
  const wait = Math.min(CAP_MS, Math.max(PAIR_MIN_MS, 1000 * 4 ** Math.min(step + 1, 10)))
  return Math.round(wait * (1 + random() * 0.1))
}
