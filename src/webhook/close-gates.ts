import { findError } from '../cloud-api/error-catalogue.ts'
import type { CatalogueEntry } from '../cloud-api/error-catalogue.ts'
import type { Queryable } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { closeGate } from '../message/gate-store.ts'
import type { HoldReason } from '../message/message.ts'
import type { MatchedStatus } from './fold-statuses.ts'

/** What failed longer ago, and is told only now, may have been mended since. */
const OLD_MS = 60 * 60 * 1000

/**
 * Holds what would fail the same way, where Meta blames the number or the template of a message that it had taken: what
 * waits is held with the reason, and one message at a time tries whether it goes again.
 *
 * @param statuses those that said something new
 * @returns whether one is closed that was open
 */
export async function closeGates(
  database: Queryable,
  statuses: readonly MatchedStatus[],
  logger: Logger,
): Promise<boolean> {
  let isNew = false
  for (const { messageId, item } of statuses) {
    const entry = item.status === 'failed' ? findError(Number(item.error?.code)) : undefined
    const isOld = item.metaAt !== null && Date.parse(item.metaAt) < Date.now() - OLD_MS
    if (entry?.hold_reason === undefined || isOld) continue
    const { scope, key } = await blamed(database, messageId, entry.action)
    if (key === null) continue
    const reason: HoldReason = entry.hold_reason
    const refusal = {
      ...{ scope, key, reason, needsStatus: true },
      errorCode: String(entry.code),
      errorMessage: item.error?.title ?? null,
      // Meta never enables a disabled template again: only a person helps.
      probeAfterMs: reason === 'template_disabled' ? null : (entry.probe_after_seconds ?? 0) * 1000,
    }
    if (!(await closeGate(database, refusal))) continue
    isNew = true
    const { errorCode: error_code, errorMessage: error_message } = refusal
    logger.error({ scope, hold_reason: reason, error_code, error_message }, 'WhatsApp gate.closed')
  }
  return isNew
}

async function blamed(
  database: Queryable,
  messageId: string,
  action: CatalogueEntry['action'],
): Promise<{ scope: 'number' | 'template'; key: string | null }> {
  const [row] = await database.query<{ number: string | null; template: string | null }>(
    {
      name: 'webhook.blamed',
      text: `select phone_number_id as number, template_name || '/' || template_language as template
        from whatsapp_messages where id = $1`,
    },
    [messageId],
  )
  return action === 'hold_template'
    ? { scope: 'template', key: row?.template ?? null }
    : { scope: 'number', key: row?.number ?? null }
}
