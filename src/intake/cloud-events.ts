/**
 * CloudEvents 1.0 around the same `data`: structured (one JSON document) or binary (attributes in
 * headers). Its `id`, `type`, `time` and the extension `tenantid` take the place of our first four
 * fields; `source` goes before `id`, because ids are unique only within their source.
 */

import { cloudEventId, MAX_ID, MAX_SOURCE } from '../lib/cloud-event-id.ts'
import type { FieldError } from '../lib/errors.ts'
import { parseJson } from '../lib/strict-json.ts'
import type { Envelope } from './purchase-order-event.ts'
import { atMost, notBlank } from '../lib/text-rules.ts'

export interface EnvelopeInput {
  /** HTTP headers, or AMQP application properties; names in any case. */
  headers: Record<string, unknown>
  contentType?: string | undefined
  /** The parsed body. */
  body: unknown
}

export type OpenedEnvelope =
  /** The event in our own form; `envelope` is for the parser, so that it names the sender's fields. */
  | { ok: true; value: unknown; envelope: Envelope | null }
  | {
      ok: false
      code: 'unsupported_version' | 'validation_failed'
      detail: string
      errors: FieldError[]
      eventId: string | null
    }

type Attributes = Record<string, unknown>

const PREFIXES = ['ce-', 'cloudevents:', 'cloudevents_']

/** Takes an event out of its envelope; one without an envelope is returned as it is. Never throws. */
export function openEnvelope(input: EnvelopeInput): OpenedEnvelope {
  const mediaType = input.contentType?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (mediaType.startsWith('application/cloudevents-batch')) return refuseBatch()
  if (mediaType.startsWith('application/cloudevents')) return openStructured(input.body)
  const binary = readHeaders(input.headers)
  if (binary !== undefined) return open(binary.attributes, input.body, binary.prefix, [])
  if (isObject(input.body) && Object.hasOwn(input.body, 'specversion')) {
    return openStructured(input.body)
  }
  return { ok: true, value: input.body, envelope: null }
}

function openStructured(body: unknown): OpenedEnvelope {
  if (!isObject(body)) {
    const fault = wrongType('', 'an object')
    return refuse('validation_failed', 'the CloudEvent is not an object', [fault], null)
  }
  const coded = body['data_base64']
  if (body['data'] !== undefined || typeof coded !== 'string')
    return open(body, body['data'], '', [])
  const json = parseJson(Buffer.from(coded, 'base64'))
  if (json.ok) return open(body, json.value, '', [])
  return open(body, undefined, '', [
    {
      field: 'data_base64',
      code: 'invalid_format',
      detail: 'does not hold JSON',
      remedy: 'Send the order as JSON in data.',
    },
  ])
}

/** @param prefix of the attributes' names as the sender wrote them, `` in a document */
function open(
  attributes: Attributes,
  data: unknown,
  prefix: string,
  found: readonly FieldError[],
): OpenedEnvelope {
  const { specversion, id, source, type, time, tenantid } = attributes
  const eventId = cloudEventId(source, id)
  if (specversion !== '1.0') {
    const field = `${prefix}specversion`
    const remedy = 'Send the attribute specversion with the text 1.0.'
    return specversion === undefined || specversion === null
      ? refuse(
          'validation_failed',
          'the CloudEvent has no specversion',
          [{ field, code: 'required', detail: 'is missing', remedy }],
          eventId,
        )
      : refuse(
          'unsupported_version',
          'the CloudEvents version is not 1.0',
          [{ field, code: 'unsupported_value', detail: 'is not 1.0', remedy }],
          eventId,
        )
  }
  return {
    ok: true,
    value: {
      event_id: eventId ?? undefined,
      event_type: type,
      ...(time !== undefined && { timestamp: textOfTime(time, prefix) }),
      tenant_id: tenantid,
      data,
    },
    envelope: {
      names: {
        event_id: `${prefix}id`,
        event_type: `${prefix}type`,
        timestamp: `${prefix}time`,
        tenant_id: `${prefix}tenantid`,
      },
      faults: [
        ...textFaults(`${prefix}id`, id, MAX_ID),
        ...textFaults(`${prefix}source`, source, MAX_SOURCE),
        ...found,
      ],
    },
  }
}

/**
 * A broker may carry the time as a timestamp of its own, which AMQP counts in seconds since 1970; its clients hand that
 * over as a date or as the bare number. In a document a number is no time.
 */
function textOfTime(time: unknown, prefix: string): unknown {
  const date = typeof time === 'number' && prefix !== '' ? new Date(time * 1000) : time
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : time
}

function textFaults(field: string, value: unknown, max: number): FieldError[] {
  if (value === undefined || value === null) {
    return [{ field, code: 'required', detail: 'is missing', remedy: 'Add the attribute.' }]
  }
  if (typeof value !== 'string') return [wrongType(field, 'a text')]
  const broken = [notBlank, atMost(max)].find((rule) => !rule.holds(value))
  if (broken === undefined) return []
  const { code, detail, remedy } = broken
  return [{ field, code, detail, remedy }]
}

function wrongType(field: string, words: string): FieldError {
  return { field, code: 'wrong_type', detail: `is not ${words}`, remedy: `Send ${words}.` }
}

/**
 * The attributes of binary mode, by their names in lower case, and the prefix as it was written.
 * Undefined where there is neither version nor id: other tools use such headers for their own ends.
 */
function readHeaders(
  headers: Record<string, unknown>,
): { attributes: Attributes; prefix: string } | undefined {
  const attributes = Object.create(null) as Attributes
  let prefix: string | undefined
  for (const [header, value] of Object.entries(headers)) {
    const lower = header.toLowerCase()
    const found = PREFIXES.find((candidate) => lower.startsWith(candidate))
    if (found === undefined) continue
    prefix ??= header.slice(0, found.length)
    attributes[lower.slice(found.length)] = headerValue(value, found === 'ce-')
  }
  if (prefix === undefined) return undefined
  const isEvent = attributes['specversion'] !== undefined || attributes['id'] !== undefined
  return isEvent ? { attributes, prefix } : undefined
}

/** Over HTTP what is not printable ASCII is percent-encoded; brokers give texts, or bytes. */
function headerValue(value: unknown, isHttp: boolean): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (!isHttp || typeof value !== 'string' || !value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function refuseBatch(): OpenedEnvelope {
  const detail = 'a batch of CloudEvents is not accepted'
  const remedy = 'Send each event by itself.'
  return refuse(
    'validation_failed',
    detail,
    [{ field: '', code: 'unsupported_value', detail: 'is a batch', remedy }],
    null,
  )
}

function refuse(
  code: 'unsupported_version' | 'validation_failed',
  detail: string,
  errors: FieldError[],
  eventId: string | null,
): OpenedEnvelope {
  return { ok: false, code, detail, errors, eventId }
}

function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
