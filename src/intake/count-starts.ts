import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import type { EventHandler } from './event-source.ts'
import { countStart, forgetStarts, takeBackStart } from './suspicious-start-store.ts'

/** Starts that may end in the death of the process before a delivery is put away unread. */
export const MAX_UNFINISHED_STARTS = 3
const RETRY_MS = 1000

/**
 * For deliveries that came so often that they may be what kills us: each start is counted in the
 * database before it begins. What ends is forgotten, whatever its answer; after three starts that
 * never ended the delivery is kept under rejected events without being read.
 *
 * @param options.handler takes one delivery and shares no batch with others
 */
export function createCountedStarts(options: {
  database: Database
  handler: EventHandler
  logger: Logger
}): EventHandler {
  const { database, handler, logger } = options

  /** The process lives, so this start has ended; said once the database is back. */
  const takeBack = async (key: string): Promise<void> => {
    for (;;) {
      try {
        await takeBackStart(database, key)
        return
      } catch {
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
  }
  const forget = async (key: string): Promise<void> => {
    try {
      await forgetStarts(database, key)
    } catch (error) {
      // The answer is committed; a count that stays is forgotten in a month.
      logger.warn({ err: error }, 'WhatsApp event.start_not_forgotten')
    }
  }

  return async (delivery) => {
    const key = createHash('sha256').update(delivery.raw).digest('hex')
    const starts = await countStart(database, key)
    logger.warn({ starts, bytes: delivery.raw.length }, 'WhatsApp event.started_alone')
    const isGivenUp = starts > MAX_UNFINISHED_STARTS
    try {
      const outcome = await handler(isGivenUp ? { ...delivery, isUnreadable: true } : delivery)
      await forget(key)
      return outcome
    } catch (error) {
      void takeBack(key)
      throw error
    }
  }
}
