/** Request bodies of the OpenAPI document with an example of each form, and answers that are no JSON. */

type Example = { summary?: string; value: unknown }
export interface BodyWords {
  /** Left out: the route's own. */
  schema?: Record<string, unknown>
  examples: Record<string, Example>
}

const TEXT = { type: 'string' }
const BYTES = { type: 'string', contentMediaType: 'application/octet-stream' }
const TENANT = '00000000-0000-0000-0000-000000000000'
const TO = '+34612345678'

const ORDER = {
  po_id: '5d0c2f6e-8a1b-4a57-8f3d-5f9b6f0b7c11',
  po_number: 'PO-2026-0042',
  revision: 1,
  supplier_id: 'a3c1e1a0-2f5d-4b1e-8f44-77d1b8f4c0aa',
  supplier_name: 'Harinas del Sur',
  supplier_phone: TO,
  supplier_country: 'ES',
  total_amount: '1234.50',
  currency: 'EUR',
  required_delivery_date: '2026-11-25',
  language: 'es',
  items: [{ name: 'Harina T55 25 kg', quantity: 40, unit: 'sack', unit_price: '21.90' }],
}
const EVENT = {
  event_id: '0b6f6c5e-6f0c-4a3e-9a58-0d4f1f6f8f10',
  event_type: 'po.approved',
  timestamp: '2026-11-22T09:30:00Z',
  tenant_id: TENANT,
  data: ORDER,
}
const CLOUD_EVENT = {
  specversion: '1.0',
  id: '9c2d7f3a-0f0e-4c46-8d6e-0a4b0d8f7a10',
  source: '/erp',
  type: 'po.approved',
  time: '2026-11-22T09:30:00Z',
  tenantid: TENANT,
  data: { ...ORDER, po_id: '7b0c2f6e-8a1b-4a57-8f3d-5f9b6f0b7c12', po_number: 'PO-2026-0043' },
}

const PO_TEMPLATE = { name: 'po_notification', language: 'es' }
const PARAMETERS = ['Harinas del Sur', 'PO-2026-0042', '1.234,50 €']
const BY_TEMPLATE = {
  to: TO,
  type: 'template',
  template: { ...PO_TEMPLATE, parameters: PARAMETERS },
  metadata: { order: 'PO-2026-0042' },
}
const COMPONENTS = [
  { type: 'body', parameters: PARAMETERS.map((text) => ({ type: 'text', text })) },
]
const BUTTONS = {
  type: 'button',
  body: { text: 'Can you deliver PO-2026-0042 on 25 November?' },
  action: {
    buttons: [
      { type: 'reply', reply: { id: 'yes', title: 'Yes' } },
      { type: 'reply', reply: { id: 'no', title: 'No' } },
    ],
  },
}
const LIST = {
  type: 'list',
  body: { text: 'When can you deliver PO-2026-0042?' },
  action: {
    button: 'Choose a day',
    sections: [
      {
        title: 'This week',
        rows: [
          { id: 'thu', title: 'Thursday' },
          { id: 'fri', title: 'Friday', description: 'Before noon' },
        ],
      },
    ],
  },
}
const LINES = [BY_TEMPLATE, { ...BY_TEMPLATE, to: '+34612345679' }]

const DRAFT = {
  name: 'po_ready',
  language: 'es',
  category: 'UTILITY',
  components: [
    {
      type: 'BODY',
      text: 'Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado.',
      example: { body_text: [PARAMETERS] },
    },
  ],
  template_key: 'po_approved',
}
const SUPPLIER = {
  name: 'Harinas del Sur',
  phones: [TO],
  language: 'es',
  email: 'pedidos@harinas.example',
  metadata: { city: 'Sevilla' },
}
const CSV =
  'supplier_id,name,phone,language,email,opted_out\nharinas,Harinas del Sur,+34612345678,es,pedidos@harinas.example,false\n'
const CHANGE = { template_key: 'po_approved', is_active: true }

const one = (value: unknown): BodyWords => ({ examples: { example: { value } } })

