import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePurchaseOrderEvent } from '../../src/intake/purchase-order-event.ts'
import { parseJson } from '../../src/lib/strict-json.ts'

interface Hostile {
  name: string
  set: Record<string, unknown>
  fields: string[]
}

const read = (file: string): unknown => {
  const bytes = readFileSync(new URL(`../fixtures/events/${file}.json`, import.meta.url))
  const parsed = parseJson(bytes)
  if (!parsed.ok) throw new Error(`${file}: ${parsed.detail}`)
  return parsed.value
}
type Wire = Record<string, unknown> & { data: Record<string, unknown> }
const example = (): Wire => read('interface-example') as Wire

/** The example with some fields changed, by path. */
const changed = (set: Record<string, unknown>): Wire => {
  const event = example()
  for (const [path, value] of Object.entries(set)) {
    const [first = '', second] = path.split('.')
    if (second === undefined) event[first] = value
    else event.data[second] = value
  }
  return event
}
const refusal = (value: unknown) => {
  const parsed = parsePurchaseOrderEvent(value)
  if (parsed.ok) throw new Error('the event was accepted')
  return parsed
}
const accepted = (value: unknown) => {
  const parsed = parsePurchaseOrderEvent(value)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.event
}
const fieldsOf = (value: unknown): string[] => refusal(value).errors.map(({ field }) => field)

