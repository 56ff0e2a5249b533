/**
 * A second try for what a webhook brought and could not be used: a whole body, or one item of it that
 * the database refused. Applied as if it had just come, without keeping the body a second time.
 */

import { isDatabaseAway } from '../db/database-error.ts'
import type { Database } from '../db/database.ts'
import { coerceError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { parseStorable } from '../lib/storable-json.ts'
import { readCallbackData } from '../message/message.ts'
import { applyItems } from './apply-webhooks.ts'
import type { ApplyReport, WebhookItem } from './apply-webhooks.ts'
import { faultWords, parseWebhook } from './parse-webhook.ts'
import { findWamids } from './webhook-store.ts'

export type WebhookReplay =
  | {
      kind: 'applied'
      /** Where all of it speaks of one message that is known. */
      messageId: string | null
      /** It said nothing new. */
      duplicate: boolean
    }
  | { kind: 'refused'; code: 'invalid_json' | 'validation_failed'; detail: string }

export interface WebhookReplayOptions {
  database: Database
  logger: Logger
  createId: () => string
}

/**
 * @param raw as it was kept: the body as received, or one item as JSON
 * @returns a function that throws only when the database is away
 */
export function createWebhookReplay(
  options: WebhookReplayOptions,
): (raw: Buffer) => Promise<WebhookReplay> {
  const { database, logger, createId } = options
  return async (raw) => {
    const read = readItems(raw)
    if (!read.ok) return { kind: 'refused', code: read.code, detail: read.detail }
    const { items } = read
    let report: ApplyReport
    try {
      report = await database.transaction((tx) => applyItems(tx, items, createId))
    } catch (error) {
      if (isDatabaseAway(error)) throw error
      const detail = `the database refuses it still: ${coerceError(error).message}`
      return { kind: 'refused', code: 'validation_failed', detail }
    }
    for (const id of report.twice) {
      logger.error({ message_id: id }, 'WhatsApp message.sent_twice')
    }
    return {
      kind: 'applied',
      messageId: await onlyMessage(database, items),
      duplicate: report.statuses > 0 && report.repeated === report.statuses,
    }
  }
}

type Read =
  | { ok: true; items: WebhookItem[] }
  | { ok: false; code: 'invalid_json' | 'validation_failed'; detail: string }

function readItems(raw: Buffer): Read {
  let value: unknown
  try {
    value = parseStorable(raw.toString('utf8'))
  } catch (error) {
    return { ok: false, code: 'invalid_json', detail: coerceError(error).message }
  }
  // What halving left over is one of our own items; everything else is a body of Meta.
  if (isItem(value)) return { ok: true, items: [value] }
  const { statuses, inbound, templates, faults } = parseWebhook(value)
  // What could be understood was applied when it came.
  if (faults.length > 0) return { ok: false, code: 'validation_failed', detail: faultWords(faults) }
  const items = [
    ...statuses.map((status): WebhookItem => ({ kind: 'status', status })),
    ...inbound.map((message): WebhookItem => ({ kind: 'inbound', inbound: message })),
    ...templates.map((template): WebhookItem => ({ kind: 'template', template })),
  ]
  if (items.length > 0) return { ok: true, items }
  const detail = 'there is neither a status nor a message nor a template in it'
  return { ok: false, code: 'validation_failed', detail }
}

/** Written by ourselves, so its kind says what it is; Meta's bodies have no `kind`. */
function isItem(value: unknown): value is WebhookItem {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const { kind } = value
  return (
    typeof kind === 'string' && ['status', 'inbound', 'template'].includes(kind) && kind in value
  )
}

async function onlyMessage(
  database: Database,
  items: readonly WebhookItem[],
): Promise<string | null> {
  const statuses = items.flatMap((item) => (item.kind === 'status' ? [item.status] : []))
  const byWamid = await findWamids(
    database,
    statuses.map((status) => status.wamid),
  )
  const ids = new Set(
    statuses.map(
      ({ callbackData, wamid }) =>
        readCallbackData(callbackData)?.messageId ?? byWamid.get(wamid)?.messageId ?? null,
    ),
  )
  const [id = null] = ids
  return ids.size === 1 ? id : null
}
