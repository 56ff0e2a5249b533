import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createCloudApiClient } from '../../src/cloud-api/client.ts'
import {
  APP_ID,
  graph,
  message,
  PHONE_ID,
  send,
  setup,
  SUPPLIER,
  template,
  TOKEN,
  WABA_ID,
  wamidOf,
} from '../emulator/setup.ts'
import type { Answer, Bench, Json } from '../emulator/setup.ts'
import { loadOpenApiDocument } from './openapi-document.ts'

const file = process.env['META_OPENAPI_FILE'] ?? ''
if (file === '' || !existsSync(file)) {
  throw new Error(
    `Meta's OpenAPI document is not here (${file === '' ? 'META_OPENAPI_FILE is not set' : file}): npm run test:conformance -- FILE`,
  )
}
const document = loadOpenApiDocument(file)

const MESSAGES = '/{Version}/{Phone-Number-ID}/messages'
const TEMPLATES = '/{Version}/{WABA-ID}/message_templates'

const HEADER = {
  type: 'header',
  parameters: [
    { type: 'document', document: { link: 'https://erp.example/po.pdf', filename: 'po.pdf' } },
  ],
}
const text = (value: string): Json => ({ type: 'text', text: value })
const interactive = (content: Json): Json =>
  message(SUPPLIER, { type: 'interactive', template: undefined, interactive: content })
const free = (type: string, content: unknown): Json =>
  message(SUPPLIER, { type, template: undefined, [type]: content })

/** One of each kind that the service may send. */
const SENDS: readonly [string, Json][] = [
  ['a template', message()],
  ['a template with callback data', message(SUPPLIER, { biz_opaque_callback_data: '1.a.1' })],
  ['an answer to a message', message(SUPPLIER, { context: { message_id: 'wamid.HBg' } })],
  ['a template with header and buttons', message(SUPPLIER, { template: withButtons() })],
  ['a text', free('text', { body: 'Gracias', preview_url: false })],
  ['an image', free('image', { link: 'https://erp.example/a.png' })],
  ['a document', free('document', { link: 'https://erp.example/a.pdf', filename: 'a.pdf' })],
  ['a location', free('location', { latitude: 37.4, longitude: -5.9, name: 'Almacén' })],
  ['a reaction', free('reaction', { message_id: 'wamid.HBg', emoji: '👍' })],
  [
    'a contact',
    free('contacts', [
      {
        name: { formatted_name: 'Ana', first_name: 'Ana' },
        phones: [{ phone: '+34600000000', type: 'WORK' }],
      },
    ]),
  ],
  [
    'reply buttons',
    interactive({
      type: 'button',
      body: { text: '¿Confirma?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Sí' } }] },
    }),
  ],
  [
    'a list',
    interactive({
      type: 'list',
      body: { text: 'Elija' },
      action: { button: 'Ver', sections: [{ title: 'Uno', rows: [{ id: '1', title: 'A' }] }] },
    }),
  ],
  [
    'a link button',
    interactive({
      type: 'cta_url',
      body: { text: 'Pedido' },
      action: { name: 'cta_url', parameters: { display_text: 'Ver', url: 'https://erp.example' } },
    }),
  ],
]

function withButtons(): Json {
  const components = [
    HEADER,
    { type: 'body', parameters: [text('PO-1')] },
    {
      type: 'button',
      sub_type: 'quick_reply',
      index: '0',
      parameters: [{ type: 'payload', payload: 'ACK' }],
    },
    { type: 'button', sub_type: 'url', index: '1', parameters: [text('1?t=a')] },
  ]
  return template([], { name: 'po_ready', components })
}

const DRAFT = {
  name: 'po_ready',
  language: 'es',
  category: 'UTILITY',
  components: [
    { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: ['4::a'] } },
    { type: 'BODY', text: 'El pedido {{1}} está listo.', example: { body_text: [['PO-1']] } },
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
      ],
    },
  ],
}

function createTemplate(bench: Bench): Promise<Answer> {
  return graph(bench.emulator, `${WABA_ID}/message_templates`, { method: 'POST', body: DRAFT })
}

describe(`the document "${document.title}" ${document.version}`, () => {
  it('still needs every deviation that is listed', () => {
    expect(document.unused).toEqual([])
  })
})

