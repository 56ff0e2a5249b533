import { describe, expect, it } from 'vitest'
import { openEmulator } from '../../src/emulator/emulator.ts'
import type { EmulatorEvent } from '../../src/emulator/options.ts'
import { errorOf, graph, message, send, setup, steer, SUPPLIER, WABA_ID, wamidOf } from './setup.ts'
import type { Json } from './setup.ts'

describe('the control API', () => {
  it('tells the state', async () => {
    await using bench = await setup()
    await send(bench.emulator)
    const { json } = await steer(bench.emulator, 'GET', 'state')
    expect(json).toMatchObject({
      seed: 7,
      accepted: 1,
      token_expired: false,
      number: { status: 'CONNECTED', allowed_recipients: null },
      webhooks: { url: bench.hook.url, batch_size: 1, paused: false },
    })
  })

  it('lists what was accepted, by callback data, its beginning, recipient and wamid', async () => {
    await using bench = await setup()
    for (const [to, callback] of [
      [SUPPLIER, '1.a.1'],
      ['+34612345679', '1.a.2'],
      [SUPPLIER, '1.b.1'],
    ] as const) {
      await send(bench.emulator, message(to, { biz_opaque_callback_data: callback }))
    }
    const find = async (query: string): Promise<unknown[]> => {
      const { json } = await steer(bench.emulator, 'GET', `accepted?${query}`)
      return (json['data'] as Json[]).map((row) => row['callback_data'])
    }
    expect(await find('')).toEqual(['1.a.1', '1.a.2', '1.b.1'])
    expect(await find('callback_data=1.a.2')).toEqual(['1.a.2'])
    expect(await find('callback_prefix=1.a.')).toEqual(['1.a.1', '1.a.2'])
    expect(await find('to=%2B34612345678')).toEqual(['1.a.1', '1.b.1'])
    const [first] = bench.emulator.control.accepted()
    expect(await find(`wamid=${encodeURIComponent(first?.wamid ?? '')}`)).toEqual(['1.a.1'])
    const counts = await steer(bench.emulator, 'GET', 'accepted/counts?by=message&duplicates=true')
    expect(counts.json['data']).toEqual({ '1.a': 2 })
  })

  it('scripts the next sends, or those to a recipient', async () => {
    await using bench = await setup()
    const { emulator } = bench
    await steer(emulator, 'POST', 'script', { behaviour: 'refuse', code: 131016, times: 2 })
    await steer(emulator, 'POST', 'script', {
      behaviour: 'graph_500',
      to: '+34600000001',
      times: null,
    })
    const codes: number[] = []
    for (const to of ['+34600000001', SUPPLIER, SUPPLIER, SUPPLIER, '+34600000001']) {
      codes.push((await send(emulator, message(to))).status)
    }
    expect(codes).toEqual([500, 500, 500, 200, 500])
    await steer(emulator, 'DELETE', 'script')
    expect((await send(emulator, message('+34600000001'))).status).toBe(200)
  })

  it('pauses a template in one language, or in all', async () => {
    await using bench = await setup()
    const { emulator } = bench
    const change = (body: Json): Promise<Json> =>
      steer(emulator, 'POST', 'templates', body).then(({ json }) => json)
    expect(await change({ name: 'po_notification', language: 'es', status: 'PAUSED' })).toEqual({
      changed: 1,
    })
    expect(errorOf(await send(emulator)).code).toBe(132015)
    expect(await change({ name: 'po_notification', status: 'APPROVED' })).toEqual({ changed: 9 })
    expect((await send(emulator)).status).toBe(200)
    expect(await change({ name: 'nope', status: 'PAUSED' })).toHaveProperty('error')
  })

  it('steers token, number, account, delays and windows', async () => {
    await using bench = await setup()
    const { emulator } = bench
    await steer(emulator, 'POST', 'token/expire')
    expect(errorOf(await send(emulator)).code).toBe(190)
    await steer(emulator, 'POST', 'token/replace', { token: 'new' })
    const given = { token: 'new' }
    await steer(emulator, 'POST', 'number', { allowed_recipients: ['+34 600 000 001'] })
    expect(errorOf(await send(emulator, message(), given)).code).toBe(131030)
    await steer(emulator, 'POST', 'number', { allowed_recipients: null, status: 'BANNED' })
    expect(errorOf(await send(emulator, message(), given)).code).toBe(131031)
    await steer(emulator, 'POST', 'number', { status: 'CONNECTED' })
    await steer(emulator, 'POST', 'account', { send_error: 368 })
    expect(errorOf(await send(emulator, message(), given)).code).toBe(368)
    await steer(emulator, 'POST', 'delays', { sent_ms: 2 })
    expect(emulator.control.state().delays).toEqual({ sentMs: 2, deliveredMs: 1, readMs: 1 })
    await steer(emulator, 'POST', 'account', { send_error: null })
    await steer(emulator, 'POST', 'windows', { to: SUPPLIER })
    const text = message(SUPPLIER, { type: 'text', text: { body: 'hola' } })
    await send(emulator, text, given)
    await emulator.control.settled()
    expect(bench.hook.statuses().map(({ status }) => status)).toEqual(['sent', 'delivered', 'read'])
  })

  it('makes the supplier answer and lists the deliveries', async () => {
    await using bench = await setup()
    const { emulator, hook } = bench
    const wamid = wamidOf(await send(emulator))
    const body = { kind: 'button', wamid, payload: 'ACK', text: 'Confirmar' }
    const reply = await steer(emulator, 'POST', 'replies', body)
    expect(reply.json['wamid']).toMatch(/^wamid\./)
    await steer(emulator, 'POST', 'settle')
    const { json } = await steer(
      emulator,
      'GET',
      `webhooks/deliveries?wamid=${encodeURIComponent(wamid)}`,
    )
    expect(json['data']).toMatchObject([
      { summary: 'statuses: sent', http_status: 200, attempt: 1, wamids: [wamid] },
      { summary: 'statuses: delivered' },
      { summary: 'statuses: read' },
    ])
    expect(hook.received).toHaveLength(4)
    expect((await steer(emulator, 'POST', 'replies', { kind: 'text' })).status).toBe(422)
  })

  it.each([
    ['34612345678', '34612345678'],
    ['+34612345678', '34612345678'],
    ['+34 612 34-56-78', '34612345678'],
    ['+525512345678', '5215512345678'],
  ])('takes the sender %s of an answer, as Meta would name it', async (from, waId) => {
    await using bench = await setup()
    const { emulator, hook } = bench
    const reply = await steer(emulator, 'POST', 'replies', { kind: 'text', text: 'Hola', from })
    expect(reply.status).toBe(200)
    await emulator.control.settled()
    const values = JSON.stringify(hook.received)
    expect(hook.received).toHaveLength(1)
    expect(values).toContain(`"from":"${waId}"`)
    expect(values).toContain(`"wa_id":"${waId}"`)
  })

  it.each(['', 'Harinas', '+34', '+34612345678901234', '34612x45678'])(
    'says of the sender %j of an answer that it is no number',
    async (from) => {
      await using bench = await setup()
      const { emulator } = bench
      expect(await steer(emulator, 'POST', 'replies', { kind: 'text', from })).toMatchObject({
        status: 422,
        json: { error: expect.stringMatching(/from is no phone number.*with or without \+/) },
      })
    },
  )

  it('sends any change and any body', async () => {
    await using bench = await setup()
    const value = { event: 'ACCOUNT_RESTRICTION' }
    await steer(bench.emulator, 'POST', 'webhooks/send', { field: 'account_update', value })
    await steer(bench.emulator, 'POST', 'webhooks/raw', { json: '[]', signature: 'wrong' })
    expect(bench.hook.received[0]?.body.entry[0]?.changes).toEqual([
      { field: 'account_update', value },
    ])
    expect(bench.hook.received[1]?.raw.toString()).toBe('[]')
  })

  it('sets the webhook after a handshake, and its modes', async () => {
    await using bench = await setup()
    const body = { url: bench.hook.url, fate: 'duplicated', batch_size: 5, batch_window_ms: 1 }
    const { json } = await steer(bench.emulator, 'POST', 'webhooks', body)
    expect(json).toEqual({ verified: true })
    expect(bench.emulator.control.state().webhooks).toMatchObject({
      fate: 'duplicated',
      batchSize: 5,
      batchWindowMs: 1,
    })
  })

  it('puts everything back', async () => {
    await using bench = await setup()
    const { emulator } = bench
    await send(emulator)
    await emulator.control.settled()
    emulator.control.expireToken()
    emulator.control.setWebhooks({ fate: 'missing', paused: true })
    emulator.control.script({ behaviour: 'cut', times: null })
    await graph(emulator, `${WABA_ID}/message_templates?name=hello_world`, { method: 'DELETE' })
    expect((await steer(emulator, 'POST', 'reset')).json).toEqual({ success: true })
    expect(emulator.control.state()).toMatchObject({
      accepted: 0,
      tokenExpired: false,
      rules: 0,
      webhooks: { fate: 'normal', paused: false, url: bench.hook.url, delivered: 0 },
    })
    expect((await send(emulator)).status).toBe(200)
  })

  it.each([
    ['GET', 'nothing', undefined, 404],
    ['POST', 'script', { behaviour: 'explode' }, 422],
    ['POST', 'script', { behaviour: 'cut', extra: 1 }, 422],
    ['POST', 'templates', {}, 422],
    ['POST', 'token/replace', {}, 422],
  ] as const)('answers %s %s with %j as it deserves', async (method, path, body, status) => {
    await using bench = await setup()
    const answer = await steer(bench.emulator, method, path, body)
    expect([answer.status, typeof answer.json['error']]).toEqual([status, 'string'])
  })
})

