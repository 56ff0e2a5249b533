import { MESSAGE_STATES } from '../../src/message/message.ts'
import type { MessageState } from '../../src/message/message.ts'

/** A message as the model keeps it: what decides, and nothing of what is only carried. Times in virtual ms. */
export interface ModelMessage {
  readonly id: string
  state: MessageState
  fence: number
  attempts: number
  failures: number
  retries: number
  retriedThrough: number
  dueAt: number | null
  expiresAt: number
  leaseUntil: number | null
  holdReason: string | null
  phoneNumberId: string | null
  recipient: string
  wamid: string | null
  duplicateSent: boolean
  acceptedAt: number | null
  /** Meta's times are RFC 3339, as they come. */
  sentAt: string | null
  deliveredAt: string | null
  deliveredImplied: boolean
  readAt: string | null
  hasFailedAt: boolean
  errorCode: string | null
  resolvedAs: string | null
}

export type ModelOutcome = 'accepted' | 'rejected' | 'not_sent' | 'in_doubt' | 'assumed_lost'

export interface ModelAttempt {
  readonly attempt: number
  readonly startedAt: number
  outcome: ModelOutcome | null
  evidence: string | null
  wamid: string | null
}

export interface ModelFact {
  wamid: string
  metaAt: string | null
  sortKey: string
}

const RANKS = new Map(MESSAGE_STATES.map((state, rank) => [state, rank]))

export function rankOf(state: MessageState): number {
  return RANKS.get(state) ?? 0
}

export function greatest(a: MessageState, b: MessageState): MessageState {
  return rankOf(a) >= rankOf(b) ? a : b
}

/** As PostgreSQL's `least`: what is null does not count. */
export function least(a: string | null, b: string | null): string | null {
  if (a === null) return b
  return b === null || a <= b ? a : b
}

const EVIDENCE: readonly MessageState[] = ['accepted', 'sent', 'failed', 'delivered', 'read']
/** What the trigger `whatsapp_messages_transition` lets pass. */
const ALLOWED: Readonly<Record<MessageState, readonly MessageState[]>> = {
  queued: ['held', 'claimed', 'sending', 'canceled', 'expired', ...EVIDENCE],
  held: ['queued', 'canceled', 'expired', ...EVIDENCE],
  claimed: ['queued', 'held', 'sending', 'canceled', 'expired', ...EVIDENCE],
  sending: ['queued', 'held', 'in_doubt', ...EVIDENCE],
  in_doubt: ['queued', 'held', 'unconfirmed', ...EVIDENCE],
  unconfirmed: ['queued', ...EVIDENCE],
  accepted: ['sent', 'failed', 'delivered', 'read'],
  sent: ['failed', 'delivered', 'read'],
  delivered: ['read'],
  read: [],
  failed: ['delivered', 'read', 'failed'],
  expired: ['delivered', 'read', 'failed'],
  canceled: ['delivered', 'read', 'failed'],
}

/** @throws where the database would refuse the change: its trigger and its checks */
export function verifyChange(before: Readonly<ModelMessage>, after: Readonly<ModelMessage>): void {
  const { state } = after
  const refuse = (why: string): never => {
    throw new Error(`${after.id}: ${before.state} to ${state}: ${why}`)
  }
  if (state !== before.state && !ALLOWED[before.state].includes(state)) {
    const isOver = ['failed', 'expired', 'canceled'].includes(before.state)
    const isEvidence = ['accepted', 'sent'].includes(state) && before.wamid === null
    const isRetry = state === 'queued' && after.retries === before.retries + 1
    if (!isOver || !(isEvidence || isRetry)) refuse('no such step')
  }
  if ((state === 'held') !== (after.holdReason !== null)) refuse('held says why, nothing else does')
  if (['failed', 'expired', 'canceled'].includes(state) && after.errorCode === null) {
    refuse('no error code')
  }
  const isSettledByHand = state === 'accepted' && after.resolvedAs === 'sent'
  if (EVIDENCE.includes(state) && state !== 'failed' && after.wamid === null && !isSettledByHand) {
    refuse('no wamid')
  }
}
