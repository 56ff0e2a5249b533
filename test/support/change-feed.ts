import type { Database } from '../../src/db/database.ts'
import { insertBatch } from '../../src/direct/batch-store.ts'
import { insertDirect } from '../../src/direct/direct-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { nextRecipient } from './messages.ts'
import { TENANT } from './orders.ts'

/** Makes everything by whose time the live stream finds changes an hour older. */
export async function makeOlder(database: Database): Promise<void> {
  const older = (column: string) => `${column} = ${column} - interval '1 hour'`
  for (const [table, columns] of [
    ['whatsapp_messages', ['created_at', 'updated_at']],
    ['whatsapp_attempts', ['started_at', 'ended_at']],
    ['whatsapp_status_facts', ['received_at']],
    ['webhook_bodies', ['received_at']],
    ['audit_log', ['at']],
    ['change_notes', ['noted_at']],
  ] as const) {
    await database.query(`update ${table} set ${columns.map(older).join(', ')} returning 1`)
  }
}

/** A batch as it was taken, of which nothing was let go. */
export async function insertOldBatch(
  database: Database,
  count: number,
): Promise<{ batchId: string; ids: string[] }> {
  const batchId = createId()
  const ids = Array.from({ length: count }, () => createId())
  const drafts = ids.map((id) => ({
    draft: {
      id,
      tenant_id: TENANT,
      batch_id: batchId,
      notification_id: null,
      state: 'queued' as const,
      hold_reason: null,
      message_type: 'TEMPLATE' as const,
      template_name: 'po_notification',
      template_language: 'es',
      template_parameters: [],
      content: null,
      recipient_phone: nextRecipient(),
      recipient_input: 'as given',
      recipient_user_id: null,
      metadata: null,
      expires_at: null,
    },
    key: null,
  }))
  await insertBatch(database, {
    id: batchId,
    tenant_id: TENANT,
    total: count,
    rejections: [],
    rate_per_second: 1,
    stop_when_failed_share: null,
  })
  await insertDirect(database, drafts, 72)
  return { batchId, ids }
}
