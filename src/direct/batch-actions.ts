import type { Database } from '../db/database.ts'
import { auditBatch, findBatch, setState, takeBack } from './batch-store.ts'
import type { BatchRow } from './batch-store.ts'
import type { BatchState } from './batch-state.ts'
import { cancelAll } from './batch-runner.ts'

export type BatchAction = 'pause' | 'resume' | 'cancel'

/** The states that each action takes, and where it leads. */
export const BATCH_ACTIONS: Readonly<
  Record<BatchAction, { from: readonly BatchState[]; to: BatchState }>
> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'canceled' },
}

const CANCELED = {
  code: 'canceled',
  message: 'A person canceled the batch before this message was sent.',
}

/**
 * Pauses, resumes or cancels a batch, with a row in the audit table. What a process is sending just now
 * goes on; nothing else of the batch is sent after a pause or a cancel has been answered.
 *
 * @returns the batch afterwards; `done` false where its state does not allow it; undefined where there is none
 */
export function actOnBatch(
  database: Database,
  action: BatchAction,
  who: { id: string; tenantId: string | null; actor: string; auditId: string },
): Promise<{ batch: BatchRow; done: boolean } | undefined> {
  const { from, to } = BATCH_ACTIONS[action]
  return database.transaction(async (tx) => {
    const before = await findBatch(tx, who.id, who.tenantId)
    if (before === undefined) return undefined
    const done = await setState(tx, before.id, from, to)
    if (done) {
      if (action === 'pause') await takeBack(tx, before.id)
      if (action === 'cancel') await cancelAll(tx, before.id, CANCELED)
      const { auditId: id, actor } = who
      const entry = { id, actor, tenantId: before.tenant_id, batchId: before.id }
      await auditBatch(tx, { ...entry, action: `batch_${action}` })
    }
    const batch = (await findBatch(tx, before.id, who.tenantId)) ?? before
    return { batch, done }
  })
}
