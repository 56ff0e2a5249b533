import { describe, expect, it } from 'vitest'
import { signBody } from '../../src/cloud-api/signature.ts'
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
})
