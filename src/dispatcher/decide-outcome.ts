/** What follows from a call's result: the one place that decides whether something is sent again. */

import { findError, gateOf } from '../cloud-api/error-catalogue.ts'
import { NO_GRAPH_CODE } from '../cloud-api/graph-error.ts'
import type { SendResult } from '../cloud-api/send-result.ts'
import type { HoldReason } from '../message/message.ts'
import { backoffMs, pairWaitMs } from './retry-policy.ts'

export type OutcomeDecision =
  | { kind: 'accepted'; wamid: string; waId: string | null; heldForQuality: boolean }
  | {
      kind: 'retry'
      delayMs: number
      /** Halve the number's rate. */
      slowNumber: boolean
      /** Nothing of this number starts for so long. */
      pauseNumberMs: number | null
    }
  | { kind: 'wait_pair'; delayMs: number }
  /** `probeAfterMs`: at least; 0 = as the gate's own schedule says, null = never by itself. */
  | { kind: 'hold_channel' | 'hold_template'; reason: HoldReason; probeAfterMs: number | null }
  | { kind: 'fail'; errorCode: string; unknownCode: boolean }
  | { kind: 'in_doubt' }

/** Quotas of the app and the account are counted by the hour, maintenance lasts about a minute. */
const PAUSE_MS = 10_000
/** Messages per second: a second later there is room again, at half the rate. */
const THROUGHPUT = 130429
const THROUGHPUT_PAUSE_MS = 1000
/** `message_status` of a template's message that Meta has taken and keeps for now (reference, 2.5). */
const HELD_BY_META: ReadonlySet<string> = new Set(['held_for_quality_assessment', 'paused'])

/**
 * A refusal with Meta's complete error body proves that the message was not taken. For a 5xx that is
 * an assumption, the only one: Meta advises to send again, and says nowhere that a 500 excludes
 * acceptance. Everything else whose answer is lost or unreadable is in doubt and never repeated.
 *
 * @param failures failed tries of this message before this one
 */
export function decideOutcome(input: {
  result: SendResult
  failures: number
  random: () => number
}): OutcomeDecision {
  const { result, failures, random } = input
  switch (result.kind) {
    case 'accepted':
      return {
        kind: 'accepted',
        wamid: result.wamid,
        waId: result.waId,
        heldForQuality: HELD_BY_META.has(result.messageStatus ?? ''),
      }
    case 'not_sent':
      return retry(backoffMs(failures, random))
    case 'in_doubt':
      return { kind: 'in_doubt' }
    case 'rejected':
      return decideRejected(result, failures, random)
  }
}

function decideRejected(
  result: Extract<SendResult, { kind: 'rejected' }>,
  failures: number,
  random: () => number,
): OutcomeDecision {
  const { code } = result.error
  const retryAfterMs = result.retryAfterMs ?? 0
  const entry = findError(code, result.error.subcode)
  if (entry === undefined) return decideUnknown(result, retryAfterMs, failures, random)

  const minimumMs = Math.max(retryAfterMs, (entry.min_backoff_seconds ?? 0) * 1000)
  switch (entry.action) {
    case 'retry':
      return retry(backoffMs(failures, random, minimumMs))
    case 'wait_pair':
      return { kind: 'wait_pair', delayMs: Math.max(minimumMs, pairWaitMs(failures, random)) }
    case 'wait_number': {
      const slowNumber = code === THROUGHPUT
      const pauseMs = Math.max(minimumMs, slowNumber ? THROUGHPUT_PAUSE_MS : PAUSE_MS)
      return pause(backoffMs(failures, random, pauseMs), pauseMs, slowNumber)
    }
    case 'hold_channel':
    case 'hold_template': {
      const { reason, probeAfterMs: asked } = gateOf(entry.action, entry)
      const probeAfterMs = asked === null ? null : Math.max(retryAfterMs, asked)
      return { kind: entry.action, reason, probeAfterMs }
    }
    case 'fail':
      return { kind: 'fail', errorCode: String(code), unknownCode: false }
  }
}

/** A code that the catalogue does not have. */
function decideUnknown(
  result: Extract<SendResult, { kind: 'rejected' }>,
  retryAfterMs: number,
  failures: number,
  random: () => number,
): OutcomeDecision {
  const { code, isTransient } = result.error
  if (code === NO_GRAPH_CODE) {
    // A proxy or a wrong address refuses every message alike: the number waits, instead of order
    // after order failing for what an operator will mend.
    const pauseMs = Math.max(retryAfterMs, PAUSE_MS)
    return pause(backoffMs(failures, random, pauseMs), pauseMs, false)
  }
  // `is_transient` is Meta's own word that the same request may pass later.
  if (result.httpStatus >= 500 || isTransient)
    return retry(backoffMs(failures, random, retryAfterMs))
  return { kind: 'fail', errorCode: String(code), unknownCode: true }
}

function retry(delayMs: number): OutcomeDecision {
  return { kind: 'retry', delayMs, slowNumber: false, pauseNumberMs: null }
}

function pause(delayMs: number, pauseNumberMs: number, slowNumber: boolean): OutcomeDecision {
  return { kind: 'retry', delayMs, slowNumber, pauseNumberMs }
}
