import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'
import { nextRecipient } from '../support/messages.ts'
import { templateRequest, textRequest } from '../support/requests.ts'

const PATH = '/api/v1/whatsapp/messages'
const OTHER_TENANT = '11111111-1111-4111-8111-111111111111'

describe('POST /api/v1/whatsapp/messages', () => {
  const { call, createKey } = setupApi()
  const send = (body: unknown, more: { key?: string; headers?: Record<string, string> } = {}) =>
    call(PATH, { body: JSON.stringify(body), ...more })
  const request = (more: Record<string, unknown> = {}) =>
    templateRequest({ to: nextRecipient(), ...more })

  it('answers 202 with the whole message, which can then be read', async () => {
    const answer = await send(request({ metadata: { order: 7 } }))
    expect(answer).toMatchObject({
      status: 202,
      body: {
        status: 'PENDING',
        state: 'queued',
        message_type: 'TEMPLATE',
        template_parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
        metadata: { order: 7 },
        attempts: 0,
        event_id: null,
        batch_id: null,
      },
    })
    expect(answer.body).toMatchObject({
      provider_response: null,
      timeline: [{ kind: 'state', state: 'queued', at: answer.body['created_at'] }],
    })
    const read = await call(`${PATH}/${String(answer.body['id'])}`)
    expect(read.body).toEqual(answer.body)
  })

  it('answers the same key and body with the same bytes and Idempotency-Replayed, quoted or bare', async () => {
    const body = request()
    const first = await send(body, { headers: { 'idempotency-key': '"k-1"' } })
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([202, null])
    const again = await send(body, { headers: { 'idempotency-key': 'k-1' } })
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    expect(again.text).toBe(first.text)
    const other = await send({ ...body, metadata: {} }, { headers: { 'idempotency-key': 'k-1' } })
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
  })

  it.each(['', 'a"b', 'a\\b', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const answer = await send(request(), { headers: { 'idempotency-key': key } })
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field: 'Idempotency-Key' }] },
    })
  })

  it('is for administrators, operators and ingest, each for the own tenant', async () => {
    for (const role of ['admin', 'operator', 'ingest']) {
      const key = await createKey(role, OTHER_TENANT)
      expect(await send(request(), { key })).toMatchObject({
        status: 202,
        body: { tenant_id: OTHER_TENANT },
      })
      const foreign = request({ tenant_id: '22222222-2222-4222-8222-222222222222' })
      expect(await send(foreign, { key })).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      })
    }
    const viewer = await createKey('viewer', OTHER_TENANT)
    expect(await send(request(), { key: viewer })).toMatchObject({ status: 403 })
    expect(await call(PATH, { body: '{}', key: null })).toMatchObject({ status: 401 })
  })

  it('names every bad field, and the way out of a closed window', async () => {
    const bad = await send({ to: 'nobody', type: 'template', template: { name: 'A b' }, x: 1 })
    expect(bad).toMatchObject({ status: 422, body: { code: 'validation_failed' } })
    const errors = bad.body['errors'] as { field: string }[]
    expect(errors.map(({ field }) => field)).toEqual(['template.name', 'x'])
    const closed = await send(textRequest(nextRecipient()))
    expect(closed).toMatchObject({
      status: 422,
      body: { code: 'window_closed', errors: [{ field: 'type' }] },
    })
    expect(closed.body['detail']).toMatch(/24 hours.*template/)
  })

  it.each([
    ['not JSON', '{"to":', 'application/json', 400, 'invalid_json'],
    ['another media type', 'to=1', 'text/plain', 415, 'unsupported_media_type'],
    ['too large', `"${'x'.repeat(70_000)}"`, 'application/json', 413, 'too_large'],
    ['a list', '[]', 'application/json', 422, 'validation_failed'],
    ['nothing', '', 'application/json', 400, 'invalid_json'],
  ])('refuses %s', async (_name, body, type, status, code) => {
    const answer = await call(PATH, { method: 'POST', body, headers: { 'content-type': type } })
    expect([answer.status, answer.body['code']]).toEqual([status, code])
  })

  it('describes every form of a message in the OpenAPI document', async () => {
    const { body } = await call('/openapi.json')
    const text = JSON.stringify(body)
    for (const word of [
      'MessageRequest',
      'TemplateComponent',
      'copy_code',
      'cta_url',
      'idempotency-key',
    ]) {
      expect(text).toContain(word)
    }
  })
})
