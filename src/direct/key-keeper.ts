import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { forgetKeys } from './direct-store.ts'

/**
 * The interface promises 24; a repetition that crosses a weekend's clock change is still one. A batch may
 * be asked for again after a holiday, once somebody finds out that a run had died; its one key stands
 * for thousands of messages, so it costs nothing to remember it for long.
 */
export const KEEP_KEYS_HOURS = { message: 48, batch: 30 * 24 } as const
const INTERVAL_MS = 60 * 60 * 1000

/** Forgets idempotency keys that nobody repeats any more. */
export function createKeyKeeper(database: Database, logger: Logger): Worker {
  return createLoop({
    name: 'idempotency-keys',
    intervalMs: INTERVAL_MS,
    turn: async () => {
      await forgetKeys(database, KEEP_KEYS_HOURS)
    },
    onError: (error) => {
      logger.warn({ err: error }, 'WhatsApp idempotency.forgetting_failed')
    },
  })
}
