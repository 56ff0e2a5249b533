import { findError, gateOf } from '../cloud-api/error-catalogue.ts'
import type { Queryable } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { closeGate } from '../message/gate-store.ts'
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
  const since = Date.now() - OLD_MS
  const blaming = statuses.flatMap(({ messageId, item: { status, error, metaAt } }) => {
    if (status !== 'failed' || error === null) return []
    if (metaAt !== null && Date.parse(metaAt) < since) return []
    const entry = findError(Number(error.code))
    if (entry?.action !== 'hold_channel' && entry?.action !== 'hold_template') return []
    return [{ ...gateOf(entry.action, entry), messageId, error }]
  })
  if (blaming.length === 0) return false
  const blamed = await findBlamed(database, [...new Set(blaming.map((one) => one.messageId))])
  // Of a batch nearly all say the same.
  const gates = new Map<string, Parameters<typeof closeGate>[1]>()
  for (const { messageId, scope, reason, probeAfterMs, error } of blaming) {
    const key = blamed.get(messageId)?.[scope] ?? null
    if (key === null) continue
    const why = { errorCode: error.code, errorMessage: error.title }
    gates.set(`${scope} ${key}`, { scope, key, reason, probeAfterMs, ...why, needsStatus: true })
  }
  let isNew = false
  for (const gate of gates.values()) {
    if (!(await closeGate(database, gate))) continue
    isNew = true
    const { scope, reason: hold_reason, errorCode: error_code, errorMessage: error_message } = gate
    logger.error({ scope, hold_reason, error_code, error_message }, 'WhatsApp gate.closed')
  }
  return isNew
}

async function findBlamed(
  database: Queryable,
  ids: readonly string[],
): Promise<Map<string, { number: string | null; template: string | null }>> {
  const rows = await database.query<{ id: string; number: string | null; template: string | null }>(
    {
      name: 'webhook.find_blamed',
      text: `select id, phone_number_id as number, template_name || '/' || template_language as template
        from whatsapp_messages where id = any ($1::uuid[])`,
    },
    [ids],
  )
  return new Map(rows.map(({ id, ...row }) => [id, row]))
}
