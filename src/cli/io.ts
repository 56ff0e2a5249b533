/** What the command line needs of its surroundings, so that a test can be one. */
export interface CliIo {
  /** One line to standard output. */
  out(line: string): void
  /** One line to standard error. */
  err(line: string): void
  /** Standard output is a terminal. */
  isTerminal: boolean
  /** Colours are wanted: a terminal, and neither NO_COLOR nor TERM=dumb. */
  color: boolean
  /** Where `.env`, `./data` and relative files are looked for. */
  cwd: string
  /**
   * Shows a line in place of the one shown so before, and an empty one takes it away; null where standard
   * output is no terminal that can do it.
   */
  redraw: ((line: string) => void) | null
  now(): Date
  readStdin(): Promise<Buffer>
  /** The answer of a person to a question; null where nobody can answer. */
  ask(question: string): Promise<string | null>
  /** Resolves at the first SIGINT or SIGTERM. */
  untilStopped(): Promise<void>
}
