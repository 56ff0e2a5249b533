import { describe, expect, it } from 'vitest'
import type { EventOutcome } from '../../src/intake/event-source.ts'
import { rootSpanId, traceIdOf } from '../../src/tracing/trace-ids.ts'
import { traceEvents } from '../../src/tracing/trace-orders.ts'
import { parseTraceparent, readTraceparent } from '../../src/tracing/traceparent.ts'
import type { EndedSpan } from '../../src/tracing/tracer.ts'
import { delivery, idOf, orderEvent } from '../support/orders.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`
const CONTEXT = { traceId: TRACE, spanId: 'b7ad6b7169203331', flags: 1 }

describe('the span of an event', () => {
  const messageId = idOf(1)
  const spanOf = async (outcome: EventOutcome | Error) => {
    const spans: EndedSpan[] = []
    const tracer = { record: (span: EndedSpan) => spans.push(span), close: () => Promise.resolve() }
    const handler = () =>
      outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
    const traced = traceEvents<ReturnType<typeof delivery>, EventOutcome>(handler, tracer)
    await traced(delivery(orderEvent(1), { source: 'rabbitmq' })).catch(() => undefined)
    return spans
  }

  it('is a later one of the same trace where the event says what is known, or contradicts it', async () => {
    const again = { messageId, eventId: 'event-1' }
    const own = { traceId: traceIdOf(messageId), parentId: rootSpanId(messageId), kind: 'consumer' }
    const [duplicate] = await spanOf({ kind: 'duplicate', status: 'SENT', ...again })
    expect(duplicate).toMatchObject({ ...own, error: null })
    expect(duplicate?.spanId).not.toBe(rootSpanId(messageId))
    const [conflict] = await spanOf({ kind: 'conflict', detail: 'another amount', ...again })
    expect(conflict).toMatchObject({ ...own, error: 'conflict' })
  })

  it('is a trace of its own where the event is rejected, with the code and nothing of what it holds', async () => {
    const [span] = await spanOf({
      kind: 'rejected',
      code: 'validation_failed',
      detail: '+34600555001 is no number',
      errors: [],
      eventId: 'event-1',
    })
    expect(span).toMatchObject({ parentId: null, error: 'validation_failed' })
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(JSON.stringify(span)).not.toContain('600555001')
  })

  it('is none where the event could not be made durable: it comes again', async () => {
    expect(await spanOf(new Error('away'))).toEqual([])
  })
})

describe('a traceparent', () => {
  it.each([
    ['of HTTP', delivery('{}', { headers: { traceparent: PARENT } })],
    ['of AMQP, as bytes', delivery('{}', { headers: { traceparent: Buffer.from(PARENT) } })],
    ['of a binary CloudEvent', delivery('{}', { headers: { 'cloudEvents:traceparent': PARENT } })],
    [
      'of a structured CloudEvent',
      delivery(
        { specversion: '1.0', traceparent: PARENT },
        { contentType: 'application/cloudevents+json; charset=utf-8' },
      ),
    ],
  ])('is read where it is one %s', (_where, event) => {
    expect(readTraceparent(event)).toEqual(CONTEXT)
  })

  it.each([
    ['no header', '{}', 'application/json'],
    ['the body of a plain event', { traceparent: PARENT }, 'application/json'],
    ['a body that is no JSON', '{', 'application/cloudevents+json'],
  ])('is not read from %s', (_where, body, contentType) => {
    expect(readTraceparent(delivery(body, { contentType }))).toBeNull()
  })

  it.each([
    '',
    'x',
    PARENT.toUpperCase(),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-b7ad6b7169203331-01`,
    `${PARENT}-more`,
    7,
    null,
  ])('is none: %j', (value) => {
    expect(parseTraceparent(value)).toBeNull()
  })

  it('may be of a later version, with more after it', () => {
    expect(parseTraceparent(`01-${TRACE}-b7ad6b7169203331-01-more`)).toEqual(CONTEXT)
  })
})
