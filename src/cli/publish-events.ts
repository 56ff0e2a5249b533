import type { Publisher, PublishResult } from './publishers/publisher.ts'
import type { FileEvent } from './read-events.ts'

/** Requests under way at most: enough to fill the service's batches, few enough for any of them. */
const LANES = 8

/**
 * Publishes all events, a few at a time; those of one order one after another, in the order given.
 *
 * @returns a promise an event, in the order given. When one throws, those not begun throw the same.
 */
export function publishEvents(
  events: readonly FileEvent[],
  publisher: Publisher,
): Promise<PublishResult>[] {
  const lanes = Array.from({ length: LANES }, () => Promise.resolve())
  let stopped: { reason: unknown } | undefined
  const results = events.map((event, index) => {
    const lane = event.orderKey === null ? index % LANES : hash(event.orderKey) % LANES
    const result = (lanes[lane] ?? Promise.resolve()).then(async () => {
      if (stopped !== undefined) throw stopped.reason
      try {
        return await publisher.publish(event.json)
      } catch (error) {
        stopped ??= { reason: error }
        throw error
      }
    })
    lanes[lane] = result.then(ignore, ignore)
    return result
  })
  // Whoever reads them stops at the first that throws; the others must not count as unhandled.
  for (const result of results) result.catch(ignore)
  return results
}

function ignore(): void {}

/** FNV-1a: any spread will do, and the same order always falls into the same lane. */
function hash(text: string): number {
  let value = 2_166_136_261
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16_777_619) >>> 0
  }
  return value
}
