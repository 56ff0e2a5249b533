import { describe, expect, it } from 'vitest'
import { signBody } from '../../src/cloud-api/signature.ts'
import { createWebhookTaker } from '../../src/http/webhook-routes.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { setupApi } from '../support/api.ts'
import { CREDENTIALS } from '../support/test-config.ts'

describe('the webhook address', () => {
  const { call, running } = setupApi()

  it('verifies the webhook address as Meta asks', async () => {
    const path = (query: string) => `/api/v1/whatsapp/webhook?${query}`
    const right = await call(
      path('hub.mode=subscribe&hub.verify_token=test-verify-token&hub.challenge=1158201444'),
      { key: null },
    )
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
    const raw =
      '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"note":"Caf\\u00e9 \\/ ok"}}]}]}'
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
    const rows = await running().databases.api.query<{ raw: Uint8Array }>(
      `select raw from rejected_events where source = 'webhook' and code = 'invalid_json'`,
    )
    expect(rows.map((row) => Buffer.from(row.raw).toString())).toContain(raw)
  })

  it.each([
    ['[{"object":"whatsapp_business_account"}]', 'an array'],
    ['"text"', 'a string'],
    ['3', 'a number'],
    ['null', 'null'],
    ['true', 'a boolean'],
  ])('keeps what is signed and no object (%s) among the rejected, as %s', async (raw, kind) => {
    const answer = await call('/api/v1/whatsapp/webhook', {
      body: raw,
      key: null,
      headers: { 'x-hub-signature-256': signBody(Buffer.from(raw), CREDENTIALS.appSecret) },
    })
    expect(answer.status).toBe(200)
    const { body } = await call('/api/v1/rejected-events')
    const [newest] = body['data'] as Record<string, unknown>[]
    expect(newest).toMatchObject({
      source: 'webhook',
      code: 'validation_failed',
      detail: `a webhook is a JSON object, and this is ${kind}`,
    })
    const one = await call(`/api/v1/rejected-events/${String(newest?.['id'])}`)
    expect(Buffer.from(String(one.body['raw']), 'base64').toString()).toBe(raw)
  })

  it('applies what it understands of a webhook, and keeps it among the rejected for the rest', async () => {
    const wamid = 'wamid.of-nobody'
    const value = { statuses: [{ id: wamid, status: 'read', timestamp: '1795339800' }, null] }
    const raw = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value }] }] })
    const headers = { 'x-hub-signature-256': signBody(Buffer.from(raw), CREDENTIALS.appSecret) }
    const answer = await call('/api/v1/whatsapp/webhook', { body: raw, key: null, headers })
    expect(answer.status).toBe(200)
    const orphans = 'select wamid from orphan_statuses where wamid = $1'
    expect(await running().databases.api.query(orphans, [wamid])).toHaveLength(1)
    const [newest] = (await call('/api/v1/rejected-events')).body['data'] as { id: string }[]
    expect(newest).toMatchObject({
      source: 'webhook',
      code: 'validation_failed',
      detail: 'statuses[1] is no object',
    })
    const again = await call(`/api/v1/rejected-events/${String(newest?.id)}/replay`, {
      method: 'POST',
    })
    expect(again).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('statuses[1]') as string },
    })
  })

  it('keeps nothing among the rejected of an object that says nothing', async () => {
    const raw = '{"object":"whatsapp_business_account","entry":[]}'
    const list = async () => (await call('/api/v1/rejected-events')).body['data']
    const before = await list()
    const headers = { 'x-hub-signature-256': signBody(Buffer.from(raw), CREDENTIALS.appSecret) }
    const answer = await call('/api/v1/whatsapp/webhook', { body: raw, key: null, headers })
    expect([answer.status, await list()]).toEqual([200, before])
  })

  it('refuses with a problem that names the reason', async () => {
    const answer = await call('/api/v1/whatsapp/webhook', { body: '{}', key: null })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ code: 'unauthorized', status: 401 })
    expect(answer.headers.get('x-request-id')).toBe(answer.body['request_id'])
  })

  it('takes a webhook whose length is not announced, and refuses one that is too long', async () => {
    const raw = Buffer.from('{"object":"whatsapp_business_account","entry":[]}')
    const send = (body: Buffer, announced: boolean) =>
      fetch(`${running().url}/api/v1/whatsapp/webhook`, {
        method: 'POST',
        headers: { 'x-hub-signature-256': signBody(body, CREDENTIALS.appSecret) },
        body: announced ? new Uint8Array(body) : new Blob([new Uint8Array(body)]).stream(),
        ...(!announced && { duplex: 'half' }),
      })
    expect((await send(raw, false)).status).toBe(200)
    expect((await send(raw, true)).status).toBe(200)
    const long = Buffer.alloc(3.5 * 1024 * 1024 + 1, ' ')
    const refused = await send(long, true)
    expect(refused.status).toBe(413)
  })

  it('keeps a text that no database takes, with what it refuses replaced', async () => {
    const message =
      '{"id":"wamid.nul","from":"34600","type":"text","text":{"body":"a\\u0000b\\ud800c"}}'
    const raw = `{"entry":[{"changes":[{"field":"messages","value":{"messages":[${message}]}}]}]}`
    const answer = await call('/api/v1/whatsapp/webhook', {
      body: raw,
      key: null,
      headers: { 'x-hub-signature-256': signBody(Buffer.from(raw), CREDENTIALS.appSecret) },
    })
    expect(answer.status).toBe(200)
    const rows = await running().databases.api.query(
      `select text from inbound_messages where wamid = 'wamid.nul'`,
    )
    expect(rows).toEqual([{ text: 'a\uFFFDb\uFFFDc' }])
  })
})

describe('a webhook under a wrong signature', () => {
  it('is refused and counted each time, and said in one line however many come', async () => {
    const lines: string[] = []
    let counted = 0
    const take = createWebhookTaker({
      logger: createLogger('info', { write: (line) => void lines.push(line) }),
      appSecrets: [CREDENTIALS.appSecret],
      receive: () => Promise.reject(new Error('it is not let in')),
      onWrongSignature: () => {
        counted += 1
      },
    })
    for (let number = 0; number < 1000; number += 1) {
      expect(await take(Buffer.from('{}'), 'sha256=00')).toMatchObject({ code: 'unauthorized' })
    }
    expect(counted).toBe(1000)
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', wrong_signatures: 1, left_out: 0, msg: 'WhatsApp webhook.wrong_signature' },
    ])
  })
})
