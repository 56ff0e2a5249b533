import { describe, expect, it } from 'vitest'
import { buildRequest } from '../../src/dispatcher/build-request.ts'
import { callbackData } from '../../src/message/message.ts'
import type { ClaimedMessage } from '../../src/message/outbox.ts'
import { idOf, TENANT } from '../support/orders.ts'

const ID = idOf(1)
const claimed = (more: Partial<ClaimedMessage>): ClaimedMessage => ({
  id: ID,
  tenant_id: TENANT,
  attempt: 2,
  failures: 0,
  recipient_phone: '+34612345678',
  recipient_user_id: null,
  message_type: 'TEMPLATE',
  template_name: 'po_ready',
  template_language: 'es',
  template_parameters: null,
  content: null,
  event_id: null,
  ...more,
})
const componentsOf = (parameters: unknown, more: Partial<ClaimedMessage> = {}) =>
  buildRequest(claimed({ template_parameters: parameters, ...more })).template?.components

describe('the request of a send', () => {
  it('names the template, its language, the recipient and the attempt', () => {
    expect(buildRequest(claimed({}))).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: '+34612345678',
      type: 'template',
      template: { name: 'po_ready', language: { code: 'es' } },
      biz_opaque_callback_data: callbackData(ID, 2),
    })
  })

  it('addresses one who is known by a user id alone as recipient, not as number', () => {
    const request = buildRequest(claimed({ recipient_phone: null, recipient_user_id: 'ES.1' }))
    expect(request).toMatchObject({ recipient: 'ES.1' })
    expect(request).not.toHaveProperty('to')
  })

  it('puts parameters into the body, by position or by name', () => {
    const body = (parameters: unknown[]) => [{ type: 'body', parameters }]
    expect(componentsOf(['Ana', 'PO\n1'])).toEqual(
      body([
        { type: 'text', text: 'Ana' },
        { type: 'text', text: 'PO 1' },
      ]),
    )
    expect(componentsOf({ supplier: 'Ana' })).toEqual(
      body([{ type: 'text', parameter_name: 'supplier', text: 'Ana' }]),
    )
    expect(componentsOf([])).toBeUndefined()
  })

  it("shortens an order's texts to fit any template, and nothing that was checked against its own", () => {
    const long = 'x'.repeat(1000)
    const textOf = (event: string | null) =>
      componentsOf([long], { event_id: event })?.[0]?.parameters?.[0]?.text
    expect(textOf(null)).toBe(long)
    expect(textOf('event-1')).toHaveLength(768)
  })

  it('sends components as they are, on one line a text, with positions as text and without nulls', () => {
    const components = [
      {
        type: 'header',
        parameters: [{ type: 'document', document: { id: '1', link: null, filename: '' } }],
      },
      { type: 'body', parameters: [{ type: 'text', text: 'a\tb', parameter_name: null }] },
      { type: 'button', sub_type: 'url', index: 1, parameters: [{ type: 'text', text: 'po/1' }] },
    ]
    expect(componentsOf({ components })).toEqual([
      { type: 'header', parameters: [{ type: 'document', document: { id: '1' } }] },
      { type: 'body', parameters: [{ type: 'text', text: 'a b' }] },
      { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 'po/1' }] },
    ])
  })

  it.each([
    ['TEXT', 'text', { body: 'Gracias', preview_url: null }, { body: 'Gracias' }],
    [
      'IMAGE',
      'image',
      { link: 'https://a.example/a.png', caption: '' },
      { link: 'https://a.example/a.png' },
    ],
    ['DOCUMENT', 'document', { id: '1', filename: 'a.pdf' }, { id: '1', filename: 'a.pdf' }],
    ['INTERACTIVE', 'interactive', { type: 'list', footer: null }, { type: 'list' }],
  ])('sends %s under its own name', (message_type, type, content, wire) => {
    const request = buildRequest(claimed({ message_type, content, template_name: null }))
    expect(request).toMatchObject({
      type,
      [type]: wire,
      biz_opaque_callback_data: callbackData(ID, 2),
    })
    expect(request).not.toHaveProperty('template')
  })

  it('throws for a row without anything to send', () => {
    expect(() => buildRequest(claimed({ template_name: null }))).toThrow(/no template/)
    expect(() => buildRequest(claimed({ message_type: 'TEXT' }))).toThrow(/no content/)
  })

  it('gives the quick replies of an order our payloads, at their places among the buttons', () => {
    const request = buildRequest(claimed({ event_id: 'e1', template_parameters: ['A'] }), [0, 2])
    expect(request.template?.components?.slice(1)).toEqual([
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: '0',
        parameters: [{ type: 'payload', payload: 'aviso:po.acknowledged' }],
      },
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: '2',
        parameters: [{ type: 'payload', payload: 'aviso:po.rejected' }],
      },
    ])
  })

  it('leaves the buttons of what is sent directly to its sender', () => {
    const request = buildRequest(claimed({ template_parameters: ['A'] }), [0])
    expect(request.template?.components).toHaveLength(1)
  })
})
