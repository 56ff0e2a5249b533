import { setTimeout as pause } from 'node:timers/promises'

/** A stop waits no longer for a rest. */
const MAX_REST_MS = 500

/**
 * Works off a backlog step by step, and rests after each as long as it took: orders are on their way meanwhile, and
 * the work of half a core is left to them.
 *
 * @param step does some of it; resolves to whether there is more
 * @param isStopping asked before each step but the first
 */
export async function inSteps(
  step: () => Promise<boolean>,
  isStopping: () => boolean,
): Promise<void> {
  for (;;) {
    const began = performance.now()
    if (!(await step())) return
    await pause(Math.min(MAX_REST_MS, performance.now() - began))
    if (isStopping()) return
  }
}
