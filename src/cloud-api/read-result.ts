import { parseAnswerLossless } from './answer-json.ts'
import type { Exchange } from './exchange.ts'
import { NO_GRAPH_CODE, readGraphError } from './graph-error.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { TemplateRow } from './wire.ts'

/** What a read of the Graph API brought. */
export type ReadResult =
  | { kind: 'ok'; value: unknown }
  | {
      kind: 'rejected'
      httpStatus: number
      /** Meta's code; -1 where something before Meta refused. */
      code: number
      /** Meta's words. */
      message: string
      retryAfterMs: number | null
    }
  /** No answer, or none that can be used: try again later. */
  | { kind: 'unreachable'; reason: string }

export type ListResult =
  { kind: 'ok'; templates: TemplateRow[] } | Exclude<ReadResult, { kind: 'ok' }>

/** @param nowMs Unix time, for a `Retry-After` with a date */
export function readReadAnswer(exchange: Exchange, nowMs: number): ReadResult {
  if (exchange.kind !== 'answered') return { kind: 'unreachable', reason: exchange.reason }
  const { httpStatus } = exchange
  const value = parseAnswerLossless(exchange.text)
  if (httpStatus === 200) {
    return value === undefined
      ? { kind: 'unreachable', reason: 'the answer is not JSON' }
      : { kind: 'ok', value }
  }
  const error = readGraphError(value)
  const status = `HTTP ${String(httpStatus)} without Meta's error object`
  if (error === undefined && (httpStatus < 400 || httpStatus >= 500)) {
    return { kind: 'unreachable', reason: status }
  }
  return {
    kind: 'rejected',
    httpStatus,
    code: error?.code ?? NO_GRAPH_CODE,
    message: error === undefined ? status : (error.details ?? error.title),
    retryAfterMs: parseRetryAfter(exchange.retryAfter, nowMs),
  }
}
