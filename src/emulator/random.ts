/** A seeded source of everything that looks random, so that a run can be repeated. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** In [0, below). */
  int(below: number): number
  /** Upper-case hexadecimal characters. */
  hex(length: number): string
  /** Decimal digits, the first one never 0. */
  digits(length: number): string
  /** Letters and digits. */
  token(length: number): string
  /** A new order of the items that is never the given one where there are two or more of them. */
  shuffle<Item>(items: readonly Item[]): Item[]
  /**
   * A source of its own for what happens beside the requests (a message's webhooks): its numbers hang
   * on the seed and the name alone, not on what was drawn in between.
   */
  fork(name: string): Random
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Mulberry32: 32 bits of state, good enough for ids and orders, a few nanoseconds a number. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    hex(length) {
      let text = ''
      while (text.length < length) text += int(0x100_0000).toString(16).padStart(6, '0')
      return text.slice(0, length).toUpperCase()
    },
    digits(length) {
      let text = String(1 + int(9))
      while (text.length < length) text += String(int(1_000_000)).padStart(6, '0')
      return text.slice(0, length)
    },
    token(length) {
      let text = ''
      while (text.length < length) text += ALPHABET.charAt(int(ALPHABET.length))
      return text
    },
    shuffle(items) {
      const order = [...items]
      for (let last = order.length - 1; last > 0; last--) {
        // `int(last)`, not `int(last + 1)`: Sattolo's variant leaves no item in its place.
        const other = int(last)
        const moved = order[last] as (typeof order)[number]
        order[last] = order[other] as (typeof order)[number]
        order[other] = moved
      }
      return order
    },
    fork: (name) => createRandom(seed ^ hash(name)),
  }
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let mixed = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193)
  }
  return mixed >>> 0
}