describe('sends', () => {
  it.each(SENDS)('%s fits the document and is taken by the emulator', async (_what, body) => {
    await using bench = await setup()
    await createTemplate(bench)
    await bench.emulator.control.settled()
    const wire = JSON.parse(JSON.stringify(body)) as Json
    expect(document.checkRequest('POST', MESSAGES, wire)).toEqual([])
    const answer = await send(bench.emulator, wire)
    expect(answer.status, answer.text).toBe(200)
    expect(document.checkAnswer('POST', MESSAGES, 200, answer.json)).toEqual([])
    expect(document.undeclared('POST', MESSAGES, 200, answer.json)).toEqual([])
  })

  it.each<[string, Json]>([
    ['without a type of its own', message(SUPPLIER, { type: 'fax' })],
    ['without `to`', message(SUPPLIER, { to: undefined })],
    ['without a template name', message(SUPPLIER, { template: { language: { code: 'es' } } })],
    [
      'with four reply buttons',
      interactive({
        type: 'button',
        body: { text: 'a' },
        action: {
          buttons: ['1', '2', '3', '4'].map((id) => ({ type: 'reply', reply: { id, title: id } })),
        },
      }),
    ],
    [
      'with six contacts',
      free(
        'contacts',
        Array.from({ length: 6 }, () => ({ name: { formatted_name: 'Ana' } })),
      ),
    ],
    ['with an image from nowhere', free('image', {})],
  ])('what the document refuses is refused: %s', async (_what, body) => {
    await using bench = await setup()
    const wire = JSON.parse(JSON.stringify(body)) as Json
    expect(document.checkRequest('POST', MESSAGES, wire)).not.toEqual([])
    expect((await send(bench.emulator, wire)).status).toBe(400)
  })
})

