import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEnvelope } from '../../src/intake/cloud-events.ts'
import type { EnvelopeInput } from '../../src/intake/cloud-events.ts'
import { parsePurchaseOrderEvent } from '../../src/intake/purchase-order-event.ts'

type Json = Record<string, unknown>
const file = new URL('../fixtures/events/cloud-event-structured.json', import.meta.url)
const structured = (more: Json = {}): Json => ({
  ...(JSON.parse(readFileSync(file, 'utf8')) as Json),
  ...more,
})
/** The same event with its attributes in headers. */
const binary = (prefix: string, more: Json = {}): EnvelopeInput => {
  const { data, datacontenttype, ...attributes } = structured(more)
  return {
    headers: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`${prefix}${name}`, value]),
    ),
    contentType: String(datacontenttype),
    body: data,
  }
}
const parse = (input: EnvelopeInput) => {
  const opened = openEnvelope(input)
  if (!opened.ok) throw new Error(opened.detail)
  return parsePurchaseOrderEvent(opened.value, opened.envelope)
}
const body = (value: unknown): EnvelopeInput => ({ headers: {}, body: value })
const fieldsOf = (input: EnvelopeInput): string[] => {
  const parsed = parse(input)
  return parsed.ok ? [] : parsed.errors.map(({ field }) => field)
}
const idOf = (source: unknown, id: unknown): string => {
  const parsed = parse(body(structured({ source, id })))
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.event.eventId
}

