/** From what a call brought to what is written: pure, so that the simulation runs this very code. */

import type { SendResult } from '../cloud-api/send-result.ts'
import type { Acceptance, ClaimedMessage, Settlement } from '../message/outbox.ts'
import type { OutcomeDecision } from './decide-outcome.ts'

export type Record =
  { kind: 'acceptance'; row: Acceptance } | { kind: 'settlement'; row: Settlement }

/**
 * @param doubtWindowMs how long evidence is waited for after a lost answer
 */
export function settleAttempt(
  message: Pick<ClaimedMessage, 'id' | 'attempt'>,
  result: SendResult,
  decision: OutcomeDecision,
  doubtWindowMs: number,
): Record {
  const base: Settlement = {
    message_id: message.id,
    attempt: message.attempt,
    outcome: outcomeOf(result),
    http_status: 'httpStatus' in result ? result.httpStatus : null,
    to_state: 'queued',
    hold_reason: null,
    delay_ms: null,
    counts_failure: false,
    refunds_attempt: false,
    ...errorOf(result),
    response: 'response' in result ? (result.response ?? null) : null,
  }
  switch (decision.kind) {
    case 'accepted':
      return { kind: 'acceptance', row: acceptanceOf(message, result, decision) }
    case 'retry':
      return settlement({ ...base, delay_ms: decision.delayMs, counts_failure: true })
    case 'wait_pair':
      return settlement({ ...base, delay_ms: decision.delayMs, counts_failure: true })
    case 'hold_channel':
    case 'hold_template':
      return settlement({
        ...base,
        to_state: 'held',
        hold_reason: decision.reason,
        refunds_attempt: true,
      })
    case 'fail':
      return settlement({ ...base, to_state: 'failed', error_code: decision.errorCode })
    case 'in_doubt':
      return settlement({
        ...base,
        outcome: 'in_doubt',
        to_state: 'in_doubt',
        delay_ms: doubtWindowMs,
        error_code: null,
      })
  }
}

function settlement(row: Settlement): Record {
  return { kind: 'settlement', row }
}

function acceptanceOf(
  message: Pick<ClaimedMessage, 'id' | 'attempt'>,
  result: SendResult,
  decision: Extract<OutcomeDecision, { kind: 'accepted' }>,
): Acceptance {
  const accepted = result.kind === 'accepted' ? result : undefined
  return {
    message_id: message.id,
    attempt: message.attempt,
    wamid: decision.wamid,
    wa_id: decision.waId,
    user_id: accepted?.userId ?? null,
    http_status: accepted?.httpStatus ?? 200,
    held_for_quality: decision.heldForQuality,
    response: accepted?.response ?? null,
  }
}

function outcomeOf(result: SendResult): Settlement['outcome'] {
  return result.kind === 'accepted' ? 'in_doubt' : result.kind
}

function errorOf(result: SendResult): Pick<Settlement, 'error_code' | 'error_message' | 'error'> {
  switch (result.kind) {
    case 'accepted':
      return { error_code: null, error_message: null, error: null }
    case 'rejected': {
      const { title, details } = result.error
      return {
        error_code: String(result.error.code),
        error_message: details === null || details === title ? title : `${title}: ${details}`,
        error: result.error,
      }
    }
    case 'not_sent':
      return {
        error_code: null,
        error_message: `Meta could not be reached (${result.reason}); it will be tried again`,
        error: { reason: result.reason },
      }
    case 'in_doubt':
      return {
        error_code: null,
        error_message: `The answer to the send was lost (${result.reason}); whether Meta took it is not known yet`,
        error: { reason: result.reason },
      }
  }
}
