import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  graph,
  message,
  PHONE_ID,
  send,
  setup,
  SUPPLIER,
  TOKEN,
  WABA_ID,
  wamidOf,
} from './setup.ts'
import type { Bench } from './setup.ts'

const SUPPLIER_USER = 'ES.48210093355120774631'
const TEXT = { type: 'text', template: undefined, text: { body: 'hola' } }

/**
 * What the emulator says, beside a file made from the pages' facts: the same fields, of the same types,
 * in the same places.
 */
const CASES: Record<string, (bench: Bench) => Promise<unknown>> = {
  'send-accepted': async ({ emulator }) => (await send(emulator)).json,
  'send-accepted-text': async ({ emulator }) =>
    (await send(emulator, message(SUPPLIER, TEXT))).json,
  'send-accepted-user-id': async ({ emulator }) =>
    (await send(emulator, message(SUPPLIER, { to: undefined, recipient: SUPPLIER_USER }))).json,
  error: async ({ emulator }) =>
    (await send(emulator, message(SUPPLIER, { template: { name: 'x', language: { code: 'es' } } })))
      .json,
  'error-token-expired': async ({ emulator }) => {
    emulator.control.expireToken()
    return (await send(emulator)).json
  },
  'status-sent': (bench) => statusWebhook(bench, SUPPLIER, 0),
  'status-delivered': (bench) => statusWebhook(bench, SUPPLIER, 1),
  'status-read': (bench) => statusWebhook(bench, SUPPLIER, 2),
  'status-failed': (bench) => statusWebhook(bench, '+15550131026', 0),
  'inbound-text': async (bench) => {
    const wamid = await quiet(bench)
    await bench.emulator.control.reply({ kind: 'text', wamid })
    return bench.hook.received[0]?.body
  },
  'inbound-button': async (bench) => {
    const wamid = await quiet(bench)
    await bench.emulator.control.reply({ kind: 'button', wamid, payload: 'ACK', text: 'Confirmar' })
    return bench.hook.received[0]?.body
  },
  'inbound-reaction': async (bench) => {
    const reaction = { message_id: await quiet(bench), emoji: '👍' }
    const content = { type: 'reaction', reaction }
    await bench.emulator.control.reply({ kind: 'message', from: SUPPLIER.slice(1), content })
    return bench.hook.received[0]?.body
  },
  'template-status-paused': (bench) => templateWebhook(bench, { status: 'PAUSED' }),
  'template-status-rejected': (bench) => templateWebhook(bench, { status: 'REJECTED' }),
  'template-quality': (bench) => templateWebhook(bench, { quality: 'RED' }),
  'template-category': (bench) => templateWebhook(bench, { category: 'MARKETING' }),
  'template-list': async ({ emulator }) =>
    (await graph(emulator, `${WABA_ID}/message_templates?limit=1`)).json,
  'phone-number-health': async ({ emulator }) =>
    (await graph(emulator, `${PHONE_ID}?fields=health_status`)).json,
  'debug-token': async ({ emulator }) =>
    (await graph(emulator, `debug_token?input_token=${TOKEN}`)).json,
  media: async ({ emulator }) => {
    const form = new FormData()
    form.set('messaging_product', 'whatsapp')
    form.set('file', new Blob(['%PDF-1.7'], { type: 'application/pdf' }), 'po.pdf')
    const headers = { authorization: `Bearer ${TOKEN}` }
    const url = `${emulator.url}/v25.0/${PHONE_ID}/media`
    const uploaded = await fetch(url, { method: 'POST', headers, body: form })
    const { id } = (await uploaded.json()) as { id: string }
    return (await graph(emulator, id)).json
  },
  'subscribed-apps': async ({ emulator }) =>
    (await graph(emulator, `${WABA_ID}/subscribed_apps`)).json,
}

/** A message whose own webhooks do not come. */
async function quiet({ emulator }: Bench): Promise<string> {
  emulator.control.script({ behaviour: 'missing' })
  return wamidOf(await send(emulator))
}

async function statusWebhook(bench: Bench, to: string, place: number): Promise<unknown> {
  await send(bench.emulator, message(to, { biz_opaque_callback_data: '1.a.1' }))
  await bench.emulator.control.settled()
  return bench.hook.received[place]?.body
}

async function templateWebhook(bench: Bench, change: Record<string, string>): Promise<unknown> {
  await bench.emulator.control.changeTemplate({ name: 'po_notification', language: 'es' }, change)
  return bench.hook.received[0]?.body
}

/** Names and types without values; of a list, its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]))
}

describe('the shape of', () => {
  it.each(Object.entries(CASES))('%s is that of its file', async (name, produce) => {
    const url = new URL(`../fixtures/meta/${name}.json`, import.meta.url)
    const expected: unknown = JSON.parse(readFileSync(url, 'utf8'))
    await using bench = await setup()
    const actual = await produce(bench)
    expect(shapeOf(actual)).toEqual(shapeOf(expected))
  })
})
