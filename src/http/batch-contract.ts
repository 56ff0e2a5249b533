/** The shapes of bulk requests and batches, for the routes, the document and the library. */

import { z } from 'zod'
import { BATCH_STATES } from '../direct/batch-state.ts'

const time = z.iso.datetime()
export const BulkResultSchema = z
  .object({
    batch_id: z.string(),
    accepted: z.number().int(),
    rejected: z.array(z.object({ index: z.number().int(), code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'BulkResult' })

export const BatchSchema = z
  .object({
    batch_id: z.string(),
    state: z.enum(BATCH_STATES),
    total: z.number().int().describe('Of the accepted ones'),
    rejected: z.number().int(),
    counts: z.object({
      PENDING: z.number().int(),
      SENT: z.number().int(),
      DELIVERED: z.number().int(),
      READ: z.number().int(),
      FAILED: z.number().int(),
    }),
    rate_per_second: z.number().nullable().describe('At most; null = no limit'),
    estimated_end: time.nullable(),
    created_at: time,
    finished_at: time.nullable(),
  })
  .meta({ id: 'Batch' })
