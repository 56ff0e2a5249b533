/**
 * CloudEvents 1.0 around the same `data`: structured (one JSON document) or binary (attributes in
 * headers). Its `id`, `type`, `time` and the extension `tenantid` take the place of our first four
 * fields; `source` goes before `id`, because ids are unique only within their source.
 */

import { createHash } from 'node:crypto'

export type Opened =
  | { ok: true; value: unknown }
  | { ok: false; code: 'unsupported_version'; detail: string }

const PREFIXES = ['ce-', 'cloudevents:', 'cloudevents_']
const MAX_ID = 128

/** Takes an event out of its envelope; one without an envelope is returned as it is. */
export function openEnvelope(input: { headers: Record<string, unknown>; body: unknown }): Opened {
  const binary = readHeaders(input.headers)
  if (binary['specversion'] !== undefined) return open(binary, input.body)
  const { body } = input
  if (typeof body === 'object' && body !== null && 'specversion' in body) {
    const attributes = body as Record<string, unknown>
    return open(attributes, attributes['data'])
  }
  return { ok: true, value: body }
}

function open(attributes: Record<string, unknown>, data: unknown): Opened {
  if (attributes['specversion'] !== '1.0') {
    return {
      ok: false,
      code: 'unsupported_version',
      detail: 'the CloudEvents specversion is not 1.0',
    }
  }
  const { id, source, type, time, tenantid } = attributes
  return {
    ok: true,
    value: {
      event_id: joinId(source, id),
      event_type: type,
      ...(time !== undefined && { timestamp: time }),
      tenant_id: tenantid,
      data,
    },
  }
}

/** `source` and `id` with a space between; a pair that is too long keeps its id behind a hash. */
function joinId(source: unknown, id: unknown): unknown {
  if (typeof id !== 'string' || id === '' || typeof source !== 'string' || source === '') return id
  const joined = `${source} ${id}`
  if (joined.length <= MAX_ID) return joined
  return createHash('sha256').update(joined).digest('hex')
}

function readHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  const attributes: Record<string, unknown> = {}
  for (const [header, value] of Object.entries(headers)) {
    const lower = header.toLowerCase()
    const prefix = PREFIXES.find((candidate) => lower.startsWith(candidate))
    if (prefix === undefined) continue
    attributes[lower.slice(prefix.length)] = Buffer.isBuffer(value) ? value.toString('utf8') : value
  }
  return attributes
}
