/**
 * An order's way as a trace: its event, each attempt to send it, each webhook. From outside, as metrics are
 * measured: the stages know nothing of it, and without a tracer they are returned as they are.
 */

import { randomBytes } from 'node:crypto'
import type { SendResult } from '../cloud-api/send-result.ts'
import type { MessageRequest } from '../cloud-api/wire.ts'
import { readCallbackData } from '../message/message.ts'
import { rootSpanId, sendSpanId, statusSpanId, traceIdOf } from './trace-ids.ts'
import { readTraceparent } from './traceparent.ts'
import type { EndedSpan, Tracer } from './tracer.ts'

interface TracedDelivery {
  raw: Buffer
  contentType: string | undefined
  headers: Record<string, unknown>
  source: string
}

type TracedOutcome =
  | { kind: 'accepted' | 'duplicate' | 'conflict'; messageId: string }
  | { kind: 'rejected'; code: string }

/**
 * The event that made a message begins its trace; one that repeats it or contradicts it is a later span of the same
 * trace, and a rejected one has a trace of its own. One that could not be made durable comes again, and is traced then.
 */
export function traceEvents<Delivery extends TracedDelivery, Outcome extends TracedOutcome>(
  handler: (delivery: Delivery) => Promise<Outcome>,
  tracer: Tracer | null,
): (delivery: Delivery) => Promise<Outcome> {
  if (tracer === null) return handler
  return async (delivery) => {
    const ended = startClock()
    const outcome = await handler(delivery)
    tracer.record({
      name: 'receive event',
      kind: delivery.source === 'http' ? 'server' : 'consumer',
      ...idsOfEvent(outcome),
      ...ended(),
      attributes: {
        'aviso.source': delivery.source,
        'aviso.outcome': outcome.kind,
        ...('messageId' in outcome && { 'aviso.message_id': outcome.messageId }),
      },
      error: errorOfEvent(outcome),
      link: readTraceparent(delivery),
    })
    return outcome
  }
}

function idsOfEvent(outcome: TracedOutcome): Pick<EndedSpan, 'traceId' | 'spanId' | 'parentId'> {
  if (outcome.kind === 'rejected') {
    return { traceId: randomHex(16), spanId: randomHex(8), parentId: null }
  }
  const traceId = traceIdOf(outcome.messageId)
  const rootId = rootSpanId(outcome.messageId)
  return outcome.kind === 'accepted'
    ? { traceId, spanId: rootId, parentId: null }
    : { traceId, spanId: randomHex(8), parentId: rootId }
}

function errorOfEvent(outcome: TracedOutcome): string | null {
  if (outcome.kind === 'rejected') return outcome.code
  return outcome.kind === 'conflict' ? 'conflict' : null
}

/** A message that a program asked for, one by one, begins its trace as an event does. */
export function traceRequests<
  Arguments extends unknown[],
  Outcome extends { ok: true; message: { id: string }; replayed: boolean } | { ok: false },
>(
  send: (...given: Arguments) => Promise<Outcome>,
  tracer: Tracer | null,
): (...given: Arguments) => Promise<Outcome> {
  if (tracer === null) return send
  return async (...given) => {
    const ended = startClock()
    const outcome = await send(...given)
    if (outcome.ok && !outcome.replayed) {
      const { id } = outcome.message
      tracer.record({
        name: 'receive message',
        kind: 'server',
        traceId: traceIdOf(id),
        spanId: rootSpanId(id),
        parentId: null,
        ...ended(),
        attributes: { 'aviso.message_id': id },
        error: null,
        link: null,
      })
    }
    return outcome
  }
}

/** One span an attempt; with Meta's code where Meta refused it. */
export function traceSends<Options>(
  sendMessage: (body: MessageRequest, options: Options) => Promise<SendResult>,
  tracer: Tracer | null,
): (body: MessageRequest, options: Options) => Promise<SendResult> {
  if (tracer === null) return sendMessage
  return async (body, options) => {
    const ended = startClock()
    const result = await sendMessage(body, options)
    const named = readCallbackData(body.biz_opaque_callback_data)
    if (named !== undefined) {
      const { messageId, attempt } = named
      tracer.record({
        name: body.type === 'template' ? 'send template' : 'send message',
        kind: 'client',
        traceId: traceIdOf(messageId),
        spanId: sendSpanId(messageId, attempt),
        parentId: rootSpanId(messageId),
        ...ended(),
        attributes: {
          'aviso.message_id': messageId,
          'aviso.attempt': attempt,
          'aviso.outcome': result.kind,
          ...(body.template !== undefined && {
            'aviso.template': body.template.name,
            'aviso.template_language': body.template.language.code,
          }),
          ...attributesOf(result),
        },
        error: errorOfSend(result),
        link: null,
      })
    }
    return result
  }
}

function attributesOf(result: SendResult): Record<string, string | number> {
  if (result.kind === 'not_sent' || result.httpStatus === null) return {}
  const status = { 'http.response.status_code': result.httpStatus }
  if (result.kind !== 'rejected' || result.error.fbtraceId === null) return status
  return { ...status, 'aviso.fbtrace_id': result.error.fbtraceId }
}

function errorOfSend(result: SendResult): string | null {
  if (result.kind === 'accepted') return null
  return result.kind === 'rejected' ? String(result.error.code) : result.kind
}

interface TracedStatus {
  messageId: string
  attempt: number
  item: { status: string; metaAt: string | null; error: { code: string } | null }
  /** Unix time in ms; null: not known. */
  receivedAt: number | null
}

/** One span a status that said something new, from its receipt to its commit, under the attempt it is about. */
export function traceStatuses<Status extends TracedStatus>(
  listener: (statuses: readonly Status[]) => void,
  tracer: Tracer | null,
): (statuses: readonly Status[]) => void {
  if (tracer === null) return listener
  return (statuses) => {
    listener(statuses)
    const now = Date.now()
    for (const { messageId, attempt, item, receivedAt } of statuses) {
      tracer.record({
        name: 'apply webhook',
        kind: 'consumer',
        traceId: traceIdOf(messageId),
        spanId: statusSpanId(messageId, attempt, item.status),
        parentId: sendSpanId(messageId, attempt),
        startedAt: receivedAt ?? now,
        endedAt: now,
        attributes: {
          'aviso.message_id': messageId,
          'aviso.attempt': attempt,
          'aviso.status': item.status,
          ...(item.metaAt !== null && { 'aviso.meta_time': item.metaAt }),
        },
        error: item.status === 'failed' ? (item.error?.code ?? 'unknown') : null,
        link: null,
      })
    }
  }
}

/** Begins by the wall clock and ends by the monotonic one. */
function startClock(): () => Pick<EndedSpan, 'startedAt' | 'endedAt'> {
  const startedAt = Date.now()
  const started = performance.now()
  return () => ({ startedAt, endedAt: startedAt + performance.now() - started })
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
