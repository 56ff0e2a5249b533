import { describe, expect, it } from 'vitest'
import { createId } from '../../src/lib/uuid-v7.ts'
import { setupApi } from '../support/api.ts'
import { ADMIN_KEY } from '../support/test-config.ts'

describe('the HTTP interface', () => {
  const { call, post, nextEvent, createKey, running } = setupApi()

  it('answers liveness and readiness without a key', async () => {
    expect(await call('/healthz', { key: null })).toMatchObject({ status: 200 })
    expect(await call('/readyz', { key: null })).toMatchObject({ status: 200 })
  })

  it('shows health without a key as one word, and with one its parts and the queue', async () => {
    expect((await call('/api/v1/whatsapp/health', { key: null })).body).toEqual({ status: 'ok' })
    expect((await call('/api/v1/whatsapp/health')).body).toMatchObject({
      status: 'ok',
      migration: expect.stringMatching(/^whatsapp\d{3}$/) as unknown,
      parts: {
        database: { status: 'ok' },
        broker: {},
        cloud_api: {},
        credentials: {},
        number: {},
        templates: {},
      },
      queue: { in_doubt: 0, unconfirmed: 0, held: {}, outbox: 0, orphans: 0, dead_letters: 0 },
    })
  })

  it('redirects the front page to the API reference and serves the OpenAPI 3.1 document', async () => {
    const front = await call('/', { key: null })
    expect([front.status, front.headers.get('location')]).toEqual([302, '/docs'])
    expect(await call('/docs', { key: null })).toMatchObject({ status: 200 })
    const document = await call('/openapi.json', { key: null })
    expect(document.body).toMatchObject({ openapi: '3.1.0' })
    expect(Object.keys(document.body['paths'] as object)).toContain(
      '/api/v1/whatsapp/messages/{id}',
    )
  })

  it('needs a key that is known, and a role that may', async () => {
    expect(await call('/api/v1/whatsapp/messages', { key: null })).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    })
    expect(
      await call('/api/v1/whatsapp/messages', { key: 'aviso_wrong_wrong_wrong' }),
    ).toMatchObject({ status: 401 })
    const viewer = await createKey('viewer')
    const ingest = await createKey('ingest')
    expect(await call('/api/v1/whatsapp/messages', { key: viewer })).toMatchObject({ status: 200 })
    expect(await post(nextEvent(), viewer)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    })
    expect(await post(nextEvent(), ingest)).toMatchObject({ status: 202 })
    expect(await call('/api/v1/whatsapp/messages', { key: ingest })).toMatchObject({ status: 403 })
    expect(await call('/api/v1/keys', { key: viewer })).toMatchObject({ status: 403 })
  })

  it('lists keys by pages, newest first, each once', async () => {
    const tenant = createId()
    const key = await createKey('admin', tenant)
    await createKey('viewer', tenant)
    await createKey('operator', tenant)
    await createKey('viewer')
    const page = async (query: string) => {
      const { body } = await call(`/api/v1/keys?${query}`, { key })
      const data = body['data'] as { role: string }[]
      return { roles: data.map(({ role }) => role), next: body['next_cursor'] as string | null }
    }
    const first = await page('limit=2')
    expect(first.roles).toEqual(['operator', 'viewer'])
    const second = await page(`limit=2&cursor=${first.next ?? ''}`)
    expect(second).toEqual({ roles: ['admin'], next: null })
    expect(await page('limit=3')).toMatchObject({ roles: { length: 3 }, next: null })
  })

  it.each([
    ['limit=0', 'invalid_query'],
    ['limit=201', 'invalid_query'],
    ['limit=abc', 'invalid_query'],
    ['foo=1', 'invalid_query'],
    ['cursor=zz', 'invalid_cursor'],
  ])('refuses to list keys by %s', async (query, code) => {
    expect(await call(`/api/v1/keys?${query}`)).toMatchObject({ status: 400, body: { code } })
  })

  it('shows a key once, and nothing with it once it is revoked', async () => {
    const made = await call('/api/v1/keys', {
      body: JSON.stringify({ name: 'erp', role: 'operator' }),
    })
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'erp', role: 'operator', tenant_id: null },
    })
    const key = String(made.body['key'])
    expect((await call('/api/v1/keys')).text).not.toContain(key)
    expect(await call('/api/v1/whatsapp/messages', { key })).toMatchObject({ status: 200 })
    expect(
      await call(`/api/v1/keys/${String(made.body['id'])}`, { method: 'DELETE' }),
    ).toMatchObject({ status: 204 })
    expect(await call('/api/v1/whatsapp/messages', { key })).toMatchObject({ status: 401 })
    expect(
      await call(`/api/v1/keys/${String(made.body['id'])}`, { method: 'DELETE' }),
    ).toMatchObject({ status: 404 })
  })

  it('lets a key of one tenant neither speak for nor see another', async () => {
    const tenant = '11111111-1111-4111-8111-111111111111'
    const theirs = await createKey('operator', tenant)
    expect(await post(nextEvent(), theirs)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    })
    const own = await post(nextEvent({}, { tenant_id: tenant }), theirs)
    expect(own).toMatchObject({ status: 202 })
    const others = await post(nextEvent())
    const path = (answer: { body: Record<string, unknown> }) =>
      `/api/v1/whatsapp/messages/${String(answer.body['message_id'])}`
    expect(await call(path(own), { key: theirs })).toMatchObject({
      status: 200,
      body: { tenant_id: tenant },
    })
    const foreign = await call(path(others), { key: theirs })
    const missing = await call('/api/v1/whatsapp/messages/01930000-0000-7000-8000-000000000000', {
      key: theirs,
    })
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' })
    const list = (await call('/api/v1/whatsapp/messages', { key: theirs })).body['data'] as {
      tenant_id: string
    }[]
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
    const event = nextEvent({
      po_number: 'FIND-ME',
      supplier_name: 'Zulu Foods',
      supplier_phone: '+447911123456',
    })
    const { body } = await post(event)
    const id = String(body['message_id'])
    const found = async (query: string) =>
      ((await call(`/api/v1/whatsapp/messages?${query}`)).body['data'] as { id: string }[]).map(
        (message) => message.id,
      )
    const hour = 60 * 60 * 1000
    const at = (offset: number) => encodeURIComponent(new Date(Date.now() + offset).toISOString())
    for (const query of [
      'po_number=FIND-ME',
      'recipient_phone=%2B447911123456',
      'q=FIND-ME',
      `q=${id}`,
      'q=%2B447911123456',
      'recipient_phone=447911123456',
      'recipient_phone=00447911123456',
      'recipient_phone=%2B44.7911.123-456',
      'q=0044%207911%20123456',
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

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'status=SENDING',
    'from=yesterday',
    'unknown=1',
    'q=',
    'q=%20%20',
    'recipient_phone=abc',
  ])('refuses the query %s with 400', async (query) => {
    expect(await call(`/api/v1/whatsapp/messages?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_query' },
    })
  })

  it('refuses a cursor it did not make, of whatever length, in every list', async () => {
    const { paths } = (await call('/openapi.json')).body as {
      paths: Record<string, { get?: { parameters?: { name: string }[] } }>
    }
    const lists = Object.entries(paths).flatMap(([path, { get }]) =>
      get?.parameters?.some(({ name }) => name === 'cursor') === true ? [path] : [],
    )
    expect(lists).toContain('/api/v1/whatsapp/messages')
    expect(lists.length).toBeGreaterThan(5)
    for (const path of lists) {
      for (const cursor of ['', 'abc', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(4000)]) {
        const answer = await call(`${path.replace('{id}', createId())}?cursor=${cursor}`)
        expect(answer, `${path} ${cursor}`).toMatchObject({
          status: 400,
          body: { code: 'invalid_cursor' },
        })
      }
    }
  })

  it.each([
    ['limit=1&limit=2', 'limit', 'is given twice'],
    ['limit=1&limit=2&limit=3', 'limit', 'is given 3 times'],
    ['cursor=a&cursor=b', 'cursor', 'is given twice'],
    ['status=READ&status=SENT', 'status', 'is given twice'],
    ['from=2026-11-27T09:30:00Z&from=2026-11-27T09:30:00Z', 'from', 'is given twice'],
    ['foo=1&foo=2', 'foo', 'is no field here'],
  ])('says of the query %s what is wrong with it', async (query, field, detail) => {
    const { body } = await call(`/api/v1/whatsapp/messages?${query}`)
    expect(body).toMatchObject({ code: 'invalid_query', errors: [{ field, detail }] })
  })

  it('says so of a setting of a batch that is given twice', async () => {
    const share = 'stop_when_failed_share'
    const { body } = await call(`/api/v1/whatsapp/messages/bulk?${share}=0.1&${share}=0.2`, {
      body: '{}',
      headers: { 'content-type': 'application/x-ndjson' },
    })
    expect(body).toMatchObject({
      code: 'invalid_query',
      errors: [{ field: share, detail: 'is given twice' }],
    })
  })

  it('shows a message whole, with absent values as null and a timeline', async () => {
    const event = nextEvent({ supplier_phone: null, extra: { anything: [1, 2] } })
    const { body } = await post(event)
    const message = (await call(`/api/v1/whatsapp/messages/${String(body['message_id'])}`)).body
    expect(message).toMatchObject({
      status: 'FAILED',
      state: 'failed',
      error_code: 'no_phone',
      remedy: expect.stringContaining('retry') as unknown,
      recipient_phone: null,
      whatsapp_message_id: null,
      cost: null,
      metadata: event['data'],
      timeline: [{ kind: 'state', state: 'failed', meta_at: null }],
    })
    expect(Object.values(message)).not.toContain(undefined)
  })

  it('refuses the stream to whoever takes no server-sent events, as a problem', async () => {
    const answer = await call('/api/v1/whatsapp/messages/events', {
      headers: { accept: 'application/json' },
    })
    expect(answer).toMatchObject({ status: 406, body: { status: 406, code: 'invalid_request' } })
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })

  it('shows the parts of its health to keys of every role', async () => {
    const key = await createKey('ingest')
    const answer = await call('/api/v1/whatsapp/health', { key })
    expect(answer).toMatchObject({ status: 200, body: { parts: {}, queue: {} } })
  })

  it('makes keys for every tenant whose events it takes, whatever the version of the UUID', async () => {
    const tenant_id = '12345678-1234-0234-1234-123456789012'
    const body = JSON.stringify({ name: 'odd', role: 'viewer', tenant_id })
    expect(await call('/api/v1/keys', { body })).toMatchObject({ status: 201, body: { tenant_id } })
    expect(await call(`/api/v1/whatsapp/stats?tenant_id=${tenant_id}`)).toMatchObject({
      status: 200,
    })
  })

  it('makes no key that has expired already', async () => {
    const body = JSON.stringify({
      name: 'late',
      role: 'viewer',
      expires_at: '2020-01-01T00:00:00Z',
    })
    expect(await call('/api/v1/keys', { body })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'expires_at', code: 'out_of_range' }] },
    })
  })

  it('streams changes to whoever listens, and again after Last-Event-ID', async () => {
    const listen = async (headers: Record<string, string> = {}) => {
      const controller = new AbortController()
      const response = await fetch(`${running().url}/api/v1/whatsapp/messages/events`, {
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
      return {
        until,
        close: () => {
          controller.abort()
        },
      }
    }
    const first = await listen()
    const one = await post(nextEvent())
    const heard = await first.until(
      new RegExp(`"id":"${String(one.body['message_id'])}"[^\\n]*\\n`),
    )
    expect(heard).toContain('event: message')
    expect(heard).not.toContain('timeline')
    const lastId = /^id: (.+)$/m.exec(heard)?.[1] ?? ''
    first.close()
    const two = await post(nextEvent())
    const second = await listen({ 'last-event-id': lastId })
    const resumed = await second.until(
      new RegExp(`"id":"${String(two.body['message_id'])}"[^\\n]*\\n`),
    )
    expect(resumed).not.toContain(`"id":"${String(one.body['message_id'])}"`)
    second.close()
  })

  it('answers what is not there with 404 as a problem', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/whatsapp/messages/not-an-id', '/admin.php']) {
      expect(await call(path)).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    // Whoever looks for an old message learns why it may not be there.
    const detail = expect.stringContaining('AVISO_RETENTION_DAYS') as unknown
    const old = await call('/api/v1/whatsapp/messages/018f0000-0000-7000-8000-000000000000')
    expect(old).toMatchObject({ status: 404, body: { detail } })
  })
})