describe('answers', () => {
  /** Properties newer than the document, by the section of the reference that has them. */
  const NEWER = {
    list: ['data[].parameter_format', 'paging.next'],
    number: ['platform_type', 'throughput', 'webhook_configuration'],
    subscribed: ['data[].whatsapp_business_api_data'],
    account: ['message_template_namespace'],
  }

  it.each<[string, string, string, string[]]>([
    ['the list of templates', TEMPLATES, `${WABA_ID}/message_templates?limit=2`, NEWER.list],
    ['the number', '/{Version}/{Phone-Number-ID}', PHONE_ID, NEWER.number],
    [
      'the numbers',
      '/{Version}/{WABA-ID}/phone_numbers',
      `${WABA_ID}/phone_numbers`,
      NEWER.number.map((name) => `data[].${name}`),
    ],
    [
      'the account',
      '/{Version}/{WABA-ID}',
      `${WABA_ID}?fields=id,name,currency,timezone_id,country,account_review_status,business_verification_status,ownership_type`,
      [],
    ],
    ['the account as it comes', '/{Version}/{WABA-ID}', WABA_ID, NEWER.account],
    [
      'the subscribed apps',
      '/{Version}/{WABA-ID}/subscribed_apps',
      `${WABA_ID}/subscribed_apps`,
      NEWER.subscribed,
    ],
  ])('%s', async (_what, path, address, newer) => {
    await using bench = await setup()
    const { json, status } = await graph(bench.emulator, address)
    expect(document.checkAnswer('GET', path, status, json)).toEqual([])
    expect(document.undeclared('GET', path, status, json)).toEqual([...newer].sort())
  })

  it('of a template: made, shown, edited, deleted', async () => {
    await using bench = await setup()
    const created = await createTemplate(bench)
    expect(document.checkRequest('POST', TEMPLATES, DRAFT)).toEqual([])
    expect(document.checkAnswer('POST', TEMPLATES, 200, created.json)).toEqual([])
    expect(document.undeclared('POST', TEMPLATES, 200, created.json)).toEqual([])
    await bench.emulator.control.settled()
    const node = '/{Version}/{TEMPLATE_ID}'
    const id = String(created.json['id'])
    const shown = await graph(bench.emulator, id)
    expect(document.checkAnswer('GET', node, 200, shown.json)).toEqual([])
    const edited = await graph(bench.emulator, id, { method: 'POST', body: DRAFT })
    expect(document.checkAnswer('POST', node, 200, edited.json)).toEqual([])
    const deleted = await graph(bench.emulator, `${WABA_ID}/message_templates?name=po_ready`, {
      method: 'DELETE',
    })
    expect(document.checkAnswer('DELETE', TEMPLATES, 200, deleted.json)).toEqual([])
  })

  it('of media: uploaded, described, deleted', async () => {
    await using bench = await setup()
    const form = new FormData()
    form.set('messaging_product', 'whatsapp')
    form.set('file', new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'po.pdf')
    const uploaded = await fetch(`${bench.emulator.url}/v25.0/${PHONE_ID}/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: form,
    })
    const json = (await uploaded.json()) as Json
    expect(document.checkAnswer('POST', '/{Version}/{Phone-Number-ID}/media', 200, json)).toEqual(
      [],
    )
    const info = await graph(bench.emulator, String(json['id']))
    const node = '/{Version}/{Media-ID}'
    expect(document.checkAnswer('GET', node, 200, info.json)).toEqual([])
    expect(document.undeclared('GET', node, 200, info.json)).toEqual([])
    const deleted = await graph(bench.emulator, String(json['id']), { method: 'DELETE' })
    expect(document.checkAnswer('DELETE', node, 200, deleted.json)).toEqual([])
  })

  it('of the history and its events', async () => {
    await using bench = await setup()
    const wamid = wamidOf(await send(bench.emulator, message('+15550131026')))
    await bench.emulator.control.settled()
    const path = '/{Version}/{Phone-Number-ID}/message_history'
    const history = await graph(bench.emulator, `${PHONE_ID}/message_history?message_id=${wamid}`)
    expect(document.checkAnswer('GET', path, 200, history.json)).toEqual([])
    expect(document.undeclared('GET', path, 200, history.json)).toEqual([])
    const [row] = history.json['data'] as { id: string }[]
    const events = await graph(bench.emulator, `${row?.id ?? ''}/events`)
    const edge = '/{Version}/{Message-History-ID}/events'
    expect(document.checkAnswer('GET', edge, 200, events.json)).toEqual([])
    expect(document.undeclared('GET', edge, 200, events.json)).toEqual([])
  })

  it.each([
    ['an unknown token', `${PHONE_ID}?fields=status`, 'other'],
    ['an unknown field', `${PHONE_ID}?fields=colour`, TOKEN],
    ['an unknown node', '1234567890', TOKEN],
  ])('with an error: %s', async (_what, address, token) => {
    await using bench = await setup()
    const { json } = await graph(bench.emulator, address, { token })
    expect(document.checkSchema('GraphAPIError', json)).toEqual([])
  })
})

describe('webhooks', () => {
  it.each<[string, string]>([
    ['sent, delivered and read', SUPPLIER],
    ['failed', '+15550131026'],
    ['batched', '+15553170000'],
    ['without a phone number', '+15553260000'],
    ['a text from the supplier', '+15553290000'],
  ])('%s', async (_what, to) => {
    await using bench = await setup()
    await send(bench.emulator, message(to))
    await bench.emulator.control.settled()
    expect(bench.hook.received.length).toBeGreaterThan(0)
    for (const { body } of bench.hook.received) {
      expect(document.checkSchema('WebhookPayload', body)).toEqual([])
    }
  })

  it('a tapped button', async () => {
    await using bench = await setup()
    const wamid = wamidOf(await send(bench.emulator))
    await bench.emulator.control.reply({ kind: 'button', wamid, payload: 'ACK', text: 'Sí' })
    await bench.emulator.control.settled()
    for (const { body } of bench.hook.received) {
      expect(document.checkSchema('WebhookPayload', body)).toEqual([])
    }
  })
})

interface Recorded {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

/** Takes every request and answers an empty object. */
async function record(run: (url: string) => Promise<unknown>): Promise<Recorded[]> {
  const requests: Recorded[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      const { method = '', headers } = request
      requests.push({ method, path: url.pathname, query: url.searchParams, headers, body })
      response.setHeader('content-type', 'application/json')
      response.end('{"data":[]}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    await run(`http://127.0.0.1:${String(port)}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
  return requests
}

function flat(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
}

describe("the client's requests", () => {
  const open = (baseUrl: string): ReturnType<typeof createCloudApiClient> =>
    createCloudApiClient({
      baseUrl,
      apiVersion: 'v25.0',
      accessToken: TOKEN,
      phoneNumberId: PHONE_ID,
      businessAccountId: WABA_ID,
    })

  it('send a template as the document has it', async () => {
    const [request] = await record(async (url) => {
      const client = open(url)
      await client.sendMessage({
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: SUPPLIER,
        type: 'template',
        biz_opaque_callback_data: `1.${APP_ID}.1`,
        template: {
          name: 'po_notification',
          language: { code: 'es' },
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Harinas' }] }],
        },
      })
      await client.close()
    })
    expect([request?.method, request?.path]).toEqual(['POST', `/v25.0/${PHONE_ID}/messages`])
    expect(document.checkRequest('POST', MESSAGES, JSON.parse(request?.body ?? ''))).toEqual([])
    const given = { query: new URLSearchParams(), headers: flat(request?.headers ?? {}) }
    expect(document.checkParameters('POST', MESSAGES, given)).toEqual([])
  })

  it('list templates as the document has it', async () => {
    const [request] = await record(async (url) => {
      const client = open(url)
      await client.listTemplates()
      await client.close()
    })
    expect([request?.method, request?.path]).toEqual(['GET', `/v25.0/${WABA_ID}/message_templates`])
    const given = {
      query: request?.query ?? new URLSearchParams(),
      headers: flat(request?.headers ?? {}),
    }
    expect(document.checkParameters('GET', TEMPLATES, given)).toEqual([])
  })
})