describe('parsePurchaseOrderEvent', () => {
  it("reads the interface's example", () => {
    const wire = example()
    const { data, ...event } = accepted(wire)
    expect(event).toEqual({
      eventId: '0b6f6c5e-6f0c-4a3e-9a58-0d4f1f6f8f10',
      tenantId: '00000000-0000-0000-0000-000000000000',
      timestamp: '2026-11-22T09:30:00Z',
      poId: '5d0c2f6e-8a1b-4a57-8f3d-5f9b6f0b7c11',
      poNumber: 'PO-2026-0042',
      revision: 1,
      supplierId: 'a3c1e1a0-2f5d-4b1e-8f44-77d1b8f4c0aa',
      supplierName: 'Harinas del Sur',
      supplierPhone: '+34612345678',
      supplierCountry: 'ES',
      totalAmount: '1234.50',
      currency: 'EUR',
      language: 'es',
      documentUrl: 'https://erp.example/po/PO-2026-0042.pdf',
      notificationId: null,
    })
    expect(data).toBe(wire.data)
  })

  it('reads an event with the required fields only', () => {
    expect(accepted(read('required-only'))).toMatchObject({
      tenantId: '7b0e0c54-2f0e-11ef-9a4c-0242ac120002',
      totalAmount: '98000',
      revision: null,
      supplierPhone: null,
      language: null,
    })
  })

  it('takes null and empty optional fields for absent and keeps data as it came', () => {
    const wire = read('nothing-optional-is-known') as Wire
    const before = JSON.stringify(wire.data)
    const event = accepted(wire)
    expect(event).toMatchObject({
      timestamp: null,
      supplierId: null,
      supplierPhone: null,
      supplierCountry: null,
      language: null,
      notificationId: null,
      totalAmount: '-12.5',
    })
    expect(JSON.stringify(event.data)).toBe(before)
  })

  it.each((read('hostile') as Hostile[]).map((entry) => [entry.name, entry] as const))(
    'refuses %s and names the fields',
    (_name, { set, fields }) => {
      const { errors, code } = refusal(changed(set))
      expect(code).toBe('validation_failed')
      expect(new Set(errors.map(({ field }) => field))).toEqual(new Set(fields))
      expect(errors).toHaveLength(fields.length)
      for (const { code: faultCode, detail, remedy } of errors) {
        expect(faultCode).toMatch(/^[a-z_]+$/)
        expect(detail).toMatch(/^(is|holds) /)
        expect(remedy).toMatch(/^[A-Z].*\.$/)
      }
    },
  )

  it('refuses __proto__ anywhere, naming it, and pollutes nothing', () => {
    const text = JSON.stringify(example())
    const top = parseJson(text.replace('{', '{"__proto__":{"event_id":"x","isAdmin":true},'))
    const deep = parseJson(text.replace('"po_id"', '"\\u005f_proto__":{"isAdmin":true},"po_id"'))
    if (!top.ok || !deep.ok) throw new Error('not JSON')
    expect(fieldsOf(top.value)).toEqual(['__proto__'])
    expect(fieldsOf(deep.value)).toEqual(['data.__proto__'])
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })

  it('does not read fields out of a __proto__ key', () => {
    const parsed = parseJson(`{"__proto__":${JSON.stringify(example())}}`)
    if (!parsed.ok) throw new Error('not JSON')
    expect(fieldsOf(parsed.value)).toContain('event_id')
  })

  it.each([[null], [[]], ['text'], [7], [undefined], [true]])(
    'refuses the body %j as a whole',
    (value) => {
      expect(fieldsOf(value)).toEqual([''])
    },
  )

  it('counts characters, not UTF-16 units, and allows exactly 128', () => {
    expect(accepted(changed({ event_id: '🍞'.repeat(128) })).eventId).toHaveLength(256)
    expect(fieldsOf(changed({ event_id: '🍞'.repeat(129) }))).toEqual(['event_id'])
    const long = 'x'.repeat(129)
    const set = { event_id: long, 'data.po_id': long, 'data.po_number': long }
    expect(fieldsOf(changed({ ...set, 'data.supplier_id': long }))).toHaveLength(4)
  })

  it('accepts a supplier name of 2,000 characters with whatever is in it', () => {
    const name = '\u202eA\nB\t     C‍👩‍🌾'.padEnd(2000, 'x')
    expect(accepted(changed({ 'data.supplier_name': name })).supplierName).toBe(name)
    expect(fieldsOf(changed({ 'data.supplier_name': `${name}xxxx` }))).toEqual([
      'data.supplier_name',
    ])
  })

  it('leaves a phone that cannot be read to the message', () => {
    for (const phone of ['call me', '0', 'x'.repeat(5000)]) {
      expect(accepted(changed({ 'data.supplier_phone': phone })).supplierPhone).toBe(phone)
    }
  })

  it.each([
    ['0', '0'],
    ['0.00', '0.00'],
    ['-0.5', '-0.5'],
    ['1234.500', '1234.500'],
    ['9'.repeat(40), '9'.repeat(40)],
    [0.000001, '0.000001'],
    [-12.5, '-12.5'],
    [999999999999999, '999999999999999'],
    [0.123456789012345, '0.123456789012345'],
    [1234567890123.45, '1234567890123.45'],
  ])('accepts the amount %j', (given, text) => {
    expect(accepted(changed({ 'data.total_amount': given })).totalAmount).toBe(text)
  })

  it.each(['EUR', 'JPY', 'KWD', 'CLF', 'UYW', 'VED', 'XOF'])('accepts the currency %s', (code) => {
    expect(accepted(changed({ 'data.currency': code })).currency).toBe(code)
  })

  it.each(['2026-11-22T09:30:00Z', '2024-02-29t23:59:60.123z', '2026-11-22 09:30:00+05:30'])(
    'accepts the time %s',
    (timestamp) => {
      expect(accepted(changed({ timestamp })).timestamp).toBe(timestamp)
    },
  )

  it.each(['es', 'pt_BR', 'pt-BR', 'zh-Hans-CN', 'es-419', 'fil'])(
    'accepts the language %s',
    (language) => {
      expect(accepted(changed({ 'data.language': language })).language).toBe(language)
    },
  )

  it('tells the ids of a refused event where they can be read', () => {
    expect(refusal(changed({ 'data.currency': 'X' }))).toMatchObject({
      eventId: '0b6f6c5e-6f0c-4a3e-9a58-0d4f1f6f8f10',
      tenantId: '00000000-0000-0000-0000-000000000000',
    })
    const long = '🍞'.repeat(128)
    const refused = refusal(changed({ event_id: long, 'data.currency': 'X' }))
    expect(refused).toMatchObject({ eventId: long })
    const unreadable = { event_id: 'a\0', tenant_id: 'nobody' }
    expect(refusal(changed(unreadable))).toMatchObject({ eventId: null, tenantId: null })
  })

  it('never repeats a value of the event', () => {
    const secret = '+34612345678'
    const set = Object.fromEntries(
      Object.keys(example().data).map((key) => [`data.${key}`, [secret]]),
    )
    const wire = changed({ ...set, event_type: secret, timestamp: secret, tenant_id: secret })
    expect(JSON.stringify(refusal(wire))).not.toContain(secret)
  })

  it('names the first fields in its sentence and counts the rest', () => {
    const { detail, errors } = refusal({ data: {} })
    expect(errors).toHaveLength(8)
    expect(detail).toContain('data.currency')
    const many = refusal({ data: { items: ['a', 'b', 'c'] } })
    expect(many.detail).toMatch(/ and 3 more$/)
  })

  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const parsed = parsePurchaseOrderEvent(value)
        expect(parsed.ok || parsed.errors.length > 0).toBe(true)
      }),
    )
  })

  it('never throws and names only what was changed, whatever stands in a known field', () => {
    const paths = [
      ...Object.keys(example()),
      ...Object.keys(example().data).map((key) => `data.${key}`),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.double()),
        (path, value) => {
          const parsed = parsePurchaseOrderEvent(changed({ [path]: value }))
          const wrong = parsed.ok ? [] : parsed.errors.map(({ field }) => field)
          expect(wrong.filter((field) => !field.startsWith(path))).toEqual([])
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('accepts every event made to the rules, and what it keeps is the same again', () => {
    const id = fc
      .string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' })
      .map((s) => `#${s}`)
    const event = fc.record(
      {
        event_id: id,
        event_type: fc.constant('po.approved'),
        tenant_id: fc.uuid(),
        timestamp: fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
          .map((d) => d.toISOString()),
        data: fc.record(
          {
            po_id: id,
            po_number: id,
            supplier_name: id,
            total_amount: fc
              .tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(999))
              .map(([a, b]) => `${String(a)}.${String(b)}`),
            currency: fc.constantFrom('EUR', 'USD', 'JPY', 'KWD'),
            revision: fc.maxSafeNat(),
            language: fc.constantFrom('es', 'pt_BR', null),
            supplier_phone: fc.option(fc.string()),
            document_url: fc.webUrl(),
          },
          { requiredKeys: ['po_id', 'po_number', 'supplier_name', 'total_amount', 'currency'] },
        ),
      },
      { requiredKeys: ['event_id', 'event_type', 'tenant_id', 'data'] },
    )
    fc.assert(
      fc.property(event, (wire) => {
        const first = accepted(wire)
        const parsed = parseJson(JSON.stringify(wire))
        if (!parsed.ok) throw new Error(parsed.detail)
        expect(accepted(parsed.value)).toEqual({
          ...first,
          data: JSON.parse(JSON.stringify(wire.data)) as unknown,
        })
      }),
    )
  })
})
