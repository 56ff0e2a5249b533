import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readMessageRequest } from '../../src/direct/message-request.ts'
import { buildRequest } from '../../src/dispatcher/build-request.ts'
import { graph, send, setup, WABA_ID } from '../emulator/setup.ts'
import type { Bench, Json } from '../emulator/setup.ts'
import { idOf, TENANT } from '../support/orders.ts'
import { loadOpenApiDocument } from './openapi-document.ts'

const file = process.env['META_OPENAPI_FILE'] ?? ''
if (!existsSync(file)) throw new Error(`Meta's OpenAPI document is not here: ${file}`)
const document = loadOpenApiDocument(file)
const MESSAGES = '/{Version}/{Phone-Number-ID}/messages'

const text = (value: string) => ({ type: 'text', text: value })
const header = (type: string, content: unknown) => ({
  type: 'header',
  parameters: [{ type, [type]: content }],
})
const button = (sub_type: string, index: number, parameter: unknown) => ({
  type: 'button',
  sub_type,
  index,
  parameters: [parameter],
})
const withTemplate = (name: string, more: unknown) => ({
  type: 'template',
  template: { name, language: 'es', ...(more as object) },
})
const withComponents = (name: string, ...components: unknown[]) =>
  withTemplate(name, { components })
const link = 'https://erp.example/po.pdf'
const place = { latitude: 37.4, longitude: -5.9, name: 'Almacén', address: 'Calle 1' }
const interactive = (content: object) => ({
  type: 'interactive',
  interactive: { body: { text: '¿Confirma?' }, footer: { text: 'Compras' }, ...content },
})
const reply = (id: string) => ({ type: 'reply', reply: { id, title: id } })
const BUTTONS = { type: 'button', action: { buttons: [reply('yes'), reply('no')] } }

/** What the API takes, one of each kind. */
const REQUESTS: readonly [string, Json][] = [
  [
    'positional parameters',
    withTemplate('po_notification', { parameters: ['Ana', 'PO-1', '1 €'] }),
  ],
  ['named parameters', withTemplate('named', { parameters: { supplier: 'Ana', order: 'PO-1' } })],
  ['a header text', withComponents('header_text', { type: 'header', parameters: [text('PO-1')] })],
  ['an image header', withComponents('header_image', header('image', { link }))],
  ['a video header', withComponents('header_video', header('video', { link }))],
  [
    'a document header',
    withComponents('header_document', header('document', { link, filename: 'po.pdf' })),
  ],
  ['a location header', withComponents('header_location', header('location', place))],
  [
    'buttons',
    withComponents(
      'buttons',
      button('quick_reply', 0, { type: 'payload', payload: 'ACK:1' }),
      button('url', 1, text('po/1')),
      button('copy_code', 2, { type: 'coupon_code', coupon_code: 'A1B2' }),
    ),
  ],
  ['a text', { type: 'text', text: { body: 'Gracias', preview_url: false } }],
  ['an image', { type: 'image', image: { link, caption: 'Plano' } }],
  ['a document', { type: 'document', document: { link, filename: 'a.pdf', caption: 'Pedido' } }],
  ['reply buttons', interactive({ ...BUTTONS, header: { type: 'text', text: 'Pedido' } })],
  [
    'reply buttons under a document',
    interactive({ ...BUTTONS, header: { type: 'document', document: { link } } }),
  ],
  [
    'a list',
    interactive({
      type: 'list',
      action: {
        button: 'Ver',
        sections: [{ title: 'A', rows: [{ id: '1', title: 'Uno', description: 'El primero' }] }],
      },
    }),
  ],
  [
    'a link button',
    interactive({
      type: 'cta_url',
      action: { name: 'cta_url', parameters: { display_text: 'Ver', url: link } },
    }),
  ],
]

const BODY = { type: 'BODY', text: 'El pedido está listo, pase a verlo.' }
const media = (format: string) => [
  {
    type: 'HEADER',
    format,
    ...(format !== 'LOCATION' && { example: { header_handle: ['4::a'] } }),
  },
  BODY,
]
const TEMPLATES: Readonly<Record<string, Json>> = {
  named: {
    parameter_format: 'NAMED',
    components: [
      {
        type: 'BODY',
        text: 'Hola {{supplier}}, el pedido {{order}} está listo para usted.',
        example: {
          body_text_named_params: [
            { param_name: 'supplier', example: 'Ana' },
            { param_name: 'order', example: 'PO-1' },
          ],
        },
      },
    ],
  },
  header_text: {
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Pedido {{1}}', example: { header_text: ['PO-1'] } },
      BODY,
    ],
  },
  header_image: { components: media('IMAGE') },
  header_video: { components: media('VIDEO') },
  header_document: { components: media('DOCUMENT') },
  header_location: { components: media('LOCATION') },
  buttons: {
    components: [
      BODY,
      {
        type: 'BUTTONS',
        buttons: [
          { type: 'QUICK_REPLY', text: 'Confirmar' },
          {
            type: 'URL',
            text: 'Ver',
            url: 'https://erp.example/{{1}}',
            example: ['https://erp.example/1'],
          },
          { type: 'COPY_CODE', example: 'A1B2' },
        ],
      },
    ],
  },
}

async function createTemplate(bench: Bench, name: string): Promise<void> {
  const draft = TEMPLATES[name]
  if (draft === undefined) return
  const body = { name, language: 'es', category: 'UTILITY', ...draft }
  const made = await graph(bench.emulator, `${WABA_ID}/message_templates`, { method: 'POST', body })
  expect(made.status, made.text).toBe(200)
  await bench.emulator.control.settled()
}

/** The whole way: what a caller sends, read by the API, built by the dispatcher, as JSON. */
function wireOf(request: Json, to = '+34612345678'): Json {
  const read = readMessageRequest(
    { to, ...request },
    { onlyTenant: null, defaultTenantId: TENANT, knownTenants: null, defaultCountry: null },
  )
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  const { recipient, template, type, content } = read.request
  const built = buildRequest({
    id: idOf(1),
    tenant_id: TENANT,
    attempt: 1,
    failures: 0,
    recipient_phone: recipient.phone,
    recipient_user_id: recipient.userId,
    message_type: type,
    template_name: template?.name ?? null,
    template_language: template?.language ?? null,
    template_parameters: template?.parameters ?? null,
    content,
    event_id: null,
  })
  return JSON.parse(JSON.stringify(built)) as Json
}

describe('what is asked for directly, as the dispatcher sends it', () => {
  it.each(REQUESTS)(
    'fits the document and is taken by the emulator: %s',
    async (_what, request) => {
      await using bench = await setup()
      const wire = wireOf(request)
      await createTemplate(bench, String((wire['template'] as Json | undefined)?.['name']))
      expect(document.checkRequest('POST', MESSAGES, wire)).toEqual([])
      const answer = await send(bench.emulator, wire)
      expect(answer.status, answer.text).toBe(200)
      expect(wire['biz_opaque_callback_data']).toBe(`1.${idOf(1)}.1`)
    },
  )

  it('needs nothing of the document but the number, to one who is known by a user id', async () => {
    await using bench = await setup()
    const wire = wireOf({ type: 'text', text: { body: 'Gracias' } }, 'ES.13491208655302741918')
    const { recipient, ...rest } = wire
    expect(document.checkRequest('POST', MESSAGES, { ...rest, to: recipient })).toEqual([])
    expect((await send(bench.emulator, wire)).status).toBe(200)
  })
})