export const BODIES: Readonly<Record<string, Readonly<Record<string, BodyWords>>>> = {
  'POST /api/v1/events': {
    'application/json': one(EVENT),
    'application/cloudevents+json': {
      schema: { type: 'object' },
      examples: { structured: { summary: 'CloudEvents 1.0', value: CLOUD_EVENT } },
    },
  },
  'POST /api/v1/whatsapp/messages': {
    'application/json': {
      examples: {
        template: { summary: 'A template', value: BY_TEMPLATE },
        components: {
          summary: "A template in Meta's own form",
          value: {
            to: TO,
            type: 'template',
            template: { ...PO_TEMPLATE, components: COMPONENTS },
          },
        },
        text: {
          summary: 'A text, inside the 24-hour window',
          value: { to: TO, type: 'text', text: { body: 'Thank you, see you on Thursday.' } },
        },
        image: {
          summary: 'An image',
          value: { to: TO, type: 'image', image: { link: 'https://erp.example/label.png' } },
        },
        document: {
          summary: 'A document',
          value: {
            to: TO,
            type: 'document',
            document: { link: 'https://erp.example/po.pdf', filename: 'PO-2026-0042.pdf' },
          },
        },
        buttons: {
          summary: 'Reply buttons',
          value: { to: TO, type: 'interactive', interactive: BUTTONS },
        },
        list: { summary: 'A list', value: { to: TO, type: 'interactive', interactive: LIST } },
      },
    },
  },
  'POST /api/v1/whatsapp/messages/bulk': {
    'application/json': one({ messages: LINES, stop_when_failed_share: 0.2 }),
    'application/x-ndjson': {
      schema: TEXT,
      examples: { lines: { value: LINES.map((line) => `${JSON.stringify(line)}\n`).join('') } },
    },
  },
  'POST /api/v1/whatsapp/messages/{id}/resolve': { 'application/json': one({ as: 'not_sent' }) },
  'POST /api/v1/whatsapp/messages/release': {
    'application/json': one({ hold_reason: 'backlog_not_released', dry_run: true }),
  },
  'POST /api/v1/whatsapp/templates': { 'application/json': one(DRAFT) },
  'POST /api/v1/whatsapp/templates/lint': { 'application/json': one(DRAFT) },
  'PATCH /api/v1/whatsapp/templates/{id}': { 'application/json': one(CHANGE) },
  'PUT /api/v1/whatsapp/templates/{id}': { 'application/json': one(CHANGE) },
  'POST /api/v1/whatsapp/templates/samples': Object.fromEntries(
    ['application/pdf', 'image/jpeg', 'image/png', 'video/mp4'].map((type) => [
      type,
      { schema: BYTES, examples: { file: { value: 'The bytes of the file' } } },
    ]),
  ),
  'PUT /api/v1/suppliers/{supplier_id}': { 'application/json': one(SUPPLIER) },
  'POST /api/v1/suppliers/import': {
    'text/csv': { schema: TEXT, examples: { csv: { value: CSV } } },
    'application/json': {
      schema: { type: 'array', items: { type: 'object' } },
      examples: { json: { value: [{ supplier_id: 'harinas', ...SUPPLIER }] } },
    },
  },
  'POST /api/v1/doctor': { 'application/json': one({ send_test: null }) },
  'POST /api/v1/keys': {
    'application/json': one({ name: 'erp', role: 'ingest', tenant_id: TENANT }),
  },
  'POST /api/v1/whatsapp/webhook': {
    'application/json': {
      schema: { type: 'object', description: "Meta's webhook, signed by X-Hub-Signature-256" },
      examples: { empty: { value: { object: 'whatsapp_business_account', entry: [] } } },
    },
  },
}

type Media = Record<string, { schema: unknown; example: unknown }>

/** By route: the status, and what is answered beside JSON or in its place. */
export const TEXT_ANSWERS: Readonly<Record<string, { status: string | null; content: Media }>> = {
  'GET /api/v1/whatsapp/webhook': {
    status: '200',
    content: { 'text/plain': { schema: TEXT, example: '1158201444' } },
  },
  'GET /api/v1/whatsapp/messages/events': {
    status: '200',
    content: {
      'text/event-stream': {
        schema: TEXT,
        example:
          'id: 1795805877150-1\nevent: message\ndata: {"id":"01a21e5e-…","state":"read"}\n\n',
      },
    },
  },
  'GET /api/v1/whatsapp/stats': {
    status: null,
    content: { 'text/csv': { schema: TEXT, example: 'key,total,pending\n,10,1\n' } },
  },
}
