import { storableText } from '../lib/storable-json.ts'
import { parseAnswer } from './answer-json.ts'
import type { Exchange } from './exchange.ts'
import { NO_GRAPH_CODE, field, readGraphError, text } from './graph-error.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { GraphError, SendResult } from './send-result.ts'

/** Enough to recognise a gateway's page by. */
const MAX_KEPT_TEXT = 2000
/** "Request timeout": a server that gave up reading may have passed on what it had read. */
const REQUEST_TIMEOUT = 408

type Answered = Extract<Exchange, { kind: 'answered' }>

/**
 * The outcome class of a send call (pure).
 *
 * - 2xx with a message id: accepted. 2xx without one, or unreadable: in doubt.
 * - Meta's complete error object, 4xx or 5xx: rejected.
 * - 4xx without it: rejected with {@link NO_GRAPH_CODE}. By HTTP's definition the one who answered
 *   has not acted on the request, and Meta's API itself refuses with its error object: this comes
 *   from an edge, a proxy or a wrong address, before the API. Except 408, which is in doubt.
 * - Everything else (3xx, 5xx of a gateway, no complete answer): in doubt.
 *
 * @param nowMs Unix time, for a `Retry-After` with a date
 */
export function readSendAnswer(exchange: Exchange, nowMs: number): SendResult {
  switch (exchange.kind) {
    case 'not_written':
      return { kind: 'not_sent', reason: exchange.reason }
    case 'broken': {
      const { reason, httpStatus } = exchange
      return { kind: 'in_doubt', reason, httpStatus, response: keep(exchange.text) }
    }
    case 'answered':
      return readAnswer(exchange, nowMs)
  }
}

function readAnswer(answer: Answered, nowMs: number): SendResult {
  const { httpStatus } = answer
  const response = parseAnswer(answer.text)
  if (httpStatus >= 200 && httpStatus < 300) return readAcceptance(answer, response)
  const error = readGraphError(response) ?? refusalBeforeMeta(httpStatus)
  if (httpStatus < 400 || error === undefined) {
    const reason = `HTTP ${String(httpStatus)} without Meta's error object`
    return { kind: 'in_doubt', reason, httpStatus, response: response ?? keep(answer.text) }
  }
  return {
    kind: 'rejected',
    httpStatus,
    error,
    retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs),
    response: response ?? keep(answer.text),
  }
}

/** Reference, section 2.5. */
function readAcceptance({ httpStatus, text: body }: Answered, response: unknown): SendResult {
  const message = first(field(response, 'messages'))
  const wamid = text(field(message, 'id'))
  if (wamid === null) {
    const what = response === undefined ? 'is not JSON' : 'has no message id'
    const reason = `HTTP ${String(httpStatus)}, but the answer ${what}`
    return { kind: 'in_doubt', reason, httpStatus, response: response ?? keep(body) }
  }
  const contact = first(field(response, 'contacts'))
  return {
    kind: 'accepted',
    httpStatus,
    wamid,
    waId: text(field(contact, 'wa_id')),
    userId: text(field(contact, 'user_id')),
    messageStatus: text(field(message, 'message_status')),
    response,
  }
}

function refusalBeforeMeta(httpStatus: number): GraphError | undefined {
  if (httpStatus < 400 || httpStatus >= 500 || httpStatus === REQUEST_TIMEOUT) return undefined
  return {
    code: NO_GRAPH_CODE,
    subcode: null,
    title: `HTTP ${String(httpStatus)} without Meta's error object`,
    details: null,
    isTransient: false,
    fbtraceId: null,
  }
}

/** What came instead of JSON, in a form that the database stores. */
function keep(body: string): unknown {
  return body === '' ? null : { text: storableText(body.slice(0, MAX_KEPT_TEXT)) }
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? (value[0] as unknown) : undefined
}
