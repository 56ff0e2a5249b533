/**
 * Ordinary statuses: sent, delivered or read, with a time and nothing else to say. Nearly all are, so they
 * have a short way: one statement for a batch, from the raw bodies to the messages
 * (docs/decisions/0018-ordinary-statuses-in-the-message.md). What that statement does not take goes the long way.
 */

import { isPlain } from './fold-statuses.ts'
import type { MatchedStatus } from './fold-statuses.ts'

/** What a batch says of one attempt, by ordinary statuses only. Times are Meta's; absent where not said. */
export interface PlainChange {
  message_id: string
  attempt: number
  wamid: string
  phone_number_id?: string
  sent_at?: string
  delivered_at?: string
  read_at?: string
  pricing?: unknown
  wa_id?: string
  user_id?: string
}

/** A change with the statuses that it is made of, the first of each word. */
export interface PlainFold {
  change: PlainChange
  facts: MatchedStatus[]
}

/** What the statement tells of a message that it changed. */
export interface RaisedMessage {
  id: string
  /** The acceptance was known only by this evidence. */
  is_settled: boolean
  /** Of a delivery that is new, where the acceptance was known before it, by our clock. */
  accepted_at: Date | null
  /** New, each of them. */
  sent: boolean
  delivered: boolean
  read: boolean
}

/** A status that said something new of a message of ours. */
export interface AppliedStatus extends MatchedStatus {
  /** Of a delivery, where the acceptance was known before it, by our clock. */
  acceptedAt: Date | null
}

const COLUMNS = { sent: 'sent_at', delivered: 'delivered_at', read: 'read_at' } as const
type Word = keyof typeof COLUMNS
type Column = (typeof COLUMNS)[Word]

/**
 * One change a message, sorted by its id, so that two batches lock rows in the same order. Pure: neither order
 * nor repetition matters.
 *
 * @returns `others`: what is not ordinary, and everything of a message of which these statuses do not agree
 *   about attempt, id, number or price
 */
export function foldPlain(matched: readonly MatchedStatus[]): {
  folds: PlainFold[]
  others: MatchedStatus[]
} {
  const folds = new Map<string, PlainFold>()
  const odd = new Set<string>()
  const others: MatchedStatus[] = []
  for (const status of matched) {
    const column = columnOf(status)
    if (column === undefined) {
      others.push(status)
      continue
    }
    const fold = folds.get(status.messageId)
    if (fold === undefined) folds.set(status.messageId, foldOf(status, column))
    else if (isOfOneMind(fold, status)) add(fold, status, column)
    else odd.add(status.messageId)
  }
  for (const id of odd) folds.delete(id)
  const plain = [...folds.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  if (odd.size === 0) return { folds: plain, others }
  const disputed = matched.filter((status) => odd.has(status.messageId) && !others.includes(status))
  return { folds: plain, others: [...others, ...disputed] }
}

/**
 * What became of the statuses of a batch.
 *
 * @returns `untold`: statuses of which nothing was written, be it that they say nothing new or that they are
 *   not ordinary for what the message is by now
 */
export function readRaised(
  folds: readonly PlainFold[],
  raised: readonly RaisedMessage[],
): { news: AppliedStatus[]; repeated: number; settled: string[]; untold: MatchedStatus[] } {
  const rows = new Map(raised.map((row) => [row.id, row]))
  const news: AppliedStatus[] = []
  const untold: MatchedStatus[] = []
  let repeated = 0
  for (const { change, facts } of folds) {
    const row = rows.get(change.message_id)
    if (row === undefined) {
      untold.push(...facts)
      continue
    }
    for (const fact of facts) {
      const word = fact.item.status as Word
      if (row[word])
        news.push({ ...fact, acceptedAt: word === 'delivered' ? row.accepted_at : null })
      else repeated += 1
    }
  }
  const settled = raised.filter((row) => row.is_settled).map(({ id }) => id)
  return { news, repeated, settled, untold }
}

function columnOf({ item }: MatchedStatus): Column | undefined {
  return isPlain(item) && item.metaAt !== null ? COLUMNS[item.status as Word] : undefined
}

function idOf({ change }: PlainFold): string {
  return change.message_id
}

function foldOf(status: MatchedStatus, column: Column): PlainFold {
  const { messageId, attempt, item } = status
  const change: PlainChange = { message_id: messageId, attempt, wamid: item.wamid }
  if (item.phoneNumberId !== null) change.phone_number_id = item.phoneNumberId
  if (item.metaAt !== null) change[column] = item.metaAt
  if (item.pricing !== null) change.pricing = item.pricing
  if (item.recipientId !== null) change.wa_id = item.recipientId
  if (item.recipientUserId !== null) change.user_id = item.recipientUserId
  return { change, facts: [status] }
}

function isOfOneMind({ change }: PlainFold, { attempt, item }: MatchedStatus): boolean {
  return (
    change.attempt === attempt &&
    change.wamid === item.wamid &&
    (change.phone_number_id ?? null) === item.phoneNumberId &&
    agrees(change.wa_id, item.recipientId) &&
    agrees(change.user_id, item.recipientUserId) &&
    (change.pricing === undefined ||
      item.pricing === null ||
      JSON.stringify(change.pricing) === JSON.stringify(item.pricing))
  )
}

function agrees(a: string | undefined, b: string | null): boolean {
  return a === undefined || b === null || a === b
}

function add(fold: PlainFold, status: MatchedStatus, column: Column) {
  const { change, facts } = fold
  const { item } = status
  const known = change[column]
  if (item.metaAt !== null && (known === undefined || item.metaAt < known)) {
    change[column] = item.metaAt
    const place = facts.findIndex((fact) => fact.item.status === item.status)
    if (place >= 0) facts[place] = status
    else facts.push(status)
  }
  if (item.pricing !== null) change.pricing ??= item.pricing
  if (item.recipientId !== null) change.wa_id ??= item.recipientId
  if (item.recipientUserId !== null) change.user_id ??= item.recipientUserId
}
