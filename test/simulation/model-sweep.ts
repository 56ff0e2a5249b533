import { attemptOf, change } from './model-database.ts'
import type { Model } from './model-database.ts'
import type { ModelAttempt, ModelMessage } from './model-rows.ts'

const FLOW_MS = 60_000
const LOOK_AGAIN_MS = 30_000

/** The statement `sweep.due`. */
export function sweepInModel(model: Model, parameters: readonly unknown[]): unknown[] {
  const [windowSeconds, policy] = parameters as [number, 'hold' | 'resend']
  const counts = { requeued: 0, doubtful: 0, unconfirmed: 0, resent: 0, expired: 0 }
  for (const message of model.messages.values()) {
    if (!isDue(message, model.now)) continue
    const was = message.state
    const newest = attemptOf(model, message.id, message.fence)
    const mayResend = policy === 'resend' && message.fence === 1
    const flows = was === 'in_doubt' && doWebhooksFlow(model, message, newest)
    settleAttempt(newest, message, flows && mayResend)
    if (was === 'claimed') {
      counts.requeued += 1
      change(message, { state: 'queued', dueAt: model.now })
    } else if (was === 'sending') {
      counts.doubtful += 1
      const startedAt = newest?.startedAt ?? model.now
      change(message, { state: 'in_doubt', dueAt: startedAt + windowSeconds * 1000 })
    } else if (was === 'queued' || was === 'held') {
      counts.expired += 1
      const ended = { holdReason: null, dueAt: null, errorCode: 'expired', hasFailedAt: true }
      change(message, { state: 'expired', ...ended })
    } else if (was !== 'in_doubt') {
      change(message, { dueAt: null })
    } else if (!flows) {
      change(message, { dueAt: model.now + LOOK_AGAIN_MS })
    } else if (mayResend) {
      counts.resent += 1
      change(message, { state: 'queued', dueAt: model.now })
    } else {
      counts.unconfirmed += 1
      change(message, { state: 'unconfirmed', dueAt: Number.POSITIVE_INFINITY })
    }
  }
  return [counts]
}

function isDue({ state, dueAt, expiresAt, leaseUntil }: ModelMessage, now: number): boolean {
  if (dueAt === null || dueAt > now) return false
  if (state === 'queued' && expiresAt > now) return false
  return !['claimed', 'sending'].includes(state) || (leaseUntil !== null && leaseUntil <= now)
}

function doWebhooksFlow(
  model: Model,
  { phoneNumberId }: ModelMessage,
  newest: ModelAttempt | undefined,
): boolean {
  const newestMetaAt = model.watermarks.get(phoneNumberId ?? '')
  if (newest === undefined || newestMetaAt === undefined) return false
  return newestMetaAt > newest.startedAt + FLOW_MS
}

function settleAttempt(
  newest: ModelAttempt | undefined,
  { state }: ModelMessage,
  isResent: boolean,
): void {
  if (newest === undefined) return
  const isOpen =
    newest.outcome === null && !['queued', 'held', 'claimed', 'in_doubt'].includes(state)
  if (!isOpen && !(isResent && newest.outcome === 'in_doubt')) return
  newest.outcome = state === 'in_doubt' ? 'assumed_lost' : 'in_doubt'
  newest.evidence = 'lease'
}

/** The statement `gates.release_ungated`, where no gate is closed. */
export function releaseInModel(model: Model): unknown[] {
  const released: unknown[] = []
  for (const message of model.messages.values()) {
    const { state, holdReason, dueAt } = message
    if (state !== 'held' || dueAt === null || dueAt <= model.now) continue
    const isOfNumber = ['token', 'account', 'payment', 'number'].includes(holdReason ?? '')
    if (!isOfNumber && message.errorCode === null) continue
    change(message, { state: 'queued', holdReason: null, dueAt: model.now })
    released.push({ id: message.id })
  }
  return released
}
