import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { request } from 'undici'
import {
  APP_ID,
  APP_SECRET,
  errorOf,
  graph,
  message,
  PHONE_ID,
  send,
  setup,
  TOKEN,
  WABA_ID,
  wamidOf,
} from './setup.ts'
import type { Answer, Bench } from './setup.ts'

describe('the number and the account', () => {
  it('show the fields asked for, and no others', async () => {
    await using bench = await setup()
    const number = await graph(bench.emulator, `${PHONE_ID}?fields=status,quality_rating`)
    expect(number.json).toEqual({ status: 'CONNECTED', quality_rating: 'GREEN', id: PHONE_ID })
    const plain = await graph(bench.emulator, PHONE_ID)
    expect(plain.json).not.toHaveProperty('status')
    const account = await graph(bench.emulator, `${WABA_ID}?fields=currency,account_review_status`)
    expect(account.json).toEqual({
      currency: 'EUR',
      account_review_status: 'APPROVED',
      id: WABA_ID,
    })
  })

  it('are listed below the account', async () => {
    await using bench = await setup()
    const { json } = await graph(bench.emulator, `${WABA_ID}/phone_numbers`)
    expect(json['data']).toMatchObject([{ id: PHONE_ID, status: 'CONNECTED' }])
  })

  it('say the worst of their health', async () => {
    await using bench = await setup()
    const health = async (id: string): Promise<unknown> =>
      (await graph(bench.emulator, `${id}?fields=health_status`)).json['health_status']
    expect(await health(PHONE_ID)).toMatchObject({ can_send_message: 'AVAILABLE' })
    bench.emulator.control.setNumber({ qualityRating: 'RED' })
    expect(await health(PHONE_ID)).toMatchObject({ can_send_message: 'LIMITED' })
    bench.emulator.control.setAccount({ sendError: 131042 })
    const blocked = await health(PHONE_ID)
    expect(blocked).toMatchObject({ can_send_message: 'BLOCKED' })
    const types = (blocked as { entities: { entity_type: string }[] }).entities
    expect(types.map((entity) => entity.entity_type)).toEqual([
      'PHONE_NUMBER',
      'WABA',
      'BUSINESS',
      'APP',
    ])
    expect(await health(WABA_ID)).toMatchObject({ can_send_message: 'BLOCKED' })
  })

  it('are management calls, which are counted by the hour', async () => {
    let nowMs = Date.parse('2026-11-22T10:00:00Z')
    await using bench = await setup({ managementCallsPerHour: 2, clock: () => nowMs })
    const ask = async (): Promise<number> => (await graph(bench.emulator, PHONE_ID)).status
    expect([await ask(), await ask()]).toEqual([200, 200])
    expect(errorOf(await graph(bench.emulator, PHONE_ID)).code).toBe(80007)
    expect((await send(bench.emulator)).status).toBe(200)
    nowMs += 3_600_000
    expect(await ask()).toBe(200)
  })
})

describe('subscribed_apps', () => {
  it('shows, removes and adds the app', async () => {
    await using bench = await setup()
    const call = (method: 'GET' | 'POST' | 'DELETE'): Promise<Answer> =>
      graph(bench.emulator, `${WABA_ID}/subscribed_apps`, { method })
    expect((await call('GET')).json['data']).toMatchObject([
      { whatsapp_business_api_data: { id: APP_ID } },
    ])
    expect((await call('DELETE')).json).toEqual({ success: true })
    expect((await call('GET')).json['data']).toEqual([])
    expect((await call('POST')).json).toEqual({ success: true })
    expect((await call('GET')).json['data']).toHaveLength(1)
  })
})

describe('debug_token', () => {
  it('tells of the token, asked with itself or with the app token', async () => {
    await using bench = await setup()
    for (const token of [TOKEN, `${APP_ID}|${APP_SECRET}`]) {
      const { json } = await graph(bench.emulator, `debug_token?input_token=${TOKEN}`, { token })
      expect(json['data']).toMatchObject({
        app_id: APP_ID,
        is_valid: true,
        expires_at: 0,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      })
    }
  })

  it('tells that a token has expired', async () => {
    await using bench = await setup()
    bench.emulator.control.expireToken()
    const { json } = await graph(bench.emulator, `debug_token?input_token=${TOKEN}`, {
      token: `${APP_ID}|${APP_SECRET}`,
    })
    expect(json['data']).toMatchObject({ is_valid: false })
  })
})

const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj<<>>endobj\n', 'latin1')

