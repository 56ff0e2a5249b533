import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import type { Database } from './database.ts'
import { ensurePartitions } from './partitions.ts'

const INTERVAL_MS = 6 * 60 * 60 * 1000

/** Makes the next months' partitions in time, in a service that is not restarted for months. */
export function createPartitionKeeper(
  database: Database,
  onError: (error: unknown) => void,
): Worker {
  return createLoop({
    name: 'partitions',
    intervalMs: INTERVAL_MS,
    turn: () => ensurePartitions(database, new Date()),
    onError,
  })
}
