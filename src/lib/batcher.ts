/**
 * Group commit: items that arrive within a few milliseconds are handed over together, one batch at a
 * time. While a batch runs the next one gathers, so batches grow with the load and latency stays low
 * without it.
 */
export interface Batcher<Item, Result> {
  /** Resolves with the item's own result, or rejects when its batch failed as a whole. */
  add(item: Item): Promise<Result>
  /** Resolves when nothing is waiting or running. */
  drained(): Promise<void>
  /** Items waiting or running. */
  readonly size: number
}

export interface BatcherOptions<Item, Result> {
  maxItems: number
  /** How long the first item of a batch waits for company, in ms; 0 = until the next turn of the event loop. */
  lingerMs: number
  /** One result an item, in order. */
  run: (items: Item[]) => Promise<readonly Result[]>
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

export function createBatcher<Item, Result>(
  options: BatcherOptions<Item, Result>,
): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let running: Waiting<Item, Result>[] = []
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  let idle: (() => void)[] = []

  const schedule = (): void => {
    if (running.length > 0 || waiting.length === 0) return
    if (waiting.length >= options.maxItems) {
      void flush()
    } else {
      timer ??=
        options.lingerMs === 0
          ? setImmediate(() => void flush())
          : setTimeout(() => void flush(), options.lingerMs)
    }
  }

  const flush = async (): Promise<void> => {
    if (running.length > 0) return
    cancel()
    running = waiting.slice(0, options.maxItems)
    waiting = waiting.slice(options.maxItems)
    try {
      const results = await options.run(running.map((entry) => entry.item))
      if (results.length !== running.length) throw new Error('a batch must answer every item')
      running.forEach((entry, index) => {
        entry.resolve(results[index] as Result)
      })
    } catch (error) {
      for (const entry of running) entry.reject(error)
    }
    running = []
    if (waiting.length === 0) {
      const callbacks = idle
      idle = []
      for (const callback of callbacks) callback()
    } else {
      // They gathered while the batch before them ran: that was their linger.
      void flush()
    }
  }

  const cancel = (): void => {
    if (timer === undefined) return
    clearTimeout(timer as NodeJS.Timeout)
    clearImmediate(timer as NodeJS.Immediate)
    timer = undefined
  }

  return {
    add(item) {
      return new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      })
    },
    drained() {
      if (waiting.length === 0 && running.length === 0) return Promise.resolve()
      return new Promise((resolve) => {
        idle.push(resolve)
      })
    },
    get size() {
      return waiting.length + running.length
    },
  }
}
