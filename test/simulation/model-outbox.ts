import { ACCEPTANCES } from '../../src/message/outbox.ts'
import type { Settlement } from '../../src/message/outbox.ts'
import { readRows } from '../support/read-rows.ts'
import { attemptOf, change } from './model-database.ts'
import type { Model } from './model-database.ts'
import { greatest, rankOf } from './model-rows.ts'
import type { ModelMessage } from './model-rows.ts'

const PAIR_MS = 6250

/** The statement `outbox.claim`, without templates, lists of recipients and lanes. */
export function claimInModel(model: Model, parameters: readonly unknown[]): unknown[] {
  const [limit, phoneNumberId, , leaseSeconds] = parameters as [number, string, string, number]
  const { now } = model
  const due = [...model.messages.values()]
    .filter((one) => one.state === 'queued' && one.dueAt !== null && one.dueAt <= now)
    .filter((one) => one.expiresAt > now)
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0) || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
  const places = new Map<string, number>()
  const claimed: ModelMessage[] = []
  const paces = new Map(model.paces)
  for (const message of due) {
    const { recipient } = message
    const place = (places.get(recipient) ?? 0) + 1
    places.set(recipient, place)
    const before = paces.get(recipient)
    if (place === 1 && (before === undefined || before <= now)) {
      model.paces.set(recipient, now + PAIR_MS)
      claimed.push(message)
    } else {
      change(message, { dueAt: Math.max(now, before ?? now) + (place - 1) * PAIR_MS })
    }
  }
  const lookedAt = { looked_at: due.length, held: null }
  if (claimed.length === 0) return [{ ...lookedAt, id: null }]
  return claimed.map((message) => {
    change(message, {
      state: 'sending',
      fence: message.fence + 1,
      attempts: message.attempts + 1,
      phoneNumberId,
      leaseUntil: now + leaseSeconds * 1000,
    })
    const started = { startedAt: now, outcome: null, evidence: null, wamid: null }
    model.attempts.get(message.id)?.push({ attempt: message.fence, ...started })
    return { ...lookedAt, ...viewOf(message) }
  })
}

function viewOf({ id, fence, failures, recipient }: ModelMessage) {
  return {
    id,
    attempt: fence,
    failures,
    recipient_phone: recipient,
    message_type: 'TEMPLATE',
    template_name: 'po_notification',
    template_language: 'es',
    template_parameters: ['Harinas del Sur'],
    event_id: id,
  }
}

/** The statement `outbox.accept`. */
export function acceptInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const twice: unknown[] = []
  for (const row of readRows(ACCEPTANCES, json)) {
    const { message_id: id, attempt, wamid } = row
    const known = attemptOf(model, id, attempt)
    if (known !== undefined) {
      known.outcome = 'accepted'
      known.evidence ??= 'response'
      known.wamid = wamid
    }
    if (!model.wamids.has(wamid)) model.wamids.set(wamid, { messageId: id, attempt })
    touchOrphans(model, wamid)
    const message = model.messages.get(id)
    if (message === undefined || attempt <= message.retriedThrough) continue
    const isOver = ['failed', 'expired', 'canceled'].includes(message.state)
    const isNewest = message.fence === attempt
    change(message, {
      state:
        message.state === 'failed' && message.wamid === null
          ? 'accepted'
          : greatest(message.state, 'accepted'),
      holdReason: null,
      duplicateSent: message.duplicateSent || (message.wamid !== null && message.wamid !== wamid),
      wamid: isNewest && rankOf(message.state) < rankOf('sent') ? wamid : (message.wamid ?? wamid),
      acceptedAt: message.acceptedAt ?? model.now,
      failures: 0,
      dueAt: isNewest ? null : message.dueAt,
      errorCode: isOver && message.wamid !== null ? message.errorCode : null,
    })
    if (message.duplicateSent) twice.push({ id })
  }
  return twice
}

export function touchOrphans(model: Model, wamid: string): void {
  for (const orphan of model.orphans.values()) {
    if (orphan.wamid === wamid) orphan.receivedAt = model.now
  }
}

/** The statement `outbox.settle`. */
export function settleInModel(model: Model, [json]: readonly unknown[]): unknown[] {
  const rows = JSON.parse(String(json)) as Settlement[]
  const atLimit = slowPairs(model, rows)
  for (const row of rows) {
    const known = attemptOf(model, row.message_id, row.attempt)
    if (known !== undefined && (known.outcome === null || known.outcome === 'in_doubt')) {
      known.outcome = row.outcome
      known.evidence = 'response'
    }
    const message = model.messages.get(row.message_id)
    if (message === undefined) continue
    if (known !== undefined && !atLimit.has(message.recipient))
      givePaceBack(model, message, row, known.startedAt)
    if (message.fence !== row.attempt || !['sending', 'in_doubt'].includes(message.state)) continue
    const later = model.now + (row.delay_ms ?? 0)
    change(message, {
      state: row.to_state,
      holdReason: row.hold_reason,
      dueAt: {
        queued: Math.min(later, message.expiresAt),
        held: message.expiresAt,
        in_doubt: later,
        failed: null,
      }[row.to_state],
      attempts: message.attempts - (row.refunds_attempt ? 1 : 0),
      failures: message.failures + (row.counts_failure ? 1 : 0),
      errorCode: row.error_code,
      hasFailedAt: row.to_state === 'failed',
    })
  }
  return []
}

/** @returns recipients whose pair is at Meta's limit */
function slowPairs(model: Model, rows: readonly Settlement[]): Set<string> {
  const recipients = new Set<string>()
  for (const { message_id: id, error_code: code, delay_ms: delay } of rows) {
    const message = model.messages.get(id)
    if (code !== '131056' || message === undefined || message.phoneNumberId === null) continue
    const { recipient } = message
    recipients.add(recipient)
    model.paces.set(recipient, Math.max(model.paces.get(recipient) ?? 0, model.now + (delay ?? 0)))
  }
  return recipients
}

function givePaceBack(
  model: Model,
  message: ModelMessage,
  { outcome }: Settlement,
  startedAt: number,
): void {
  if (outcome === 'in_doubt' || message.phoneNumberId === null) return
  const next = model.paces.get(message.recipient)
  if (next !== undefined && next - 1.5 * PAIR_MS < startedAt) model.paces.delete(message.recipient)
}

/** The earliest moment at which somebody has to look at a message; Infinity: none. */
export function nextDue(model: Model): number {
  let next = Number.POSITIVE_INFINITY
  for (const { state, dueAt, leaseUntil, expiresAt } of model.messages.values()) {
    if (dueAt === null) continue
    const isLeased = state === 'claimed' || state === 'sending'
    const at = isLeased ? Math.max(dueAt, leaseUntil ?? 0) : Math.min(dueAt, expiresAt)
    if (at < next && dueAt !== Number.POSITIVE_INFINITY) next = at
  }
  return next
}
