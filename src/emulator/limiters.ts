/** Throughput of a number: a bucket of one second's worth that fills at the rate. */
export interface RateLimiter {
  /** False: over the limit, and nothing was taken. */
  take(nowMs: number): boolean
  setRate(perSecond: number): void
}

/** @param perSecond 0 = no limit */
export function createRateLimiter(perSecond: number): RateLimiter {
  let rate = perSecond
  let tokens = rate
  let filledAt = -Infinity
  return {
    take(nowMs) {
      if (rate === 0) return true
      tokens = Math.min(rate, tokens + ((nowMs - filledAt) / 1000) * rate)
      filledAt = nowMs
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    setRate(next) {
      rate = next
      tokens = next
    },
  }
}

const INTERVAL_MS = 6000

/**
 * One message per 6 s to the same recipient. A burst of up to `burst` messages within 6 s is let
 * through; then the pair is silent until all of it is repaid, 6 s a message (reference, section 6).
 */
export interface PairLimiter {
  take(recipient: string, nowMs: number): boolean
  set(limit: { enabled?: boolean | undefined; burst?: number | undefined }): void
  clear(): void
}

interface Burst {
  startedAt: number
  count: number
}

export function createPairLimiter(enabled: boolean, burst: number): PairLimiter {
  const bursts = new Map<string, Burst>()
  let limit = { enabled, burst }
  let sweepAt = 1024

  return {
    take(recipient, nowMs) {
      if (!limit.enabled) return true
      const current = bursts.get(recipient)
      if (current === undefined || isRepaid(current, nowMs)) {
        bursts.set(recipient, { startedAt: nowMs, count: 1 })
        if (bursts.size >= sweepAt) sweep(nowMs)
        return true
      }
      if (nowMs - current.startedAt >= INTERVAL_MS || current.count >= limit.burst) return false
      current.count += 1
      return true
    },
    set(next) {
      limit = { enabled: next.enabled ?? limit.enabled, burst: next.burst ?? limit.burst }
    },
    clear() {
      bursts.clear()
    },
  }

  /** Pairs without a debt are forgotten whenever their number has doubled. */
  function sweep(nowMs: number): void {
    for (const [recipient, entry] of bursts) if (isRepaid(entry, nowMs)) bursts.delete(recipient)
    sweepAt = Math.max(1024, bursts.size * 2)
  }
}

function isRepaid(burst: Burst, nowMs: number): boolean {
  return nowMs >= burst.startedAt + burst.count * INTERVAL_MS
}