async function upload(bench: Bench, bytes: Buffer, type: string): Promise<Answer> {
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', type)
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), 'po.pdf')
  const answer = await fetch(`${bench.emulator.url}/v25.0/${PHONE_ID}/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: form,
  })
  const text = await answer.text()
  return { status: answer.status, headers: {}, text, json: JSON.parse(text) as Answer['json'] }
}

describe('media', () => {
  it('is uploaded, described, downloaded and deleted', async () => {
    await using bench = await setup()
    const id = String((await upload(bench, PDF, 'application/pdf')).json['id'])
    const info = await graph(bench.emulator, `${id}?phone_number_id=${PHONE_ID}`)
    expect(info.json).toMatchObject({
      id,
      messaging_product: 'whatsapp',
      mime_type: 'application/pdf',
      file_size: String(PDF.length),
      sha256: createHash('sha256').update(PDF).digest('hex'),
    })
    const url = String(info.json['url'])
    const download = await request(url, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(download.headers['content-type']).toBe('application/pdf')
    expect(Buffer.from(await download.body.arrayBuffer())).toEqual(PDF)
    const without = await request(url)
    expect(without.statusCode).toBe(401)
    await without.body.dump()
    expect((await graph(bench.emulator, id, { method: 'DELETE' })).json).toEqual({ success: true })
    expect((await graph(bench.emulator, id)).status).toBe(400)
  })

  it('is 404 at an address older than five minutes', async () => {
    let nowMs = Date.parse('2026-11-22T10:00:00Z')
    await using bench = await setup({ clock: () => nowMs })
    const { id } = (await upload(bench, PDF, 'application/pdf')).json
    const url = String((await graph(bench.emulator, String(id))).json['url'])
    nowMs += 5 * 60 * 1000 + 1
    const download = await request(url, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(download.statusCode).toBe(404)
    await download.body.dump()
  })

  it('belongs to the number it was uploaded on', async () => {
    await using bench = await setup()
    const { id } = (await upload(bench, PDF, 'application/pdf')).json
    expect((await graph(bench.emulator, `${String(id)}?phone_number_id=1`)).status).toBe(400)
  })

  it.each([
    ['a type that is not supported', PDF, 'application/zip', 100],
    ['bytes of another type', Buffer.from('PK'), 'application/pdf', 131053],
    ['an image beyond 5 MB', Buffer.alloc(5 * 1024 * 1024 + 1), 'image/png', 100],
  ])('is refused for %s', async (_what, bytes, type, code) => {
    await using bench = await setup()
    expect(errorOf(await upload(bench, bytes, type)).code).toBe(code)
  })

  it('is forgotten after 30 days', async () => {
    let nowMs = Date.parse('2026-11-22T10:00:00Z')
    await using bench = await setup({ clock: () => nowMs })
    const { id } = (await upload(bench, PDF, 'application/pdf')).json
    nowMs += 30 * 24 * 60 * 60 * 1000
    expect((await graph(bench.emulator, String(id))).status).toBe(400)
  })
})

it('gives the handle of a sample file after a resumable upload', async () => {
  await using bench = await setup()
  const query = `file_length=${String(PDF.length)}&file_type=application/pdf`
  const session = await graph(bench.emulator, `${APP_ID}/uploads?${query}`, { method: 'POST' })
  const part = (offset: number, body: Buffer): Promise<Answer> =>
    graph(bench.emulator, String(session.json['id']), {
      method: 'POST',
      token: null,
      headers: { authorization: `OAuth ${TOKEN}`, file_offset: String(offset) },
      body,
    })
  expect((await part(0, PDF.subarray(0, 10))).json).toMatchObject({ file_offset: 10 })
  expect((await part(3, PDF.subarray(10))).status).toBe(400)
  expect((await part(10, PDF.subarray(10))).json).toEqual({
    h: expect.stringMatching(/^4::/) as string,
  })
})

it('lists the history of a message and its events', async () => {
  await using bench = await setup()
  const wamid = wamidOf(await send(bench.emulator, message('+15550131026')))
  await send(bench.emulator)
  await bench.emulator.control.settled()
  const { json } = await graph(bench.emulator, `${PHONE_ID}/message_history?message_id=${wamid}`)
  const [history] = json['data'] as { id: string }[]
  expect(json['data']).toMatchObject([
    {
      message_id: wamid,
      events: { data: [{ delivery_status: 'FAILED', webhook_uri: bench.hook.url }] },
    },
  ])
  const events = await graph(bench.emulator, `${history?.id ?? ''}/events`)
  expect(events.json['data']).toMatchObject([
    { node: { delivery_status: 'FAILED', error_description: '131026' } },
  ])
  const all = await graph(bench.emulator, `${PHONE_ID}/message_history?limit=1`)
  expect(all.json['data']).toHaveLength(1)
  expect(all.json['paging']).toHaveProperty('next')
})

it.each(['nobody', `${PHONE_ID}/unknown`, `${WABA_ID}/unknown`, ''])(
  'answers code 100 for the path "%s"',
  async (path) => {
    await using bench = await setup()
    expect(errorOf(await graph(bench.emulator, path))).toMatchObject({
      code: 100,
      error_subcode: 33,
    })
  },
)
