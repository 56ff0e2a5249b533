/** The way of a message so far: from attempts, facts, replies and actions, oldest first. */

import { describeError, describeFailure, UNNAMED_ERROR } from '../cloud-api/error-catalogue.ts'
import { describeReply } from '../message/describe-reply.ts'
import type {
  ActionRow,
  AttemptRow,
  FactRow,
  History,
  MessageRow,
} from '../message/message-store.ts'
import { findHoldWords } from '../message/hold-words.ts'
import { readStatusError } from '../webhook/parse-webhook.ts'
import type { TimelineEntry } from './contract.ts'

/** Entered by an attempt or a status, which stands in the timeline by itself. */
const EXPLAINED = new Set(['queued', 'claimed', 'sending', 'accepted', 'sent', 'delivered', 'read'])
/** A row's own times are taken one after the other: what was written held has not changed since. */
const SAME_MOMENT_MS = 10

/** Nothing of it is stored twice, so what time and people did in between is seen by what it left behind. */
export function timelineOf(row: MessageRow, history: History): TimelineEntry[] {
  const between = [
    ...pastHold(row),
    ...history.attempts.map(attemptEntry),
    ...history.facts.map(factEntry),
    ...history.replies.map((reply): TimelineEntry => ({
      at: reply.received_at.toISOString(),
      meta_at: time(reply.meta_at),
      kind: 'reply',
      text: reply.text,
      payload: reply.payload,
      message_type: reply.message_type,
      ...describeReply(reply.message_type, reply.content),
    })),
    ...history.actions.flatMap(actionEntries),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const isBorn = between.length === 0 && isAsWritten(row)
  const first = {
    ...stateEntry(row.created_at, isBorn ? row.state : 'queued', isBorn ? why(row) : null),
    ...languageNote(row),
  }
  return [first, ...between, ...(isBorn ? [] : present(row, between))]
}

/** The language that the order asked for, where its template does not exist in it. */
function languageNote(row: MessageRow): Pick<TimelineEntry, 'text'> {
  const { template_language_asked: asked, template_language: used } = row
  if (asked === null) return {}
  return {
    text: `The template is not there in ${asked}, which was asked for: ${used ?? 'none'} is used.`,
  }
}

/** Some messages begin held, or failed for want of a number. */
function isAsWritten({ state, fence, updated_at, created_at }: MessageRow): boolean {
  if (fence > 0) return false
  if (state === 'failed') return true
  return state === 'held' && updated_at.getTime() - created_at.getTime() < SAME_MOMENT_MS
}

/** A state that no attempt and no webhook explains stands at the end, with its reason. */
function present(row: MessageRow, entries: readonly TimelineEntry[]): TimelineEntry[] {
  const isSaid = row.state === 'failed' && entries.some((entry) => entry.status === 'failed')
  if (EXPLAINED.has(row.state) || isSaid) return []
  const isOver = row.state === 'expired' || row.state === 'canceled' || row.state === 'failed'
  const at = (isOver ? row.failed_at : null) ?? row.updated_at
  const entry = stateEntry(at, row.state, why(row))
  // A person's action and the state it makes are written in one statement, each with a time of its own.
  const last = entries.at(-1)?.at ?? entry.at
  return [entry.at < last ? { ...entry, at: last } : entry]
}

function why(row: MessageRow): TimelineEntry['error'] {
  if (row.hold_reason !== null) return holdError(row.hold_reason)
  if (row.error_code === null) return null
  const describe = row.state === 'failed' ? describeFailure : describeError
  return describe(row.error_code, row.error_message ?? undefined)
}

function pastHold(row: MessageRow): TimelineEntry[] {
  if (row.last_held_at === null || row.last_hold_reason === null) return []
  return [stateEntry(row.last_held_at, 'held', holdError(row.last_hold_reason))]
}

function holdError(reason: string): TimelineEntry['error'] {
  const words = findHoldWords(reason)
  return {
    code: reason,
    title: words?.title ?? 'Something forbids sending',
    detail: null,
    remedy: words?.remedy ?? 'Look at the health of the service.',
  }
}

function attemptEntry(attempt: AttemptRow): TimelineEntry {
  const { outcome, error, error_code } = attempt
  return {
    // Its beginning: a webhook may be here before the answer, and belongs after it.
    at: attempt.started_at.toISOString(),
    meta_at: null,
    kind: 'attempt',
    attempt: attempt.attempt,
    outcome: outcome === 'assumed_lost' ? 'in_doubt' : outcome,
    http_status: attempt.http_status,
    error:
      outcome === 'accepted' || error === null
        ? null
        : describeError(error_code ?? '', error.title ?? error.reason, error.details),
  }
}

function factEntry(fact: FactRow): TimelineEntry {
  const error = readStatusError(fact.detail?.errors)
  const describe = fact.status === 'failed' ? describeFailure : describeError
  return {
    at: fact.received_at.toISOString(),
    meta_at: time(fact.meta_at),
    kind: 'status',
    attempt: fact.attempt,
    status: fact.status,
    error:
      error === null && fact.status !== 'failed'
        ? null
        : describe(error?.code ?? UNNAMED_ERROR, error?.title, error?.detail),
  }
}

/** What a person did; before a retry the end that it took back, where no attempt or status tells of it. */
function actionEntries(
  { at, actor, action, detail }: ActionRow,
  index: number,
  actions: readonly ActionRow[],
): TimelineEntry[] {
  const entry: TimelineEntry = {
    at: at.toISOString(),
    meta_at: null,
    kind: 'action',
    text: action,
    actor,
  }
  const { from, failed_at, error_code, error_message } = detail ?? {}
  const isUntold =
    from === 'expired' ||
    (from === 'failed' && detail?.fence === 0) ||
    // Of a batch's end the batch alone has a row.
    (from === 'canceled' && actions[index - 1]?.action !== 'cancel')
  if (!isUntold || typeof failed_at !== 'string' || typeof error_code !== 'string') return [entry]
  const error = describeError(error_code, error_message ?? undefined)
  return [stateEntry(new Date(failed_at), from, error), entry]
}

function stateEntry(at: Date, state: string, error: TimelineEntry['error']): TimelineEntry {
  const entry = { at: at.toISOString(), meta_at: null, kind: 'state' as const, state }
  return error === null || error === undefined ? entry : { ...entry, error }
}

function time(value: Date | null): string | null {
  return value === null ? null : value.toISOString()
}
