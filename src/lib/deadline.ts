import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for the promise, but not longer; a rejection counts as an end too. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  try {
    return await Promise.race([
      promise.then(
        () => true,
        () => true,
      ),
      sleep(ms, false, { signal: timer.signal }),
    ])
  } finally {
    timer.abort()
  }
}

/** Sleeps, or returns at once when the signal comes. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // aborted: whoever waits looks at the signal
  }
}

/** Doubles from `lowMs` up to `highMs`. */
export function backoff(lowMs: number, highMs: number, tries: number): number {
  return Math.min(highMs, lowMs * 2 ** Math.min(tries, 30))
}
