import { describe, expect, it } from 'vitest'
import { readMessageRequest } from '../../src/direct/message-request.ts'
import type { RequestSettings } from '../../src/direct/message-request.ts'
import { TENANT } from '../support/orders.ts'
import { templateRequest, textRequest } from '../support/requests.ts'

const OTHER = '11111111-1111-4111-8111-111111111111'
const SETTINGS: RequestSettings = {
  onlyTenant: null,
  defaultTenantId: TENANT,
  knownTenants: null,
  defaultCountry: 'ES',
}
const read = (value: unknown, settings: Partial<RequestSettings> = {}) =>
  readMessageRequest(value, { ...SETTINGS, ...settings })
const faultsOf = (value: unknown) => {
  const result = read(value)
  if (result.ok) throw new Error('it was taken')
  for (const { detail, remedy } of result.errors) {
    expect([detail.length > 5, remedy.length > 5]).toEqual([true, true])
  }
  return result.errors.map(({ field, code }) => `${field}: ${code}`)
}
const interactive = (content: Record<string, unknown>) => ({
  to: '+34612345678',
  type: 'interactive',
  interactive: { body: { text: '¿Confirma?' }, ...content },
})
const button = (id: string, title: string) => ({ type: 'reply', reply: { id, title } })
const row = (id: string) => ({ id, title: id })

