/**
 * Folds the statuses of a batch into one change a message. Pure: the result does not depend on the
 * order or the repetition of the items, and neither does what the database makes of it.
 */

import { hash } from 'node:crypto'
import { UNNAMED_ERROR } from '../cloud-api/error-catalogue.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import type { MessageState } from '../message/message.ts'
import type { StatusItem } from './parse-webhook.ts'

/** A status whose message is known by callback data or by wamid. */
export interface MatchedStatus {
  messageId: string
  attempt: number
  item: StatusItem
}

/** What a batch says of one attempt of a message. */
export interface MessageChange {
  message_id: string
  attempt: number
  state: Extract<MessageState, 'accepted' | 'sent' | 'failed' | 'delivered' | 'read'>
  wamid: string
  sent_at: string | null
  delivered_at: string | null
  read_at: string | null
  failed_at: string | null
  error_code: string | null
  error_message: string | null
  /** Distinct pricing objects; the database keeps the one that jsonb orders last. */
  pricings: unknown[]
  wa_id: string | null
  user_id: string | null
}

const RANK = { accepted: 1, sent: 2, failed: 3, delivered: 4, read: 5 } as const

/**
 * The state a status word stands for. A word we do not know still proves that Meta took the message.
 * `played` (a voice message) includes having been read.
 */
export function stateOfStatus(status: string): MessageChange['state'] {
  switch (status) {
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed':
      return status
    case 'played':
      return 'read'
    default:
      return 'accepted'
  }
}

/**
 * One part nearly always. Where a batch knows one attempt by two ids of Meta's, which took it twice, each id
 * has its own part: folded together, the second would disappear.
 */
export function splitByWamid(matched: readonly MatchedStatus[]): (readonly MatchedStatus[])[] {
  const first = new Map<string, string>()
  const isUsual = matched.every(({ messageId, attempt, item: { wamid } }) => {
    const key = `${messageId} ${String(attempt)}`
    const known = first.get(key)
    if (known === undefined) first.set(key, wamid)
    return known === undefined || known === wamid
  })
  return isUsual ? [matched] : splitUnusual(matched)
}

function splitUnusual(matched: readonly MatchedStatus[]): MatchedStatus[][] {
  const parts: MatchedStatus[][] = []
  const wamids = new Map<string, string[]>()
  for (const status of [...matched].sort((a, b) => (a.item.wamid < b.item.wamid ? -1 : 1))) {
    const key = `${status.messageId} ${String(status.attempt)}`
    const known = wamids.get(key) ?? []
    if (!known.includes(status.item.wamid)) wamids.set(key, [...known, status.item.wamid])
    const place = wamids.get(key)?.indexOf(status.item.wamid) ?? 0
    const part = parts[place] ?? (parts[place] = [])
    part.push(status)
  }
  return parts
}

/**
 * The first of each (message, attempt, status): by Meta's time, then by the rest of what it says, so
 * that two reports of the same second have one order, whoever came first.
 */
export function foldFacts(matched: readonly MatchedStatus[]): MatchedStatus[] {
  const facts = new Map<string, MatchedStatus>()
  for (const status of matched) {
    const key = factKey(status.messageId, status.attempt, status.item.status)
    const known = facts.get(key)
    if (known === undefined || sortKey(status.item) < sortKey(known.item)) facts.set(key, status)
  }
  // Sorted by key: two batches lock rows in the same order, so they cannot deadlock.
  return [...facts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fact]) => fact)
}

export function factKey(messageId: string, attempt: number, status: string): string {
  return `${messageId} ${String(attempt)} ${status}`
}

const PLAIN = new Set(['sent', 'delivered', 'read'])

/** Says nothing but its word: the rest stands in the raw body, and its price in the message. */
export function isPlain({ status, error }: StatusItem): boolean {
  return error === null && PLAIN.has(status)
}

/**
 * What decides which of two reports of one status is kept: the smaller one. Of plain ones nothing else is
 * kept, so nothing else decides. Canonical, because an item that has waited among the orphans comes back
 * with its keys in another order, and is the same.
 */
export function sortKey(item: StatusItem): string {
  // The beginning of a wamid is its recipient's; a key as long as a hash, without the cost of one.
  if (isPlain(item)) return `${item.metaAt ?? '9999'} ${item.wamid.slice(-16)}`
  const rest = canonicalJson([item.wamid, item.error, item.detail])
  return `${item.metaAt ?? '9999'} ${hash('sha256', rest, 'base64url').slice(0, 16)}`
}

/**
 * The changes that new facts make to messages, in rounds: within a round each message stands once, because one UPDATE can
 * change a row only once. More than one round only where one batch speaks of two attempts.
 */
export function foldChanges(facts: readonly MatchedStatus[]): MessageChange[][] {
  const changes = new Map<string, MessageChange>()
  for (const status of facts) {
    const key = `${status.messageId} ${String(status.attempt)}`
    const known = changes.get(key)
    const change = changeOf(status)
    changes.set(key, known === undefined ? change : merge(known, change))
  }
  const rounds: Map<string, MessageChange>[] = []
  for (const [, change] of [...changes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let round = rounds.find((candidate) => !candidate.has(change.message_id))
    if (round === undefined) {
      round = new Map()
      rounds.push(round)
    }
    round.set(change.message_id, change)
  }
  return rounds.map((round) => [...round.values()])
}

function changeOf({ messageId, attempt, item }: MatchedStatus): MessageChange {
  const state = stateOfStatus(item.status)
  const at = (wanted: MessageChange['state']) => (state === wanted ? item.metaAt : null)
  return {
    message_id: messageId,
    attempt,
    state,
    wamid: item.wamid,
    sent_at: at('sent'),
    delivered_at: at('delivered'),
    read_at: at('read'),
    failed_at: at('failed'),
    error_code: state === 'failed' ? (item.error?.code ?? UNNAMED_ERROR) : null,
    error_message: state === 'failed' ? errorMessage(item) : null,
    pricings: item.pricing === null ? [] : [item.pricing],
    wa_id: item.recipientId,
    user_id: item.recipientUserId,
  }
}

function errorMessage(item: StatusItem): string {
  if (item.error === null) return 'Meta gave no reason'
  const { title, detail } = item.error
  return detail === null || detail === title ? title : `${title}: ${detail}`
}

function merge(a: MessageChange, b: MessageChange): MessageChange {
  const failure = a.error_code === null ? b : a
  return {
    message_id: a.message_id,
    attempt: a.attempt,
    state: RANK[b.state] > RANK[a.state] ? b.state : a.state,
    wamid: a.wamid < b.wamid ? a.wamid : b.wamid,
    sent_at: least(a.sent_at, b.sent_at),
    delivered_at: least(a.delivered_at, b.delivered_at),
    read_at: least(a.read_at, b.read_at),
    failed_at: least(a.failed_at, b.failed_at),
    error_code: failure.error_code,
    error_message: failure.error_message,
    pricings: union(a.pricings, b.pricings),
    wa_id: least(a.wa_id, b.wa_id),
    user_id: least(a.user_id, b.user_id),
  }
}

function least(a: string | null, b: string | null): string | null {
  if (a === null) return b
  return b === null || a <= b ? a : b
}

/** One or two in practice: Meta prices a message once, and says so twice. */
function union(a: unknown[], b: unknown[]): unknown[] {
  const known = new Set(a.map((pricing) => JSON.stringify(pricing)))
  return [...a, ...b.filter((pricing) => !known.has(JSON.stringify(pricing)))]
}
