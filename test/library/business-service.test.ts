import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AvisoError,
  createApiClient,
  MessageRequestSchema,
  MessageSchema,
  WebhookSchema,
  WhatsAppBusinessService,
  WhatsAppService,
} from '../../src/index.ts'
import type { Message } from '../../src/index.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const template = {
  name: 'po_notification',
  language: 'en',
  parameters: ['Mill Ltd', 'PO-1', '€250.00'],
}

describe('the library', () => {
  let world: World
  let service: WhatsAppBusinessService
  const options = () => ({ url: world.app.url, apiKey: ADMIN_KEY })
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
    service = new WhatsAppBusinessService(options())
  })
  afterAll(() => world.close())

  it('queues a message in the shape that its schema has, and shows what became of it', async () => {
    const request = { to: '+34600444001', type: 'template' as const, template }
    expect(MessageRequestSchema.safeParse(request).success).toBe(true)
    const queued = await service.sendMessage(request)
    expect(MessageSchema.parse(queued)).toMatchObject({ recipient_phone: '+34600444001' })
    await world.until(queued.id, 'read')
    expect((await service.getMessage(queued.id)).timeline?.length).toBeGreaterThan(3)
  })

  it('answers the same key with the same message', async () => {
    const request = { to: '+34600444002', type: 'template' as const, template }
    const [first, second] = [
      await service.sendMessage(request, { idempotencyKey: 'order-7' }),
      await service.sendMessage(request, { idempotencyKey: 'order-7' }),
    ]
    expect(second.id).toBe(first.id)
  })

  it('throws what the service refuses, with each fault and its remedy', async () => {
    const error = await service
      .sendMessage({
        to: '+34600444003',
        type: 'template',
        template: { ...template, parameters: ['one'] },
      })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AvisoError)
    expect(error).toMatchObject({
      code: 'template_parameters',
      status: 422,
      errors: [{ remedy: expect.any(String) as unknown }],
    })
  })

  it('sends many as a batch, and reports the bad ones by their place', async () => {
    const good = (n: number) => ({
      to: `+3460044410${String(n)}`,
      type: 'template' as const,
      template,
    })
    const result = await service.sendBulk([
      good(1),
      { to: '', type: 'text', text: { body: '' } },
      good(2),
    ])
    expect(result).toMatchObject({ accepted: 2, rejected: [{ index: 1 }] })
    expect(await service.getBatch(result.batch_id)).toMatchObject({ total: 2, rejected: 1 })
  })

  it('checks health', async () => {
    expect(await service.healthCheck()).toMatchObject({ status: 'ok', parts: { database: {} } })
  })

  it('is typed by the OpenAPI document', async () => {
    const { data, response } = await createApiClient(options()).GET('/api/v1/whatsapp/messages', {
      params: { query: { status: 'READ', limit: 1 } },
    })
    expect(response.status).toBe(200)
    expect(data?.data[0]?.status).toBe('READ')
  })

  it('keeps code for the former Twilio service working: true once Meta took it', async () => {
    const twilio = new WhatsAppService(options())
    expect(
      await twilio.sendMessage({
        toPhone: 'whatsapp:+34600444004',
        message: 'what Twilio sent without a template',
        templateName: 'po_notification',
        templateParams: ['Mill Ltd', 'PO-2', 250],
        tenantId: '00000000-0000-0000-0000-000000000000',
      }),
    ).toBe(true)
  })

  it('answers that code with false, and says why, where a message fails or is refused', async () => {
    const reasons: (AvisoError | Message)[] = []
    const twilio = new WhatsAppService({
      ...options(),
      onFailure: (reason) => reasons.push(reason),
    })
    world.emulator.control.script({
      behaviour: 'refuse',
      code: 131030,
      to: '+34600444005',
      times: 1,
    })
    expect(
      await twilio.sendMessage({
        toPhone: '+34600444005',
        templateName: 'po_notification',
        templateParams: ['Mill Ltd', 'PO-3', '1'],
      }),
    ).toBe(false)
    expect(await twilio.sendMessage({ toPhone: '+34600444006', message: 'no window' })).toBe(false)
    expect(reasons).toMatchObject([{ status: 'FAILED' }, { code: 'window_closed' }])
  })
})

it('asks again under the same key where an answer is lost or the service says so, and then gives up', async () => {
  const keys: unknown[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'])
    if (keys.length === 1) request.socket.destroy()
    else
      response
        .writeHead(503, { 'retry-after': '0', 'content-type': 'application/json' })
        .end('{"code":"unavailable","detail":"away"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const service = new WhatsAppBusinessService({
    url: `http://127.0.0.1:${String(port)}`,
    apiKey: 'k',
  })
  await expect(
    service.sendMessage({ to: '+34600444001', type: 'template', template }),
  ).rejects.toMatchObject({ code: 'unavailable', status: 503, message: 'away' })
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
  server.close()
})

it('names an address that is none', () => {
  expect(() => new WhatsAppBusinessService({ url: 'ftp://x' })).toThrow(AvisoError)
})

it('reads what Meta posts, and tolerates what it does not know', () => {
  const folder = new URL('../fixtures/meta/', import.meta.url)
  const files = readdirSync(folder).filter((name) =>
    /^(?:status|inbound|template-(?:category|quality|status))/.test(name),
  )
  expect(files.length).toBeGreaterThan(3)
  for (const name of files) {
    const body: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
    expect(WebhookSchema.parse(body), name).toEqual(body)
  }
})
