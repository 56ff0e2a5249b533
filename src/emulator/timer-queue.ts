import type { Activity } from './activity.ts'

/**
 * Many delayed actions on one timer: a binary heap by due time. Ten thousand statuses a second would
 * otherwise be ten thousand timers of the runtime.
 */
export interface TimerQueue {
  /** @param options.background not counted as activity, e.g. an approval that comes in hours */
  schedule(delayMs: number, run: () => void, options?: { background?: boolean }): void
  readonly size: number
  /** Forgets everything that is waiting. */
  clear(): void
}

interface Entry {
  at: number
  /** Equal times keep the order in which they were scheduled. */
  order: number
  tracked: boolean
  run: () => void
}

export function createTimerQueue(activity: Activity): TimerQueue {
  const heap: Entry[] = []
  let scheduled = 0
  let timer: NodeJS.Timeout | undefined
  let timerAt = Infinity

  const arm = (): void => {
    const first = heap[0]
    if (first === undefined || first.at >= timerAt) return
    clearTimeout(timer)
    timerAt = first.at
    timer = setTimeout(fire, Math.max(0, first.at - performance.now()))
  }
  const fire = (): void => {
    timer = undefined
    timerAt = Infinity
    // Node's timers have a resolution of 1 ms: what is due within it goes now.
    const due = performance.now() + 1
    for (let first = heap[0]; first !== undefined && first.at <= due; first = heap[0]) {
      removeFirst(heap)
      first.run()
      if (first.tracked) activity.end()
    }
    arm()
  }

  return {
    schedule(delayMs, run, { background = false } = {}) {
      if (!background) activity.begin()
      scheduled += 1
      insert(heap, { at: performance.now() + delayMs, order: scheduled, tracked: !background, run })
      arm()
    },
    get size() {
      return heap.length
    },
    clear() {
      clearTimeout(timer)
      timer = undefined
      timerAt = Infinity
      for (const entry of heap.splice(0)) if (entry.tracked) activity.end()
    },
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

function insert(heap: Entry[], entry: Entry): void {
  let index = heap.length
  heap.push(entry)
  while (index > 0) {
    const parentIndex = (index - 1) >> 1
    const parent = heap[parentIndex] as Entry
    if (!isBefore(entry, parent)) break
    heap[index] = parent
    index = parentIndex
  }
  heap[index] = entry
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    let childIndex = 2 * index + 1
    let child = heap[childIndex]
    const right = heap[childIndex + 1]
    if (child === undefined) break
    if (right !== undefined && isBefore(right, child)) {
      child = right
      childIndex += 1
    }
    if (!isBefore(child, last)) break
    heap[index] = child
    index = childIndex
  }
  heap[index] = last
}
