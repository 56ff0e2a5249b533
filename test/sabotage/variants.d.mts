export const VARIANTS: readonly {
  name: string
  file: string
  find: string
  replace: string
  caughtBy: readonly string[]
}[]
