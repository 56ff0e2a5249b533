/** A queue whose `take` costs the same however long it is; `Array.shift` does not. */
export interface Fifo<Item> {
  put(item: Item): void
  take(): Item | undefined
  readonly size: number
  clear(): Item[]
}

export function createFifo<Item>(): Fifo<Item> {
  let items: Item[] = []
  let head = 0
  return {
    put(item) {
      items.push(item)
    },
    take() {
      if (head === items.length) return undefined
      const item = items[head]
      head += 1
      // Half of the array is behind us: let it go.
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    get size() {
      return items.length - head
    },
    clear() {
      const left = items.slice(head)
      items = []
      head = 0
      return left
    },
  }
}
