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
    rest() {
      if (count === 0) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.push(resolve)
      })
    },
  }
}
