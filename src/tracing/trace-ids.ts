/**
 * The ids of an order's trace, made from the id of its message and nothing else: every process, hours apart,
 * finds the same ones, and no column keeps them. A UUID v7 is a valid trace id: 16 bytes, the last 62 bits
 * random, never all zero. Pure.
 */

import { hash } from 'node:crypto'

/** @param messageId a UUID */
export function traceIdOf(messageId: string): string {
  return messageId.replaceAll('-', '').toLowerCase()
}

/** Of the span with which the trace begins: the random half of the message's id. */
export function rootSpanId(messageId: string): string {
  return traceIdOf(messageId).slice(16)
}

/** @param attempt the number of the attempt, from 1 */
export function sendSpanId(messageId: string, attempt: number): string {
  return spanIdOf(`${messageId} ${String(attempt)}`)
}

/** @param status Meta's word */
export function statusSpanId(messageId: string, attempt: number, status: string): string {
  return spanIdOf(`${messageId} ${String(attempt)} ${status}`)
}

function spanIdOf(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 16)
}
