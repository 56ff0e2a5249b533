/** The W3C header `traceparent` in the places where an event may bring it. Pure. */

import type { TraceContext } from './tracer.ts'

/** Version, trace id, parent id, flags; later versions may append fields. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NAMES = new Set([
  'traceparent',
  // CloudEvents, binary mode: over HTTP, and the two prefixes of AMQP.
  'ce-traceparent',
  'cloudevents:traceparent',
  'cloudevents_traceparent',
])

/** Null for what is no valid one. */
export function parseTraceparent(value: unknown): TraceContext | null {
  if (typeof value !== 'string') return null
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(value.trim()) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === '00' && rest !== undefined) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}

/** Of an event's headers, or, in a structured CloudEvent, of its body; null where there is none. */
export function readTraceparent(delivery: {
  headers: Record<string, unknown>
  contentType: string | undefined
  raw: Buffer
}): TraceContext | null {
  for (const [name, value] of Object.entries(delivery.headers)) {
    if (NAMES.has(name.toLowerCase())) return parseTraceparent(textOf(value))
  }
  if (delivery.contentType?.toLowerCase().startsWith('application/cloudevents+json') !== true) {
    return null
  }
  try {
    const body: unknown = JSON.parse(delivery.raw.toString('utf8'))
    return typeof body === 'object' && body !== null && 'traceparent' in body
      ? parseTraceparent(body.traceparent)
      : null
  } catch {
    return null
  }
}

/** A broker may give bytes. */
function textOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
}
