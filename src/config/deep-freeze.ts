/** Freezes an object and what it holds. Byte arrays stay as they are: they cannot be frozen. */
export function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !ArrayBuffer.isView(part)) {
      deepFreeze(part as object)
    }
  }
  return Object.freeze(value)
}
