import { AppError } from '../../lib/errors.ts'
import type { Delivery, EventHandler, EventOutcome, EventSource } from '../event-source.ts'

export interface InProcessEventSource extends EventSource {
  /**
   * Hands the delivery over and answers after the commit. Keeps nothing itself.
   *
   * @throws AppError `unavailable` before `start` and after `stop`; whatever the handler throws
   */
  publish(delivery: Delivery): Promise<EventOutcome>
}

/** The source for events that come over HTTP, and for those who have no broker. */
export function createInProcessEventSource(): InProcessEventSource {
  let handler: EventHandler | undefined
  const running = new Set<Promise<unknown>>()
  return {
    name: 'in-process',
    start(given) {
      handler = given
      return Promise.resolve()
    },
    async stop() {
      handler = undefined
      await Promise.allSettled(running)
    },
    async publish(delivery) {
      if (handler === undefined) {
        throw new AppError('unavailable', 'the service is starting or stopping; try again')
      }
      const answer = handler(delivery)
      running.add(answer)
      try {
        return await answer
      } finally {
        running.delete(answer)
      }
    },
  }
}
