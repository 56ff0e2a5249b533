import { parseAnswerLossless } from './answer-json.ts'
import type { Exchange } from './exchange.ts'
import { field, NO_GRAPH_CODE, readGraphError, text } from './graph-error.ts'
import type { GraphError } from './send-result.ts'
import { parseRetryAfter } from './retry-after.ts'

/** What became of a change by the Graph API that is no send. */
export type WriteResult =
  | { kind: 'ok'; value: unknown }
  | {
      kind: 'rejected'
      httpStatus: number
      error: GraphError
      /** `error_user_title` and `error_user_msg`: of templates the words that help. */
      userTitle: string | null
      userMessage: string | null
      retryAfterMs: number | null
    }
  /** No byte reached a socket: it may be tried again. */
  | { kind: 'not_sent'; reason: string }
  /** Nobody here can know whether it was done. */
  | { kind: 'unknown'; reason: string }

/** @param nowMs Unix time, for a `Retry-After` with a date */
export function readWriteAnswer(exchange: Exchange, nowMs: number): WriteResult {
  if (exchange.kind === 'not_written') return { kind: 'not_sent', reason: exchange.reason }
  if (exchange.kind === 'broken') return { kind: 'unknown', reason: exchange.reason }
  const { httpStatus } = exchange
  const value = parseAnswerLossless(exchange.text)
  if (httpStatus >= 200 && httpStatus < 300) {
    return value === undefined
      ? { kind: 'unknown', reason: 'the answer is not JSON' }
      : { kind: 'ok', value }
  }
  const title = `HTTP ${String(httpStatus)} without Meta's error object`
  const error = readGraphError(value)
  if (error === undefined && (httpStatus < 400 || httpStatus >= 500)) {
    return { kind: 'unknown', reason: title }
  }
  const meant = field(value, 'error')
  return {
    kind: 'rejected',
    httpStatus,
    error: error ?? { ...NO_ERROR, title },
    userTitle: text(field(meant, 'error_user_title')),
    userMessage: text(field(meant, 'error_user_msg')),
    retryAfterMs: parseRetryAfter(exchange.retryAfter, nowMs),
  }
}

const NO_ERROR = {
  code: NO_GRAPH_CODE,
  subcode: null,
  details: null,
  isTransient: false,
  fbtraceId: null,
}
