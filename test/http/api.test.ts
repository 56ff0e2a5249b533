import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp } from '../../src/app.ts'
import type { App } from '../../src/app.ts'
import { signBody } from '../../src/cloud-api/signature.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { openMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY, CREDENTIALS, testConfig } from '../support/test-config.ts'

const NOBODY = 'http://127.0.0.1:9'

describe('the HTTP interface', () => {
  let app: App
  let number = 0
  beforeAll(async () => {
    const database = await openMigrated({ kind: 'pglite' })
    // Nothing is sent: these are the routes alone.
    const config = testConfig(NOBODY)
    app = await startApp(
      { ...config, roles: ['api', 'webhook'] },
      shareDatabase(database),
      createLogger('silent'),
    )
  })
  afterAll(() => app.stop())

  const call = async (
    path: string,
    more: { method?: string; body?: string; headers?: Record<string, string>; key?: string | null } = {},
  ) => {
    const key = more.key === undefined ? ADMIN_KEY : more.key
    const response = await fetch(app.url + path, {
      method: more.method ?? (more.body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(more.body !== undefined && { 'content-type': 'application/json' }),
        ...more.headers,
      },
      ...(more.body !== undefined && { body: more.body }),
    })
    const text = await response.text()
    const isJson = (response.headers.get('content-type') ?? '').includes('json')
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : {}) as Record<string, unknown>,
    }
  }
  const post = (event: unknown, key?: string) =>
    call('/api/v1/events', { body: JSON.stringify(event), ...(key !== undefined && { key }) })
  const nextEvent = (data: Record<string, unknown> = {}, envelope: Record<string, unknown> = {}) => {
    number += 1
    return orderEvent(number, data, envelope)
  }
  const createKey = async (role: string, tenantId?: string): Promise<string> => {
    const body = JSON.stringify({ name: role, role, ...(tenantId !== undefined && { tenant_id: tenantId }) })
    const answer = await call('/api/v1/keys', { body })
    return String(answer.body['key'])
  }

  it('answers liveness and readiness without a key', async () => {
    expect(await call('/healthz', { key: null })).toMatchObject({ status: 200 })
    expect(await call('/readyz', { key: null })).toMatchObject({ status: 200 })
  })

  it('shows health without a key as one word, and with one its parts and the queue', async () => {
    expect((await call('/api/v1/whatsapp/health', { key: null })).body).toEqual({ status: 'ok' })
    expect((await call('/api/v1/whatsapp/health')).body).toMatchObject({
      status: 'ok',
      migration: 'whatsapp001',
      parts: { database: { status: 'ok' }, broker: {}, cloud_api: {}, credentials: {}, number: {}, templates: {} },
      queue: { in_doubt: 0, unconfirmed: 0, held: {}, outbox: 0, orphans: 0, dead_letters: 0 },
    })
  })

  it('redirects the front page to the API reference and serves the OpenAPI 3.1 document', async () => {
    const front = await call('/', { key: null })
    expect([front.status, front.headers.get('location')]).toEqual([302, '/docs'])
    expect(await call('/docs', { key: null })).toMatchObject({ status: 200 })
    const document = await call('/openapi.json', { key: null })
    expect(document.body).toMatchObject({ openapi: '3.1.0' })
    expect(Object.keys(document.body['paths'] as object)).toContain('/api/v1/whatsapp/messages/{id}')
  })

  it('takes an event with 202 after the commit, and answers it again with the same message', async () => {
    const event = nextEvent()
    const first = await post(event)
    expect(first).toMatchObject({ status: 202, body: { status: 'PENDING', duplicate: false } })
    expect(await post(event)).toMatchObject({
      status: 202,
      body: { message_id: first.body['message_id'], duplicate: true },
    })
  })

  it('answers another content under a known event id with 409 and the first message', async () => {
    const event = nextEvent()
    const first = await post(event)
    const other = await post({ ...event, data: { ...(event['data'] as object), total_amount: '1.00' } })
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'conflict', message_id: first.body['message_id'] },
    })
    expect(other.headers.get('content-type')).toContain('application/problem+json')
  })

  it('takes CloudEvents in structured and in binary form', async () => {
    const { data } = nextEvent()
    const structured = {
      specversion: '1.0',
      id: 'ce-1',
      source: '/erp',
      type: 'po.approved',
      time: '2026-11-22T09:30:00Z',
      tenantid: '00000000-0000-0000-0000-000000000000',
      data,
    }
    const headers = { 'content-type': 'application/cloudevents+json' }
    const first = await call('/api/v1/events', { body: JSON.stringify(structured), headers })
    expect(first).toMatchObject({ status: 202 })
    const binary = await call('/api/v1/events', {
      body: JSON.stringify(data),
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'ce-1',
        'ce-source': '/erp',
        'ce-type': 'po.approved',
        'ce-tenantid': '00000000-0000-0000-0000-000000000000',
      },
    })
    expect(binary).toMatchObject({ status: 202, body: { message_id: first.body['message_id'], duplicate: true } })
    const future = await call('/api/v1/events', { body: JSON.stringify({ ...structured, specversion: '2.0' }), headers })
    expect(future).toMatchObject({ status: 422, body: { code: 'unsupported_version' } })
  })

  it.each([
    ['not JSON', '{"event_id":', 'application/json', 400, 'invalid_json'],
    ['an empty body', ' ', 'application/json', 400, 'invalid_json'],
    ['another media type', 'a=b', 'text/plain', 415, 'unsupported_media_type'],
    ['too large', `"${'x'.repeat(300_000)}"`, 'application/json', 413, 'too_large'],
    ['a list', '[]', 'application/json', 422, 'validation_failed'],
    ['nothing of an event', '{}', 'application/json', 422, 'validation_failed'],
  ])('refuses %s', async (_name, body, type, status, code) => {
    const answer = await call('/api/v1/events', { body, headers: { 'content-type': type } })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
    expect(answer.body).toMatchObject({ status, title: expect.any(String), request_id: expect.any(String) })
  })

  it('names every bad field of an event with its problem and the remedy', async () => {
    const answer = await post(
      nextEvent({ currency: 'EURO', total_amount: '1.234,50', supplier_name: 'a\0b', po_id: 7 }),
    )
    expect(answer.status).toBe(422)
    const errors = answer.body['errors'] as { field: string; detail: string; remedy: string }[]
    expect(errors.map((error) => error.field)).toContain('data.supplier_name')
    const rest = await post(nextEvent({ currency: 'EURO', total_amount: '1.234,50', po_id: 7 }))
    const fields = (rest.body['errors'] as { field: string; detail: string; remedy: string }[])
    expect(fields.map((error) => error.field).sort()).toEqual(['data.currency', 'data.po_id', 'data.total_amount'])
    for (const error of fields) expect([error.detail, error.remedy].every((text) => text.length > 5)).toBe(true)
  })

  it('needs a key that is known, and a role that may', async () => {
    expect(await call('/api/v1/whatsapp/messages', { key: null })).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
    expect(await call('/api/v1/whatsapp/messages', { key: 'aviso_wrong_wrong_wrong' })).toMatchObject({ status: 401 })
    const viewer = await createKey('viewer')
    const ingest = await createKey('ingest')
    expect(await call('/api/v1/whatsapp/messages', { key: viewer })).toMatchObject({ status: 200 })
    expect(await post(nextEvent(), viewer)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect(await post(nextEvent(), ingest)).toMatchObject({ status: 202 })
    expect(await call('/api/v1/whatsapp/messages', { key: ingest })).toMatchObject({ status: 403 })
    expect(await call('/api/v1/keys', { key: viewer })).toMatchObject({ status: 403 })
  })

  it('shows a key once, and nothing with it once it is revoked', async () => {
    const made = await call('/api/v1/keys', { body: JSON.stringify({ name: 'erp', role: 'operator' }) })
    expect(made).toMatchObject({ status: 201, body: { name: 'erp', role: 'operator', tenant_id: null } })
    const key = String(made.body['key'])
    expect((await call('/api/v1/keys')).text).not.toContain(key)
    expect(await call('/api/v1/whatsapp/messages', { key })).toMatchObject({ status: 200 })
    expect(await call(`/api/v1/keys/${String(made.body['id'])}`, { method: 'DELETE' })).toMatchObject({ status: 204 })
    expect(await call('/api/v1/whatsapp/messages', { key })).toMatchObject({ status: 401 })
    expect(await call(`/api/v1/keys/${String(made.body['id'])}`, { method: 'DELETE' })).toMatchObject({ status: 404 })
  })

  it('lets a key of one tenant neither speak for nor see another', async () => {
    const tenant = '11111111-1111-4111-8111-111111111111'
    const theirs = await createKey('operator', tenant)
    expect(await post(nextEvent(), theirs)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    const own = await post(nextEvent({}, { tenant_id: tenant }), theirs)
    expect(own).toMatchObject({ status: 202 })
    const others = await post(nextEvent())
    const path = (answer: { body: Record<string, unknown> }) => `/api/v1/whatsapp/messages/${String(answer.body['message_id'])}`
    expect(await call(path(own), { key: theirs })).toMatchObject({ status: 200, body: { tenant_id: tenant } })
    const foreign = await call(path(others), { key: theirs })
    const missing = await call('/api/v1/whatsapp/messages/01930000-0000-7000-8000-000000000000', { key: theirs })
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' })
    const list = (await call('/api/v1/whatsapp/messages', { key: theirs })).body['data'] as { tenant_id: string }[]
    expect(new Set(list.map((message) => message.tenant_id))).toEqual(new Set([tenant]))
  })

  it('pages through messages, newest first, each once', async () => {
    const wanted: unknown[] = []
    for (let index = 0; index < 5; index += 1) {
      wanted.unshift((await post(nextEvent({ po_number: 'PAGED' }))).body['message_id'])
    }
    const seen: unknown[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = await call(`/api/v1/whatsapp/messages?po_number=PAGED&limit=2${query}`)
      const data = page.body['data'] as { id: string }[]
      expect(data.length).toBeLessThanOrEqual(2)
      expect(data[0]).not.toHaveProperty('timeline')
      expect(data[0]).not.toHaveProperty('provider_response')
      seen.push(...data.map((message) => message.id))
      cursor = page.body['next_cursor'] as string | null
    } while (cursor !== null)
    expect(seen).toEqual(wanted)
  })

  it('finds messages by every filter', async () => {
    const event = nextEvent({ po_number: 'FIND-ME', supplier_name: 'Zulu Foods', supplier_phone: '+447911123456' })
    const { body } = await post(event)
    const id = String(body['message_id'])
    const found = async (query: string) =>
      ((await call(`/api/v1/whatsapp/messages?${query}`)).body['data'] as { id: string }[]).map((message) => message.id)
    const hour = 60 * 60 * 1000
    const at = (offset: number) => encodeURIComponent(new Date(Date.now() + offset).toISOString())
    for (const query of [
      'po_number=FIND-ME',
      'recipient_phone=%2B447911123456',
      'q=FIND-ME',
      `q=${id}`,
      'q=%2B447911123456',
      'q=zulu',
      'status=PENDING&po_number=FIND-ME',
      'state=queued&po_number=FIND-ME',
      'template_name=po_notification&po_number=FIND-ME',
      `po_number=FIND-ME&from=${at(-hour)}&to=${at(hour)}`,
    ]) {
      expect(await found(query), query).toEqual([id])
    }
    for (const query of [
      'status=READ&po_number=FIND-ME',
      'state=held&po_number=FIND-ME',
      `po_number=FIND-ME&from=${at(hour)}`,
      `po_number=FIND-ME&to=${at(-hour)}`,
      'q=nothing-like-it',
      'q=%25',
      'batch_id=01930000-0000-7000-8000-000000000000',
    ]) {
      expect(await found(query), query).toEqual([])
    }
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'status=SENDING', 'from=yesterday', 'unknown=1', 'q='])(
    'refuses the query %s with 400',
    async (query) => {
      expect(await call(`/api/v1/whatsapp/messages?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_query' } })
    },
  )

  it('refuses a cursor it did not make', async () => {
    expect(await call('/api/v1/whatsapp/messages?cursor=abc')).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
  })

  it('shows a message whole, with absent values as null and a timeline', async () => {
    const event = nextEvent({ supplier_phone: null, extra: { anything: [1, 2] } })
    const { body } = await post(event)
    const message = (await call(`/api/v1/whatsapp/messages/${String(body['message_id'])}`)).body
    expect(message).toMatchObject({
      status: 'FAILED',
      state: 'failed',
      error_code: 'no_phone',
      remedy: expect.stringContaining('retry'),
      recipient_phone: null,
      whatsapp_message_id: null,
      cost: null,
      metadata: event['data'],
      timeline: [{ kind: 'state', state: 'failed', meta_at: null }],
    })
    expect(Object.values(message)).not.toContain(undefined)
  })

  it('verifies the webhook address as Meta asks', async () => {
    const path = (query: string) => `/api/v1/whatsapp/webhook?${query}`
    const right = await call(path('hub.mode=subscribe&hub.verify_token=test-verify-token&hub.challenge=1158201444'), { key: null })
    expect([right.status, right.text]).toEqual([200, '1158201444'])
    expect(right.headers.get('content-type')).toContain('text/plain')
    for (const query of [
      'hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1',
      'hub.mode=unsubscribe&hub.verify_token=test-verify-token&hub.challenge=1',
      'hub.mode=subscribe&hub.verify_token=test-verify-token',
      'hub.mode=subscribe&hub.verify_token=test-verify-token&hub.challenge=%3Cscript%3E',
      'hub.mode=subscribe&hub.verify_token=test-verify-token&hub.verify_token=x&hub.challenge=1',
    ]) {
      expect((await call(path(query), { key: null })).status, query).toBe(403)
    }
  })

  it('takes a webhook only with the signature of its very bytes', async () => {
    const raw = '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"note":"Caf\\u00e9 \\/ ok"}}]}]}'
    const signature = signBody(Buffer.from(raw), CREDENTIALS.appSecret)
    const send = (body: string, header: string | null) =>
      call('/api/v1/whatsapp/webhook', {
        body,
        key: null,
        headers: { ...(header !== null && { 'x-hub-signature-256': header }) },
      })
    expect((await send(raw, signature)).status).toBe(200)
    for (const [body, header] of [
      [raw, null],
      [raw, ''],
      [raw, signature.toUpperCase()],
      [raw, signature.slice(0, -1)],
      [raw, signature.replace('sha256', 'sha1')],
      [JSON.stringify(JSON.parse(raw)), signature],
      [`${raw} `, signature],
      [raw, signBody(Buffer.from(raw), 'another-secret')],
    ] as const) {
      expect((await send(body, header)).status).toBe(401)
    }
  })

  it('stores a signed webhook that is no JSON and answers 200', async () => {
    const raw = '{"object": broken'
    const answer = await call('/api/v1/whatsapp/webhook', {
      body: raw,
      key: null,
      headers: { 'x-hub-signature-256': signBody(Buffer.from(raw), CREDENTIALS.appSecret) },
    })
    expect(answer.status).toBe(200)
    const rows = await app.databases.api.query<{ raw: Uint8Array }>(
      `select raw from rejected_events where source = 'webhook' and code = 'invalid_json'`,
    )
    expect(rows.map((row) => Buffer.from(row.raw).toString())).toContain(raw)
  })

  it('streams changes to whoever listens, and again after Last-Event-ID', async () => {
    const listen = async (headers: Record<string, string> = {}) => {
      const controller = new AbortController()
      const response = await fetch(`${app.url}/api/v1/whatsapp/messages/events`, {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
        signal: controller.signal,
      })
      expect(response.headers.get('content-type')).toContain('text/event-stream')
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      const until = async (pattern: RegExp) => {
        while (!pattern.test(text)) {
          const chunk = await reader?.read()
          if (chunk?.done !== false) throw new Error(`the stream ended: ${text}`)
          text += chunk.value
        }
        return text
      }
      return { until, close: () => { controller.abort() } }
    }
    const first = await listen()
    const one = await post(nextEvent())
    const heard = await first.until(new RegExp(`"id":"${String(one.body['message_id'])}"[^\\n]*\\n`))
    expect(heard).toContain('event: message')
    expect(heard).not.toContain('timeline')
    const lastId = /^id: (.+)$/m.exec(heard)?.[1] ?? ''
    first.close()
    const two = await post(nextEvent())
    const second = await listen({ 'last-event-id': lastId })
    const resumed = await second.until(new RegExp(`"id":"${String(two.body['message_id'])}"[^\\n]*\\n`))
    expect(resumed).not.toContain(`"id":"${String(one.body['message_id'])}"`)
    second.close()
  })

  it('answers what is not there with 404 as a problem', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/whatsapp/messages/not-an-id', '/admin.php']) {
      expect(await call(path)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
  })
})
