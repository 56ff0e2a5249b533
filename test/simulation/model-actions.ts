import { attemptOf, change } from './model-database.ts'
import type { Model } from './model-database.ts'

const HOUR_MS = 3_600_000

/** The statement `action.retry`. */
export function retryInModel(model: Model, parameters: readonly unknown[]): unknown[] {
  const [id, , , , expiryHours, recipient] = parameters as [
    string,
    null,
    string,
    string,
    number,
    string,
  ]
  const message = model.messages.get(id)
  if (message === undefined || !['failed', 'expired', 'canceled'].includes(message.state)) return []
  const newest = attemptOf(model, id, message.fence)
  const hasFailed = model.facts.has(`${id} ${String(message.fence)} failed`)
  const isKnown =
    message.fence === 0 ||
    (newest !== undefined &&
      newest.outcome !== null &&
      (newest.outcome !== 'accepted' || hasFailed))
  if (!isKnown) return []
  const isUnproven =
    newest !== undefined &&
    (newest.outcome === 'in_doubt' ||
      newest.outcome === 'assumed_lost' ||
      newest.evidence === 'person')
  change(message, {
    state: 'queued',
    holdReason: null,
    resolvedAs: null,
    retries: message.retries + 1,
    retriedThrough: Math.max(
      message.retriedThrough,
      isUnproven ? message.fence - 1 : message.fence,
    ),
    failures: 0,
    dueAt: model.now,
    expiresAt: model.now + expiryHours * HOUR_MS,
    recipient,
    wamid: null,
    acceptedAt: null,
    sentAt: null,
    deliveredAt: null,
    deliveredImplied: false,
    readAt: null,
    hasFailedAt: false,
    errorCode: null,
  })
  if (newest?.outcome === 'in_doubt') {
    newest.outcome = 'assumed_lost'
    newest.evidence = 'person'
  }
  return [{ id }]
}

/** The statement `action.resolve`. */
export function resolveInModel(model: Model, parameters: readonly unknown[]): unknown[] {
  const [id, , , , resolution, expiryHours] = parameters as [
    string,
    null,
    string,
    string,
    'sent' | 'not_sent' | 'resend',
    number,
  ]
  const message = model.messages.get(id)
  if (message?.state !== 'unconfirmed') return []
  const newest = attemptOf(model, id, message.fence)
  const isResent = resolution === 'resend'
  change(message, {
    state: { sent: 'accepted' as const, not_sent: 'failed' as const, resend: 'queued' as const }[
      resolution
    ],
    resolvedAs: resolution,
    failures: 0,
    dueAt: isResent ? model.now : null,
    expiresAt: isResent
      ? Math.max(message.expiresAt, model.now + expiryHours * HOUR_MS)
      : message.expiresAt,
    acceptedAt:
      resolution === 'sent'
        ? (message.acceptedAt ?? newest?.startedAt ?? model.now)
        : message.acceptedAt,
    hasFailedAt: resolution === 'not_sent',
    errorCode: resolution === 'not_sent' ? 'not_sent' : null,
  })
  if (newest !== undefined && newest.outcome !== 'accepted') {
    newest.evidence = 'person'
    if (resolution !== 'sent')
      newest.outcome = resolution === 'not_sent' ? 'not_sent' : 'assumed_lost'
  }
  return [{ id }]
}
