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
  /** How long the first of a batch waits for company, in ms, also while another batch runs; 0 = until the event loop's next turn. */
  lingerMs: number
  /** False: before those that are here are answered nobody else can come, so there is nothing to wait for. */
  mayMoreCome?: () => boolean
  /** One result an item, in order. */
  run: (items: Item[]) => Promise<readonly Result[]>
}

interface Waiting<Item, Result> {
  item: Item
  /** Milliseconds of the monotonic clock. */
  since: number
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
    // Of those that gathered while a batch ran, that was a part of their linger, or all of it.
    const left = options.lingerMs - (performance.now() - (waiting[0]?.since ?? 0))
    const begin = () => void flush()
    if (waiting.length >= options.maxItems || options.mayMoreCome?.() === false) begin()
    else if (options.lingerMs === 0) timer ??= setImmediate(begin)
    else if (left <= 0) begin()
    else timer ??= setTimeout(begin, left)
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
    } else schedule()
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
        waiting.push({ item, since: performance.now(), resolve, reject })
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
