/**
 * How many sends may start now, by one number's rate. The rate is halved when Meta says it was too
 * much, and grows back by a tenth of the full rate a second.
 */
export interface TokenBucket {
  /** Takes up to `wanted` tokens; returns how many were had. */
  take(wanted: number): number
  /** Gives back what was not used. */
  giveBack(tokens: number): void
  /** Ms until at least one token is there; 0 when one is. */
  waitMs(): number
  halve(): void
  /** Nothing starts for this long. */
  pause(ms: number): void
}

/**
 * @param ratePerSecond 0 = no limit
 * @param now a monotonic clock in ms
 */
export function createTokenBucket(ratePerSecond: number, now: () => number): TokenBucket {
  const unlimited = ratePerSecond === 0
  let rate = ratePerSecond
  // A tenth of a second's worth at most: a quiet hour earns no burst.
  const burst = Math.max(1, ratePerSecond / 10)
  let tokens = burst
  let refilledAt = now()
  let pausedUntil = 0

  const refill = (): void => {
    const at = now()
    const seconds = (at - refilledAt) / 1000
    tokens = Math.min(burst, tokens + seconds * rate)
    rate = Math.min(ratePerSecond, rate + seconds * (ratePerSecond / 10))
    refilledAt = at
  }

  return {
    take(wanted) {
      if (now() < pausedUntil) return 0
      if (unlimited) return wanted
      refill()
      const taken = Math.min(wanted, Math.floor(tokens))
      tokens -= taken
      return taken
    },
    giveBack(given) {
      if (!unlimited) tokens = Math.min(burst, tokens + given)
    },
    waitMs() {
      const paused = Math.max(0, pausedUntil - now())
      if (unlimited) return paused
      refill()
      return Math.max(paused, tokens >= 1 ? 0 : ((1 - tokens) / rate) * 1000)
    },
    halve() {
      refill()
      rate = Math.max(ratePerSecond / 64, rate / 2)
      tokens = 0
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, now() + ms)
    },
  }
}
