/** What all processes share, asked of the database when somebody reads the metrics. */

import type { Database } from '../db/database.ts'
import { readQueue } from '../message/queue-store.ts'
import type { QueueReport } from '../message/queue-store.ts'
import { readOutgoing } from '../outgoing/outgoing-store.ts'
import { readGapReport } from '../webhook/gap-store.ts'
import type { GapReport } from '../webhook/gap-store.ts'

export interface Gauges {
  queue: QueueReport
  gaps: GapReport
  /** Events that wait to be published. */
  outbox: number
}

/** The reports of health: they cost what is open, not the history. */
export async function readGauges(database: Database): Promise<Gauges> {
  const [queue, gaps, outgoing] = await Promise.all([
    readQueue(database),
    readGapReport(database),
    readOutgoing(database),
  ])
  return { queue, gaps, outbox: outgoing.depth }
}
