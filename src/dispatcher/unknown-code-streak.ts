/** Equal unknown codes in a row after which the number is held instead of failing order after order. */
const LIMIT = 20

export interface UnknownCodeStreak {
  /** True once the same code has come twenty times in a row. */
  add(code: string): boolean
  /** Meta took a message in between. */
  reset(): void
}

export function createUnknownCodeStreak(): UnknownCodeStreak {
  let last: string | undefined
  let length = 0
  return {
    add(code) {
      length = code === last ? length + 1 : 1
      last = code
      return length >= LIMIT
    },
    reset() {
      last = undefined
      length = 0
    },
  }
}
