/** A long-running part of the service. */
export interface Worker {
  readonly name: string
  start(): void
  /** Takes nothing new; resolves when what was begun is done. Safe to call twice. */
  stop(): Promise<void>
}

export interface LoopOptions {
  name: string
  /** Between the end of a turn and the next, in ms. */
  intervalMs: number
  /** @param isStopping asked by a turn of many steps before each of them */
  turn: (isStopping: () => boolean) => Promise<void>
  /** A turn that threw; the loop goes on. */
  onError: (error: unknown) => void
}

/** Runs `turn` again and again, never two at once, until it is stopped. */
export function createLoop(options: LoopOptions): Worker & { wake(): void } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let stopped = true
  let again = false

  const run = (): void => {
    timer = undefined
    running = options
      .turn(() => stopped)
      .catch(options.onError)
      .finally(() => {
        running = undefined
        if (stopped) return
        timer = setTimeout(run, again ? 0 : options.intervalMs)
        again = false
      })
  }
  return {
    name: options.name,
    start() {
      if (!stopped) return
      stopped = false
      run()
    },
    /** Runs the next turn at once. */
    wake() {
      if (stopped) return
      if (running !== undefined) {
        again = true
      } else if (timer !== undefined) {
        clearTimeout(timer)
        run()
      }
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      timer = undefined
      await running
    },
  }
}
