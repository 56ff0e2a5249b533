/** How far batches are, one or several together. Pure. */

import { objectAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'

export const STATUSES = ['PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED'] as const
export type BatchStatus = (typeof STATUSES)[number]
export type BatchCounts = Record<BatchStatus, number>

export interface Progress {
  /** Of what was accepted. */
  total: number
  counts: BatchCounts
  /** Nothing of any batch is sent any more. */
  isFinished: boolean
  isPaused: boolean
  /** The latest of them, RFC 3339; null where nothing is known of it. */
  estimatedEnd: string | null
}

const FINISHED = new Set(['stopped', 'canceled', 'done'])

/** @param batches as the API shows them */
export function addUp(batches: readonly JsonObject[]): Progress {
  const counts: BatchCounts = { PENDING: 0, SENT: 0, DELIVERED: 0, READ: 0, FAILED: 0 }
  for (const batch of batches) {
    const own = objectAt(batch, 'counts') ?? {}
    for (const status of STATUSES) counts[status] += Number(textAt(own, status) ?? '0')
  }
  const states = batches.map((batch) => textAt(batch, 'state') ?? '')
  const ends = batches.flatMap((batch) => textAt(batch, 'estimated_end') ?? [])
  return {
    total: STATUSES.reduce((sum, status) => sum + counts[status], 0),
    counts,
    isFinished: states.every((state) => FINISHED.has(state)),
    isPaused: states.includes('paused') && !states.includes('running'),
    estimatedEnd: ends.sort().at(-1) ?? null,
  }
}

/** Nothing more is to be expected: a message that was delivered may never be read. */
export function isSettled({ isFinished, counts }: Progress): boolean {
  return isFinished && counts.PENDING === 0 && counts.SENT === 0
}

/** "120 read, 30 delivered, 2 failed"; what there is none of is left out. */
export function countWords({ counts }: Progress): string {
  const words = [...STATUSES]
    .reverse()
    .flatMap((status) =>
      counts[status] === 0 ? [] : [`${String(counts[status])} ${status.toLowerCase()}`],
    )
  return words.length === 0 ? 'none' : words.join(', ')
}