describe('an emulator', () => {
  it('tells what happens', async () => {
    const events: EmulatorEvent[] = []
    await using bench = await setup({ onEvent: (event) => events.push(event) })
    bench.hook.answers.push(500)
    bench.emulator.control.script({ behaviour: 'sent_only' })
    await send(bench.emulator)
    await bench.emulator.control.settled()
    await send(bench.emulator, {})
    expect(events.map(({ kind }) => kind)).toEqual([
      'message_accepted',
      'webhook_refused',
      'webhook_delivered',
      'message_refused',
    ])
  })

  it('closes while answers hang and webhooks wait', async () => {
    const bench = await setup({ statusDelays: { sentMs: 60_000, deliveredMs: 1, readMs: 1 } })
    bench.emulator.control.script({ behaviour: 'accept_then_hang' })
    const hanging = send(bench.emulator).catch(() => 'cut')
    while (bench.emulator.control.state().accepted === 0) await new Promise(setImmediate)
    await bench.emulator.close()
    expect(await hanging).toBe('cut')
    await bench.hook.close()
  })

  it('fails to open on a port that is taken', async () => {
    await using bench = await setup()
    const options = {
      accessToken: 'a',
      appSecret: 'b',
      verifyToken: 'c',
      appId: '1',
      phoneNumberId: '2',
      businessAccountId: '3',
    }
    const opening = openEmulator({ ...options, port: bench.emulator.port })
    await expect(opening).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