describe('openEnvelope', () => {
  it('leaves an event without an envelope as it is', () => {
    const event = { event_id: '1' }
    expect(openEnvelope(body(event))).toEqual({ ok: true, value: event, envelope: null })
    const headers = { 'content-type': 'application/json', 'ce-region': 'eu' }
    expect(openEnvelope({ headers, body: event })).toMatchObject({ value: event })
  })

  it('reads structured mode, with its media type and without', () => {
    const expected = {
      ok: true,
      event: {
        eventId: '/erp/madrid A234-1234-1234',
        tenantId: '00000000-0000-0000-0000-000000000000',
        timestamp: '2026-11-22T09:30:00Z',
        poNumber: 'PO-2026-0042',
      },
    }
    expect(parse(body(structured()))).toMatchObject(expected)
    const contentType = 'application/cloudevents+json; charset=utf-8'
    expect(parse({ headers: {}, contentType, body: structured() })).toMatchObject(expected)
  })

  it.each(['ce-', 'CE-', 'cloudEvents:', 'cloudEvents_'])(
    'reads binary mode with the prefix %s as the same event',
    (prefix) => {
      const inHeaders = parse(binary(prefix))
      expect(inHeaders.ok).toBe(true)
      expect(inHeaders).toEqual(parse(body(structured())))
    },
  )

  it('reads what brokers make of header values', () => {
    const { headers, ...rest } = binary('cloudEvents:')
    const typed = {
      ...headers,
      'cloudEvents:id': Buffer.from('A1'),
      'cloudEvents:time': new Date('2026-11-22T09:30:00Z'),
    }
    expect(parse({ headers: typed, ...rest })).toMatchObject({
      event: { eventId: '/erp/madrid A1', timestamp: '2026-11-22T09:30:00.000Z' },
    })
  })

  it.each(['cloudEvents:', 'cloudEvents_'])('reads a time in seconds under %stime', (prefix) => {
    expect(parse(binary(prefix, { time: 1_795_899_017 }))).toMatchObject({
      event: { timestamp: '2026-11-28T20:50:17.000Z' },
    })
    for (const time of [Number.NaN, 1e300, 1_795_899_017_000, new Date(Number.NaN), true]) {
      expect(parse(binary(prefix, { time }))).toMatchObject({
        errors: [{ field: `${prefix}time` }],
      })
    }
    expect(parse(body(structured({ time: 1_795_899_017 })))).toMatchObject({
      errors: [{ field: 'time' }],
    })
  })

  it('decodes percent signs over HTTP only', () => {
    expect(parse(binary('ce-', { id: 'caf%C3%A9' }))).toMatchObject({
      event: { eventId: '/erp/madrid café' },
    })
    expect(parse(binary('ce-', { id: '100%' }))).toMatchObject({
      event: { eventId: '/erp/madrid 100%' },
    })
    expect(parse(binary('cloudEvents_', { id: 'caf%C3%A9' }))).toMatchObject({
      event: { eventId: '/erp/madrid caf%C3%A9' },
    })
  })

  it('reads data in base64', () => {
    const { data, ...event } = structured()
    const coded = Buffer.from(JSON.stringify(data)).toString('base64')
    expect(parse(body({ ...event, data_base64: coded }))).toEqual(parse(body(structured())))
    expect(fieldsOf(body({ ...event, data_base64: 'AAAA' }))).toEqual(['data_base64', 'data'])
  })

  it.each(['0.3', '1.1', '2.0', 1, ''])('does not read version %j', (specversion) => {
    expect(openEnvelope(body(structured({ specversion })))).toMatchObject({
      ok: false,
      code: 'unsupported_version',
      eventId: '/erp/madrid A234-1234-1234',
    })
    expect(openEnvelope(binary('ce-', { specversion }))).toMatchObject({
      ok: false,
      code: 'unsupported_version',
      errors: [{ field: 'ce-specversion' }],
    })
  })

  it('asks for the version where the envelope has none', () => {
    const { specversion: _none, ...rest } = structured()
    const contentType = 'application/cloudevents+json'
    expect(openEnvelope({ headers: {}, contentType, body: rest })).toMatchObject({
      ok: false,
      code: 'validation_failed',
      errors: [{ field: 'specversion', code: 'required' }],
    })
  })

  it('refuses batches and envelopes that are no object', () => {
    const batch = 'application/cloudevents-batch+json'
    expect(openEnvelope({ headers: {}, contentType: batch, body: [] })).toMatchObject({ ok: false })
    const one = 'application/cloudevents+json'
    for (const value of [null, [], 'x', 1]) {
      expect(openEnvelope({ headers: {}, contentType: one, body: value })).toMatchObject({
        ok: false,
        code: 'validation_failed',
      })
    }
  })

  it('names every bad field as the sender wrote it', () => {
    const bad = { id: 7, type: 'order', tenantid: 'acme', time: 'now', data: { currency: 'X' } }
    const ofData = ['po_id', 'po_number', 'supplier_name', 'total_amount', 'currency']
    expect(fieldsOf(body(structured(bad)))).toEqual([
      'id',
      'type',
      'time',
      'tenantid',
      ...ofData.map((name) => `data.${name}`),
    ])
    expect(fieldsOf(binary('ce-', { ...bad, source: '' })).slice(0, 5)).toEqual([
      'ce-id',
      'ce-source',
      'ce-type',
      'ce-time',
      'ce-tenantid',
    ])
    expect(fieldsOf(body(structured({ source: undefined })))).toEqual(['source'])
    expect(fieldsOf(body(structured({ id: 'x'.repeat(129) })))).toEqual(['id'])
    expect(fieldsOf(body(structured({ id: 'a\0' })))).toEqual(['id'])
  })

  it('counts the characters of id and source, not UTF-16 units', () => {
    expect(idOf('/erp', '🍞'.repeat(128))).toMatch(/^sha256:/)
    expect(fieldsOf(body(structured({ id: '🍞'.repeat(129) })))).toEqual(['id'])
    expect(idOf(`/${'🍞'.repeat(2047)}`, '1')).toMatch(/^sha256:/)
    expect(fieldsOf(body(structured({ source: `/${'🍞'.repeat(2048)}` })))).toEqual(['source'])
  })

  it('refuses an event without source or id even where the envelope is not handed on', () => {
    for (const more of [{ source: null }, { id: null }]) {
      const opened = openEnvelope(body(structured(more)))
      expect(opened.ok && parsePurchaseOrderEvent(opened.value).ok).toBe(false)
    }
  })

  it('names long pairs and sources with spaces by a hash', () => {
    const source = `https://erp.example/${'x'.repeat(2000)}`
    expect(idOf(source, '1')).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(idOf(source, 'y'.repeat(128))).toMatch(/^sha256:/)
    expect(idOf('/erp madrid', '1')).toMatch(/^sha256:/)
    expect(idOf(source, '1')).toBe(idOf(source, '1'))
  })

  it('gives different pairs different ids of at most 128 characters', () => {
    const text = fc.stringMatching(/^[a-c /]{1,6}$/).filter((s) => s.trim() !== '')
    fc.assert(
      fc.property(text, text, text, text, (s1, i1, s2, i2) => {
        expect(idOf(s1, i1) === idOf(s2, i2)).toBe(s1 === s2 && i1 === i2)
      }),
    )
    fc.assert(
      fc.property(fc.webUrl(), fc.string({ minLength: 1, maxLength: 127 }), (source, id) => {
        expect(idOf(source, `#${id}`).length).toBeLessThanOrEqual(128)
      }),
    )
  })

  it('never throws, whatever comes', () => {
    const names = ['specversion', 'id', 'source', 'type', 'time', 'tenantid', '__proto__', '']
    const header = fc.tuple(
      fc.constantFrom('ce-', 'cloudEvents:', 'cloudEvents_', ''),
      fc.constantFrom(...names),
      fc.oneof(fc.string(), fc.jsonValue(), fc.uint8Array(), fc.date(), fc.constant('1.0')),
    )
    fc.assert(
      fc.property(
        fc.array(header),
        fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((data) => structured({ data })),
        ),
        fc.constantFrom(undefined, '', 'application/json', 'application/cloudevents+json'),
        (list, value, contentType) => {
          const headers = Object.fromEntries(list.map(([prefix, name, v]) => [prefix + name, v]))
          const opened = openEnvelope({ headers, contentType, body: value })
          if (opened.ok) parsePurchaseOrderEvent(opened.value, opened.envelope)
        },
      ),
    )
  })
})
