/** Well-formed strings: in Node since 20, in TypeScript's library from ES2024 on. */
interface String {
  isWellFormed(): boolean
  toWellFormed(): string
}
