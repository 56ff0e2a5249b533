import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { setupApi } from '../support/api.ts'
import { CREDENTIALS } from '../support/test-config.ts'

const PATH = '/api/v1/rejected-events'
const TENANT = '11111111-1111-4111-8111-111111111111'
const UNKNOWN = '01930000-0000-7000-8000-000000000000'

interface Rejected {
  id: string
  [key: string]: unknown
}

describe('rejected events', () => {
  const { call, post, nextEvent, createKey, running } = setupApi()

  const list = async (query = '', key?: string): Promise<Rejected[]> => {
    const answer = await call(PATH + query, key === undefined ? {} : { key })
    expect(answer.status).toBe(200)
    return answer.body['data'] as Rejected[]
  }
  const newest = async (): Promise<Rejected> => {
    const [row] = await list('?limit=1')
    if (row === undefined) throw new Error('nothing was rejected')
    return row
  }
  const replay = (id: string, key?: string) =>
    call(`${PATH}/${id}/replay`, { method: 'POST', ...(key !== undefined && { key }) })
  const count = async () => (await list('?limit=200')).length
  /** As if what stood in the way had been mended: the bytes that were kept become right. */
  const mend = (id: string, event: unknown) =>
    running().databases.api.query(
      `update rejected_events set raw = convert_to($2, 'UTF8') where id = $1 returning 1`,
      [id, JSON.stringify(event)],
    )

  it('shows what came, byte by byte, with the reason and every field', async () => {
    const event = nextEvent({ currency: 'euro', supplier_name: 'Harinas é 🥖' })
    await post(event)
    const row = await newest()
    expect(row).toMatchObject({
      source: 'http',
      event_id: event['event_id'],
      code: 'validation_failed',
      detail: expect.stringContaining('data.currency') as unknown,
      errors: [{ field: 'data.currency' }],
      headers: { 'content-type': 'application/json' },
      replayed_at: null,
      message_id: null,
    })
    expect(Buffer.from(String(row['raw']), 'base64').toString()).toBe(JSON.stringify(event))
    expect(JSON.stringify(row['headers'])).not.toContain('Bearer')
    expect((await call(`${PATH}/${row.id}`)).body).toEqual(row)
  })

  it('pages, filters, and refuses a query it does not know', async () => {
    for (let index = 0; index < 3; index += 1) await post(nextEvent({ currency: 'x' }))
    await call('/api/v1/events', { body: '{"event_id": ' })
    expect(await list('?code=invalid_json')).toHaveLength(1)
    expect(await list('?source=rabbitmq')).toEqual([])
    const first = await call(`${PATH}?code=validation_failed&limit=2`)
    const cursor = String(first.body['next_cursor'])
    const second = await list(`?code=validation_failed&limit=200&cursor=${cursor}`)
    const ids = [...(first.body['data'] as Rejected[]), ...second].map((row) => row.id)
    expect(ids).toEqual((await list('?code=validation_failed&limit=200')).map((row) => row.id))
    for (const query of [
      '?limit=0',
      '?limit=201',
      '?code=no',
      '?source=fax',
      '?cursor=x',
      '?a=b',
    ]) {
      expect(await call(PATH + query), query).toMatchObject({ status: 400 })
    }
  })

  it('takes a mended event, once, and notes message and time', async () => {
    const event = nextEvent({ currency: 'euro' })
    await post(event)
    const { id } = await newest()
    await mend(id, nextEvent({}, { event_id: event['event_id'] }))
    const taken = await replay(id)
    expect(taken).toMatchObject({ status: 202, body: { status: 'PENDING', duplicate: false } })
    const messageId = taken.body['message_id']
    expect(await newest()).toMatchObject({
      id,
      message_id: messageId,
      replayed_at: expect.stringMatching(/Z$/) as unknown,
    })
    expect(await replay(id)).toMatchObject({
      status: 202,
      body: { message_id: messageId, duplicate: true },
    })
    const message = await call(`/api/v1/whatsapp/messages/${String(messageId)}`)
    const actions = (message.body['timeline'] as { kind: string; text: string }[]).filter(
      (entry) => entry.kind === 'action',
    )
    expect(actions).toMatchObject([
      { text: 'replay', actor: 'AVISO_ADMIN_KEY' },
      { text: 'replay' },
    ])
  })

  it('answers 422 with every field while it is not valid, and keeps no second row', async () => {
    await post(nextEvent({ currency: 'euro', total_amount: 'much' }))
    const { id } = await newest()
    const before = await count()
    const answer = await replay(id)
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } })
    const fields = (answer.body['errors'] as { field: string }[]).map(({ field }) => field)
    expect(fields.sort()).toEqual(['data.currency', 'data.total_amount'])
    await call('/api/v1/events', { body: '{' })
    expect(await replay((await newest()).id)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field: '', code: 'invalid_json' }] },
    })
    expect(await count()).toBe(before + 1)
    expect(await newest()).toMatchObject({ replayed_at: null, message_id: null })
  })

  it('answers 409 while the content is another one, with the message of the first', async () => {
    const event = nextEvent()
    const first = await post(event)
    await post({ ...event, data: { ...(event['data'] as object), total_amount: '9.00' } })
    const row = await newest()
    expect(row).toMatchObject({ code: 'conflict', message_id: first.body['message_id'] })
    const before = await count()
    expect(await replay(row.id)).toMatchObject({
      status: 409,
      body: { code: 'conflict', message_id: first.body['message_id'] },
    })
    expect(await count()).toBe(before)
    expect(await newest()).toMatchObject({ replayed_at: null })
  })

  it('keeps tenants apart, also in a replay', async () => {
    const operator = await createKey('operator', TENANT)
    await post(nextEvent({ currency: 'x' }, { tenant_id: TENANT }), operator)
    const { id } = await newest()
    expect((await list('', operator)).map((row) => row['tenant_id'])).toEqual([TENANT])
    const stranger = await createKey('admin', '22222222-2222-4222-8222-222222222222')
    const foreign = await call(`${PATH}/${id}`, { key: stranger })
    const missing = await call(`${PATH}/${UNKNOWN}`, { key: stranger })
    expect(foreign.status).toBe(404)
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' })
    expect(await replay(id, stranger)).toMatchObject({ status: 404 })
    expect(await replay('x')).toMatchObject({ status: 404 })
    // what was kept under one tenant makes no message of another, whoever replays it
    await mend(id, nextEvent())
    expect(await replay(id)).toMatchObject({ status: 403 })
    await mend(id, nextEvent({}, { tenant_id: TENANT }))
    expect(await replay(id, operator)).toMatchObject({ status: 202 })
  })

  it('shows what has no tenant to administrators of all tenants only', async () => {
    await call('/api/v1/events', { body: '{' })
    const { id } = await newest()
    for (const key of [await createKey('operator'), await createKey('admin', TENANT)]) {
      expect(await call(`${PATH}/${id}`, { key })).toMatchObject({ status: 404 })
      expect((await list('?limit=200', key)).map((row) => row.id)).not.toContain(id)
    }
    expect(await call(`${PATH}/${id}`, { key: await createKey('admin') })).toMatchObject({
      status: 200,
    })
  })

  it('lets viewers look and only operators and administrators replay', async () => {
    await post(nextEvent({ currency: 'x' }))
    const { id } = await newest()
    const viewer = await createKey('viewer')
    expect(await call(`${PATH}/${id}`, { key: viewer })).toMatchObject({ status: 200 })
    expect(await replay(id, viewer)).toMatchObject({ status: 403 })
    const ingest = await createKey('ingest')
    expect(await call(PATH, { key: ingest })).toMatchObject({ status: 403 })
    expect(await call(PATH, { key: null })).toMatchObject({ status: 401 })
  })

  it('replays a webhook body through the receiver', async () => {
    const raw = '{"entry": ['
    const signature = createHmac('sha256', CREDENTIALS.appSecret).update(raw).digest('hex')
    const sent = await call('/api/v1/whatsapp/webhook', {
      key: null,
      body: raw,
      headers: { 'x-hub-signature-256': `sha256=${signature}` },
    })
    expect(sent.status).toBe(200)
    const { id, ...row } = await newest()
    expect(row).toMatchObject({ source: 'webhook', code: 'invalid_json', tenant_id: null })
    expect(await replay(id)).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'invalid_json' }] },
    })
    const queued = await post(nextEvent())
    const messageId = String(queued.body['message_id'])
    await running().databases.api.query(
      `update whatsapp_messages set state = 'sending', fence = 1, attempts = 1 where id = $1 returning 1`,
      [messageId],
    )
    const status = {
      ...{ id: 'wamid.replayed', status: 'delivered', timestamp: '1795339800' },
      biz_opaque_callback_data: `1.${messageId}.1`,
    }
    await mend(id, {
      entry: [{ changes: [{ field: 'messages', value: { statuses: [status] } }] }],
    })
    expect(await replay(id)).toMatchObject({
      status: 202,
      body: { message_id: messageId, status: 'DELIVERED', duplicate: false },
    })
    expect(await newest()).toMatchObject({ id, message_id: messageId })
  })
})
