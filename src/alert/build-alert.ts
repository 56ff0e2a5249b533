/** From groups of messages to what the operator is told. Pure. */

import { describeError, describeFailure, shownCode } from '../cloud-api/error-catalogue.ts'
import { findHoldWords } from '../message/hold-words.ts'
import { remedyOfState } from '../message/remedy.ts'
import type { AlertSpan, AttentionGroup } from './alert-store.ts'

/** The body of the call: see docs/operations.md. */
export interface Alert {
  /** The same for the same stretch of time, however often it is sent. */
  alert_id: string
  from: string
  to: string
  total: number
  /** For people: chat services show this field of an incoming webhook. */
  text: string
  groups: AlertGroup[]
}

export interface AlertGroup extends AttentionGroup {
  title: string
  remedy: string | null
}

/** Groups named in the text; all of them stand in `groups`. */
const NAMED = 5

/** @returns undefined where there is nothing to tell */
export function buildAlert(
  span: Pick<AlertSpan, 'from' | 'to'>,
  found: readonly AttentionGroup[],
): Alert | undefined {
  if (found.length === 0) return undefined
  const groups = found.map((group) => ({
    ...group,
    reason: shownCode(group.reason),
    ...explain(group),
  }))
  const total = groups.reduce((sum, { count }) => sum + count, 0)
  return {
    alert_id: span.from.toISOString(),
    from: span.from.toISOString(),
    to: span.to.toISOString(),
    total,
    text: textOf(total, groups),
    groups,
  }
}

function textOf(total: number, groups: readonly AlertGroup[]): string {
  const named = groups
    .slice(0, NAMED)
    .map(
      ({ count, title, remedy }) =>
        `${String(count)} × ${title}.${remedy === null ? '' : ` ${remedy}`}`,
    )
  const left = groups.length - named.length
  return [
    `Aviso: ${total === 1 ? '1 message needs' : `${String(total)} messages need`} attention.`,
    ...named,
    ...(left > 0 ? [`And ${String(left)} other reasons.`] : []),
  ].join('\n')
}

function explain(group: AttentionGroup): { title: string; remedy: string | null } {
  const { state, reason, sent_twice: sentTwice, undelivered } = group
  const remedy = remedyOfState({
    state,
    hold_reason: state === 'held' ? reason : null,
    undelivered_at: undelivered ? new Date(0) : null,
  })
  if (sentTwice) {
    return {
      title: 'sent twice',
      remedy:
        'Tell the supplier that both messages are about one order; see the timeline for what was decided.',
    }
  }
  if (state === 'held') {
    const words = reason === null ? undefined : findHoldWords(reason)
    return { title: `held: ${words?.title ?? String(reason)}`, remedy: remedy ?? null }
  }
  if (state === 'unconfirmed') {
    return { title: 'not known whether Meta took it', remedy: remedy ?? null }
  }
  if (undelivered) return { title: 'not delivered within Meta’s time', remedy: remedy ?? null }
  if (reason === null) return { title: state, remedy: remedy ?? null }
  const error = (state === 'failed' ? describeFailure : describeError)(reason)
  const code = error.code === null ? '' : ` (${error.code})`
  return { title: `${state}: ${error.title}${code}`, remedy: remedy ?? error.remedy }
}
