/** What log lines are written to: standard output, in practice. */
export interface LogStream {
  write(line: string): unknown
  /** Characters that the reader has not taken yet. */
  readonly writableLength: number
}

/** A few thousand lines: a reader that pauses for a moment loses none. */
const MAX_WAITING = 1_000_000

/**
 * Lines for a reader who may stop reading: the service waits for nobody to read its log. What does not
 * fit any more is dropped, and counted in one line once the reader goes on.
 *
 * Written through a stream, never straight to the descriptor: there a full pipe blocks the process.
 */
export function createLogDestination(
  stream: LogStream,
  maxWaiting = MAX_WAITING,
): { write(line: string): void } {
  let dropped = 0
  return {
    write(line) {
      if (stream.writableLength + line.length > maxWaiting) {
        dropped += 1
        return
      }
      if (dropped > 0) {
        stream.write(noteOf(dropped))
        dropped = 0
      }
      stream.write(line)
    },
  }
}

function noteOf(lines: number): string {
  const time = new Date().toISOString()
  return `${JSON.stringify({ level: 'error', time, lines, msg: 'WhatsApp log.lines_dropped' })}\n`
}