describe('a request for a message', () => {
  it('keeps number, language and metadata as given beside what they are read as', () => {
    const metadata = { order: { lines: 3 } }
    const template = { name: 'po_ready', language: 'pt-br', parameters: { supplier: 'Ana' } }
    expect(read(templateRequest({ to: '612 34 56 78', template, metadata }))).toEqual({
      ok: true,
      request: {
        tenantId: TENANT,
        notificationId: null,
        recipient: { phone: '+34612345678', userId: null, input: '612 34 56 78' },
        type: 'TEMPLATE',
        template: { name: 'po_ready', language: 'pt_BR', parameters: { supplier: 'Ana' } },
        content: null,
        metadata,
      },
    })
  })

  it('takes a business-scoped user id in the place of a number', () => {
    for (const to of ['ES.13491208655302741918', 'US.ENT.11815799212886844830']) {
      expect(read(textRequest(to))).toMatchObject({
        ok: true,
        request: { recipient: { phone: null, userId: to, input: to } },
      })
    }
    expect(faultsOf(textRequest('ES.'))).toEqual(['to: invalid_phone'])
  })

  it('counts an emoji as two in every text that Meta limits, and says so and why', () => {
    const emoji = (count: number) => '📦'.repeat(count)
    expect(read(textRequest('+34612345678', emoji(2048)))).toMatchObject({ ok: true })
    const link = 'https://erp.example/a.jpg'
    const tooLong: unknown[] = [
      textRequest('+34612345678', emoji(2049)),
      { to: '+34612345678', type: 'image', image: { link, caption: emoji(513) } },
      interactive({ type: 'button', action: { buttons: [button('y', emoji(11))] } }),
      interactive({
        type: 'list',
        action: { button: emoji(11), sections: [{ rows: [row('a')] }] },
      }),
    ]
    for (const value of tooLong) {
      const result = read(value)
      expect(result.ok ? [] : result.errors).toEqual([
        expect.objectContaining({
          code: 'too_long',
          detail: expect.stringMatching(
            /^is longer than \d+ characters, an emoji counting as two$/,
          ),
          remedy: expect.stringContaining('Meta does not say how it counts'),
        }),
      ])
    }
  })

  it('that is no object is refused with the reason and the remedy', () => {
    for (const value of [5, null, []]) {
      expect(read(value)).toMatchObject({
        code: 'validation_failed',
        detail: 'The message is not valid: the body is not an object. Send an object.',
      })
    }
  })

  it('takes every part that Meta knows', () => {
    const components = [
      {
        type: 'header',
        parameters: [{ type: 'document', document: { id: '1', filename: 'a.pdf' } }],
      },
      { type: 'body', parameters: [{ type: 'text', parameter_name: 'order', text: 'PO-1' }] },
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: 0,
        parameters: [{ type: 'payload', payload: 'ACK' }],
      },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'po/1' }] },
      {
        type: 'button',
        sub_type: 'copy_code',
        index: '2',
        parameters: [{ type: 'coupon_code', coupon_code: 'A1' }],
      },
    ]
    const file = { link: 'https://erp.example/a.pdf', caption: 'Pedido', filename: 'a.pdf' }
    for (const request of [
      templateRequest({ template: { name: 'po_ready', language: 'es', components } }),
      ...['image', 'video'].map((type) =>
        templateRequest({
          template: {
            name: 'a',
            components: [{ type: 'header', parameters: [{ type, [type]: { id: '1' } }] }],
          },
        }),
      ),
      templateRequest({
        template: {
          name: 'a',
          components: [
            {
              type: 'header',
              parameters: [{ type: 'location', location: { latitude: 37.4, longitude: '-5.9' } }],
            },
          ],
        },
      }),
      { to: '+34612345678', type: 'text', text: { body: 'Gracias', preview_url: true } },
      {
        to: '+34612345678',
        type: 'image',
        image: { link: 'https://erp.example/a.png', caption: '' },
      },
      { to: '+34612345678', type: 'document', document: file },
      interactive({ type: 'button', action: { buttons: [button('y', 'Sí'), button('n', 'No')] } }),
      interactive({
        type: 'list',
        header: { type: 'text', text: 'Pedido' },
        footer: { text: 'Compras' },
        action: {
          button: 'Ver',
          sections: [
            { title: 'A', rows: [row('1')] },
            { title: 'B', rows: [{ ...row('2'), description: 'Dos' }] },
          ],
        },
      }),
      interactive({
        type: 'cta_url',
        action: {
          name: 'cta_url',
          parameters: { display_text: 'Ver', url: 'https://erp.example' },
        },
      }),
    ]) {
      expect(read(request)).toMatchObject({ ok: true })
    }
  })

  it.each<[string, unknown, string[]]>([
    ['is no object', [], [': wrong_type']],
    ['has no type', { to: '+34612345678' }, ['type: required']],
    ['has another type', { to: '+34612345678', type: 'fax' }, ['type: unsupported_value']],
    ['has no content', { to: '+34612345678', type: 'text' }, ['text: required']],
    [
      'has the content of another type',
      { ...textRequest('+34612345678'), template: { name: 'a' } },
      ['template: unknown_field'],
    ],
    [
      'has many faults at once',
      {
        to: ' ',
        type: 'template',
        tenant_id: 'x',
        metadata: [],
        tempalte: 1,
        template: { name: 'No' },
      },
      [
        'to: blank',
        'tenant_id: invalid_format',
        'metadata: wrong_type',
        'template.name: invalid_format',
        'tempalte: unknown_field',
      ],
    ],
    [
      'has parameters that are no texts',
      templateRequest({ template: { name: 'a', parameters: ['x', 7, null] } }),
      ['template.parameters[1]: wrong_type', 'template.parameters[2]: required'],
    ],
    [
      'has parameters and components',
      templateRequest({ template: { name: 'a', parameters: [], components: [] } }),
      ['template.components: unsupported_value'],
    ],
    [
      'has components that Meta does not know',
      templateRequest({
        template: {
          name: 'a',
          components: [
            { type: 'footer', parameters: [] },
            {
              type: 'header',
              parameters: [
                { type: 'document', document: { link: 'https://a.example/a.pdf', id: '1' } },
              ],
            },
            { type: 'button', sub_type: 'url', index: 10, parameters: [] },
          ],
        },
      }),
      [
        'template.components[0].type: unsupported_value',
        'template.components[1].parameters[0].document: unsupported_value',
        'template.components[2].index: out_of_range',
        'template.components[2].parameters: out_of_range',
      ],
    ],
    [
      'has a file from nowhere',
      { to: '+34612345678', type: 'image', image: {} },
      ['image: required'],
    ],
    ['has a text too long', textRequest('+34612345678', 'x'.repeat(4097)), ['text.body: too_long']],
    [
      'has buttons that are equal',
      interactive({ type: 'button', action: { buttons: [button('y', 'Sí'), button('y', 'Sí')] } }),
      [
        'interactive.action.buttons[1].reply.id: unsupported_value',
        'interactive.action.buttons[1].reply.title: unsupported_value',
      ],
    ],
    [
      'has a list of eleven rows, and sections without titles',
      interactive({
        type: 'list',
        action: {
          button: 'Ver',
          sections: [
            { rows: Array.from({ length: 6 }, (_, n) => row(`a${String(n)}`)) },
            { rows: Array.from({ length: 5 }, (_, n) => row(`b${String(n)}`)) },
          ],
        },
      }),
      [
        'interactive.action.sections: out_of_range',
        'interactive.action.sections[0].title: required',
        'interactive.action.sections[1].title: required',
      ],
    ],
    ['holds U+0000', textRequest('+34612345678', 'a\0b'), ['text.body: nul_character']],
    ['has a number that cannot be read', textRequest('call me'), ['to: invalid_phone']],
  ])('that %s is refused with every field named', (_name, value, faults) => {
    expect(faultsOf(value)).toEqual(faults)
  })

  it('belongs to the tenant of its key, and to no other', () => {
    const own = { onlyTenant: OTHER }
    expect(read(templateRequest(), own)).toMatchObject({ request: { tenantId: OTHER } })
    expect(read(templateRequest({ tenant_id: OTHER.toUpperCase() }), own)).toMatchObject({
      ok: true,
    })
    expect(read(templateRequest({ tenant_id: TENANT }), own)).toMatchObject({ code: 'forbidden' })
    expect(read(templateRequest({ tenant_id: OTHER }))).toMatchObject({
      request: { tenantId: OTHER },
    })
    const known = { knownTenants: new Set([TENANT]) }
    expect(read(templateRequest({ tenant_id: OTHER }), known)).toMatchObject({
      code: 'unknown_tenant',
    })
  })
})
