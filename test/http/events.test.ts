import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'

describe('POST /api/v1/events', () => {
  const { call, post, nextEvent } = setupApi()

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
    const other = await post({
      ...event,
      data: { ...(event['data'] as object), total_amount: '1.00' },
    })
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
    expect(binary).toMatchObject({
      status: 202,
      body: { message_id: first.body['message_id'], duplicate: true },
    })
    const future = await call('/api/v1/events', {
      body: JSON.stringify({ ...structured, specversion: '2.0' }),
      headers,
    })
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
    expect(answer.body).toMatchObject({
      status,
      title: expect.any(String) as unknown,
      request_id: expect.any(String) as unknown,
    })
  })

  it('names every bad field of an event with its problem and the remedy', async () => {
    const answer = await post(
      nextEvent({ currency: 'EURO', total_amount: '1.234,50', supplier_name: 'a\0b', po_id: 7 }),
    )
    expect(answer.status).toBe(422)
    const errors = answer.body['errors'] as { field: string; detail: string; remedy: string }[]
    expect(errors.map((error) => error.field)).toContain('data.supplier_name')
    const rest = await post(nextEvent({ currency: 'EURO', total_amount: '1.234,50', po_id: 7 }))
    const fields = rest.body['errors'] as { field: string; detail: string; remedy: string }[]
    expect(fields.map((error) => error.field).sort()).toEqual([
      'data.currency',
      'data.po_id',
      'data.total_amount',
    ])
    for (const error of fields)
      expect([error.detail, error.remedy].every((text) => text.length > 5)).toBe(true)
  })
})
