/** Writes a line, and is told how many before it were left out. */
export type WriteLine = (leftOut: number) => void

/**
 * For what would be logged many times a second while something is away: one line at first, then at
 * most one in so long.
 *
 * @param everyMs between two lines, in ms
 */
export function createSparingLog(
  everyMs = 10_000,
  now: () => number = () => performance.now(),
): (write: WriteLine) => void {
  let next = Number.NEGATIVE_INFINITY
  let leftOut = 0
  return (write) => {
    if (now() < next) {
      leftOut += 1
      return
    }
    next = now() + everyMs
    write(leftOut)
    leftOut = 0
  }
}
