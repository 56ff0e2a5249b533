/** What all processes share, asked of the database when somebody reads the metrics. */

import type { Database } from '../db/database.ts'
import { countRejected } from '../intake/rejected-store.ts'
import { idBound } from '../lib/uuid-v7.ts'
import { listGates } from '../message/gate-store.ts'
import type { Gate } from '../message/gate-store.ts'
import { listPaces } from '../message/pace-store.ts'
import type { NumberPace } from '../message/pace-store.ts'
import { readQueue } from '../message/queue-store.ts'
import type { QueueReport } from '../message/queue-store.ts'
import { readOutgoing } from '../outgoing/outgoing-store.ts'
import type { OutgoingReport } from '../outgoing/outgoing-store.ts'
import { readGapReport } from '../webhook/gap-store.ts'
import type { GapReport } from '../webhook/gap-store.ts'

export interface Gauges {
  queue: QueueReport
  gaps: GapReport
  outbox: Pick<OutgoingReport, 'depth' | 'oldestSeconds'>
  gates: readonly Pick<Gate, 'scope' | 'hold_reason'>[]
  paces: readonly NumberPace[]
  /** Of the last day, and not replayed. */
  rejected: readonly { source: string; count: number }[]
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The reports of health: they cost what is open, not the history. */
export async function readGauges(database: Database): Promise<Gauges> {
  const [queue, gaps, outbox, gates, paces, rejected] = await Promise.all([
    readQueue(database),
    readGapReport(database),
    readOutgoing(database),
    listGates(database),
    listPaces(database),
    countRejected(database, idBound(new Date(Date.now() - DAY_MS))),
  ])
  return { queue, gaps, outbox, gates, paces, rejected }
}
