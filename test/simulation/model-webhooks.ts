import type { StatusItem } from '../../src/webhook/parse-webhook.ts'
import type { MessageChange } from '../../src/webhook/fold-statuses.ts'
import { attemptOf, change } from './model-database.ts'
import type { Model } from './model-database.ts'
import { touchOrphans } from './model-outbox.ts'
import { greatest, least, rankOf } from './model-rows.ts'
import type { ModelMessage } from './model-rows.ts'

const FRESH_MS = 60_000

export interface ModelOrphan {
  readonly wamid: string
  readonly status: string
  metaAt: string | null
  readonly detail: StatusItem
  receivedAt: number
}

/** The statement `webhook.find_wamids`. */
export function findWamidsInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  return (JSON.parse(String(json)) as string[]).flatMap((wamid) => {
    const known = model.wamids.get(wamid)
    return known === undefined
      ? []
      : [{ wamid, message_id: known.messageId, attempt: known.attempt }]
  })
}

interface FactRow {
  message_id: string
  attempt: number
  status: string
  wamid: string
  phone_number_id: string | null
  meta_at: string | null
  sort_key: string
}

/** The statement `webhook.insert_facts`. */
export function insertFactsInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const known: unknown[] = []
  const inserted: unknown[] = []
  for (const row of JSON.parse(String(json)) as FactRow[]) {
    const { message_id, attempt, status, wamid } = row
    const message = model.messages.get(message_id)
    if (message === undefined || attempt < 1 || attempt > message.fence) continue
    const number = message.phoneNumberId
    if (row.phone_number_id !== null && number !== null && row.phone_number_id !== number) continue
    const isOther = message.wamid !== null && message.wamid !== wamid
    const counts =
      attempt > message.retriedThrough || ['delivered', 'read', 'played'].includes(status)
    const repeatsRefusal =
      status === 'failed' && attemptOf(model, message_id, attempt)?.outcome === 'rejected'
    const reveals = !message.duplicateSent && isOther && counts && !repeatsRefusal
    const accepted_at =
      status === 'delivered' && message.acceptedAt !== null ? new Date(message.acceptedAt) : null
    known.push({
      message_id,
      attempt,
      status,
      is_new: false,
      reveals_twice: reveals,
      accepted_at,
    })
    const key = `${message_id} ${String(attempt)} ${status}`
    const before = model.facts.get(key)
    if (before !== undefined && row.sort_key >= before.sortKey) continue
    model.facts.set(key, { wamid, metaAt: row.meta_at, sortKey: row.sort_key })
    inserted.push({
      message_id,
      attempt,
      status,
      is_new: true,
      reveals_twice: false,
      accepted_at: null,
    })
  }
  return [...known, ...inserted]
}

/** The statement `webhook.apply`. */
export function applyInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const settled: unknown[] = []
  const twice: unknown[] = []
  for (const row of JSON.parse(String(json)) as MessageChange[]) {
    const message = model.messages.get(row.message_id)
    if (message === undefined) continue
    const attempt = attemptOf(model, message.id, row.attempt)
    const isRefusal = row.state === 'failed' && attempt?.outcome === 'rejected'
    raise(message, row, isRefusal, model.now)
    if (isRefusal) continue
    const isTwice = message.duplicateSent && message.wamid !== null && message.wamid !== row.wamid
    if (isTwice) twice.push({ id: message.id, twice: true })
    const isNewlyKnown = attempt !== undefined && attempt.outcome !== 'accepted'
    if (isNewlyKnown) {
      attempt.outcome = 'accepted'
      attempt.evidence = 'webhook'
      attempt.wamid ??= row.wamid
      touchOrphans(model, row.wamid)
      settled.push({ id: message.id, twice: false })
    }
    if ((isNewlyKnown || isTwice) && !model.wamids.has(row.wamid)) {
      model.wamids.set(row.wamid, { messageId: message.id, attempt: row.attempt })
    }
  }
  return [...settled, ...twice]
}

