/** Counts what is under way, so that a test can wait for rest instead of sleeping. */
export interface Activity {
  begin(): void
  end(): void
  readonly count: number
  /** Resolves when nothing is under way; at once where that is so now. */
  rest(): Promise<void>
}

export function createActivity(): Activity {
  let count = 0
  let waiting: (() => void)[] = []
  const zero = (): Promise<void> =>
    count === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          waiting.push(resolve)
        })
  return {
    begin() {
      count += 1
    },
    end() {
      count -= 1
      if (count > 0) return
      const resting = waiting
      waiting = []
      for (const resolve of resting) resolve()
    },
    get count() {
      return count
    },
    async rest() {
      // What follows from the last action may begin a moment after its end: a turn of the loop tells.
      do {
        await zero()
        await new Promise((resolve) => setImmediate(resolve))
      } while (count > 0)
    },
  }
}