function raise(
  message: ModelMessage,
  row: MessageChange,
  repeatsRefusal: boolean,
  now: number,
): void {
  const isCurrent = row.attempt > message.retriedThrough
  const counts = !repeatsRefusal && (isCurrent || rankOf(row.state) >= rankOf('delivered'))
  const isUnaccepted = message.state === 'failed' && message.wamid === null
  const raised = isUnaccepted ? row.state : greatest(message.state, row.state)
  const state = counts ? raised : message.state
  const isOther = message.wamid !== null && message.wamid !== row.wamid
  const error = counts ? (row.error_code ?? message.errorCode) : message.errorCode
  const isUnderWay = message.state === 'sending' && message.fence > row.attempt
  change(message, {
    state,
    holdReason: message.state === 'held' && !counts ? message.holdReason : null,
    duplicateSent: message.duplicateSent || (counts && isOther),
    wamid: counts ? (message.wamid ?? row.wamid) : message.wamid,
    acceptedAt: counts ? (message.acceptedAt ?? now) : message.acceptedAt,
    sentAt: counts ? least(message.sentAt, row.sent_at) : message.sentAt,
    ...deliveryOf(message, row),
    readAt: least(message.readAt, row.read_at),
    hasFailedAt: counts
      ? row.failed_at !== null || (message.hasFailedAt && !isUnaccepted)
      : message.hasFailedAt,
    errorCode:
      state === 'failed' ? error : rankOf(state) < rankOf('accepted') ? message.errorCode : null,
    dueAt: !counts || isUnderWay ? message.dueAt : null,
  })
}

function deliveryOf(
  { deliveredAt, deliveredImplied, readAt }: ModelMessage,
  row: MessageChange,
): Pick<ModelMessage, 'deliveredAt' | 'deliveredImplied'> {
  if (row.delivered_at !== null) {
    const real = deliveredImplied ? null : deliveredAt
    return { deliveredAt: least(real, row.delivered_at), deliveredImplied: false }
  }
  if (deliveredAt !== null && !deliveredImplied) return { deliveredAt, deliveredImplied: false }
  const read = least(readAt, row.read_at)
  return { deliveredAt: read, deliveredImplied: read !== null }
}

/** The statement `webhook.mark_twice`. */
export function markTwiceInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const marked = new Set<string>()
  for (const row of JSON.parse(String(json)) as {
    message_id: string
    attempt: number
    wamid: string
  }[]) {
    const { message_id: messageId, attempt, wamid } = row
    if (!model.wamids.has(wamid)) model.wamids.set(wamid, { messageId, attempt })
    const message = model.messages.get(messageId)
    if (message === undefined || message.duplicateSent) continue
    change(message, { duplicateSent: true })
    marked.add(messageId)
  }
  return [...marked].map((id) => ({ id }))
}

/** The statement `webhook.insert_orphans`. */
export function insertOrphansInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const rows = JSON.parse(String(json)) as {
    wamid: string
    status: string
    meta_at: string | null
    detail: StatusItem
  }[]
  for (const { wamid, status, meta_at: metaAt, detail } of rows) {
    const key = `${wamid} ${status}`
    const known = model.orphans.get(key)
    if (known === undefined) {
      model.orphans.set(key, { wamid, status, metaAt, detail, receivedAt: model.now })
    } else if (metaAt !== null && known.metaAt !== null && metaAt < known.metaAt) {
      known.metaAt = metaAt
    }
  }
  return []
}

/** The statement `webhook.take_orphans`. */
export function takeOrphansInModel(model: Model, [all]: readonly unknown[]): unknown[] {
  const taken: unknown[] = []
  for (const [key, orphan] of model.orphans) {
    const known = model.wamids.get(orphan.wamid)
    if (known === undefined) continue
    if (all !== true && orphan.receivedAt <= model.now - FRESH_MS) continue
    model.orphans.delete(key)
    const metaAt = orphan.metaAt === null ? null : new Date(orphan.metaAt)
    const { messageId: message_id, attempt } = known
    taken.push({ detail: orphan.detail, meta_at: metaAt, message_id, attempt })
  }
  return taken
}

/** The statement `webhook.watermark`. Meta's clock is the virtual one. */
export function raiseWatermarkInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  for (const row of JSON.parse(String(json)) as {
    phone_number_id: string
    newest_meta_at: string
  }[]) {
    const newest = Math.min(Date.parse(row.newest_meta_at), model.now)
    const known = model.watermarks.get(row.phone_number_id)
    if (known === undefined || known < newest) model.watermarks.set(row.phone_number_id, newest)
  }
  return []
}
