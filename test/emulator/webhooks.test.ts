import { describe, expect, it } from 'vitest'
import {
  graph,
  message,
  openReceiver,
  PHONE_ID,
  send,
  setup,
  signatureOf,
  SUPPLIER,
  template,
  WABA_ID,
  wamidOf,
} from './setup.ts'

describe('status webhooks', () => {
  it('go from sent over delivered to read, each with what the send said', async () => {
    const nowMs = Date.parse('2026-11-22T09:30:00.900Z')
    await using bench = await setup({ clock: () => nowMs })
    const body = message(SUPPLIER, { biz_opaque_callback_data: '1.id.1' })
    const wamid = wamidOf(await send(bench.emulator, body))
    await bench.emulator.control.settled()
    const statuses = bench.hook.statuses()
    expect(statuses.map(({ status }) => status)).toEqual(['sent', 'delivered', 'read'])
    for (const status of statuses) {
      expect(status).toMatchObject({
        id: wamid,
        timestamp: '1795339800',
        recipient_id: '34612345678',
        biz_opaque_callback_data: '1.id.1',
      })
    }
  })

  it('carry the price on sent and on one of delivered and read', async () => {
    await using bench = await setup()
    await send(bench.emulator)
    await bench.emulator.control.settled()
    const price = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' }
    expect(bench.hook.statuses().map(({ pricing }) => pricing)).toEqual([price, price, undefined])
  })

  it('name the account, the number and the contact around the status', async () => {
    await using bench = await setup()
    await send(bench.emulator)
    await bench.emulator.control.settled()
    const [first] = bench.hook.received
    expect(first?.body).toMatchObject({
      object: 'whatsapp_business_account',
      entry: [
        {
          id: WABA_ID,
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '15550783881', phone_number_id: PHONE_ID },
                contacts: [{ wa_id: '34612345678' }],
              },
            },
          ],
        },
      ],
    })
    expect(first?.body.entry[0]).not.toHaveProperty('time')
  })

  it('leave contacts out where the message failed', async () => {
    await using bench = await setup()
    await send(bench.emulator, message('+15550131026'))
    await bench.emulator.control.settled()
    const value = bench.hook.received[0]?.body.entry[0]?.changes[0]?.value
    expect(value).not.toHaveProperty('contacts')
  })
})

describe('the signature', () => {
  it('is made over the bytes sent: ASCII, escaped in lower-case hexadecimal', async () => {
    await using bench = await setup()
    const body = message(SUPPLIER, { biz_opaque_callback_data: 'Peña/Ñandú 🙂 <1%@' })
    await send(bench.emulator, body)
    await bench.emulator.control.settled()
    for (const { raw, headers } of bench.hook.received) {
      const text = raw.toString('latin1')
      expect(text).toContain(String.raw`Pe\u00f1a\/\u00d1and\u00fa \ud83d\ude42 <1%@`)
      expect(text).toMatch(/^[\x20-\x7e]*$/)
      expect(headers['x-hub-signature-256']).toBe(signatureOf(raw))
    }
    expect(bench.hook.statuses()[0]).toMatchObject({
      biz_opaque_callback_data: 'Peña/Ñandú 🙂 <1%@',
    })
  })

  it('can be left out or wrong', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    await control.sendRawWebhook('{"object":"x","entry":[]}', 'missing')
    await control.sendRawWebhook('{"object":"x","entry":[]}', 'wrong')
    await control.sendRawWebhook('{"object":"x","entry":[]}')
    const headers = bench.hook.received.map((one) => one.headers['x-hub-signature-256'])
    const right = signatureOf(bench.hook.received[2]?.raw ?? Buffer.alloc(0))
    expect(headers[0]).toBeUndefined()
    expect(headers[1]).not.toBe(right)
    expect(headers[2]).toBe(right)
  })
})

describe('delivery', () => {
  it('is tried again until the answer is 200, with the same bytes', async () => {
    await using bench = await setup()
    const { hook, emulator } = bench
    hook.answers.push(500, 404, 201)
    emulator.control.script({ behaviour: 'sent_only' })
    await send(emulator)
    await emulator.control.settled()
    expect(hook.received).toHaveLength(4)
    expect(new Set(hook.received.map(({ raw }) => raw.toString())).size).toBe(1)
    expect(emulator.control.deliveries().map((one) => [one.attempt, one.httpStatus])).toEqual([
      [1, 500],
      [2, 404],
      [3, 201],
      [4, 200],
    ])
  })

  it('is given up after its time', async () => {
    await using bench = await setup({ webhookRetry: { firstMs: 1, factor: 2, giveUpMs: 0 } })
    bench.hook.answers.push(500)
    bench.emulator.control.script({ behaviour: 'sent_only' })
    await send(bench.emulator)
    await bench.emulator.control.settled()
    expect(bench.emulator.control.state().webhooks).toMatchObject({ refused: 1, givenUp: 1 })
  })

  it('comes after the receiver was away', async () => {
    await using bench = await setup()
    const { emulator, hook } = bench
    const url = new URL(hook.url)
    await hook.close()
    emulator.control.script({ behaviour: 'sent_only' })
    await send(emulator)
    const later = await openReceiver()
    // The new receiver has a port of its own: the address moves, as an operator would move it.
    expect(new URL(later.url).port).not.toBe(url.port)
    expect(await emulator.setWebhookUrl(later.url)).toEqual({ verified: true })
    await emulator.control.settled()
    expect(later.statuses().map(({ status }) => status)).toEqual(['sent'])
    await later.close()
  })

  it('waits while it is paused', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    control.setWebhooks({ paused: true })
    await send(bench.emulator)
    expect(bench.hook.received).toHaveLength(0)
    control.setWebhooks({ paused: false })
    await control.settled()
    expect(bench.hook.statuses()).toHaveLength(3)
  })

  it('ends where the account has no subscribed app', async () => {
    await using bench = await setup()
    const { emulator, hook } = bench
    await graph(emulator, `${WABA_ID}/subscribed_apps`, { method: 'DELETE' })
    await send(emulator)
    await emulator.control.settled()
    expect([hook.received.length, emulator.control.state().webhooks.dropped]).toEqual([0, 3])
  })
})

describe('batches', () => {
  it('put many statuses into one POST, spread over entries and changes', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    control.setWebhooks({ batchSize: 10, batchWindowMs: 5000 })
    control.script({ behaviour: 'sent_only', times: null })
    for (let index = 0; index < 10; index++) {
      await send(bench.emulator, message(`+3461234567${String(index)}`))
    }
    await control.settled()
    expect(bench.hook.received).toHaveLength(1)
    expect(bench.hook.statuses()).toHaveLength(10)
    const entries = bench.hook.received[0]?.body.entry ?? []
    expect(entries.length).toBeGreaterThan(1)
    expect(entries.some(({ changes }) => changes.length > 1)).toBe(true)
    expect(entries[0]?.changes[0]?.value.statuses?.length).toBeGreaterThan(1)
  })

  it('are sent when the window is over, however few they are', async () => {
    await using bench = await setup()
    bench.emulator.control.setWebhooks({ batchSize: 1000, batchWindowMs: 2 })
    await send(bench.emulator)
    await bench.emulator.control.settled()
    expect(bench.hook.statuses()).toHaveLength(3)
  })
})

describe('a fate for all', () => {
  it.each([
    ['duplicated', 6],
    ['missing', 0],
    ['shuffled', 3],
  ] as const)('%s gives %i statuses', async (fate, count) => {
    await using bench = await setup()
    bench.emulator.control.setWebhooks({ fate })
    await send(bench.emulator)
    await bench.emulator.control.settled()
    expect(bench.hook.statuses()).toHaveLength(count)
  })
})

describe('the handshake', () => {
  it('takes an address that answers the challenge', async () => {
    await using bench = await setup()
    expect(await bench.emulator.setWebhookUrl(bench.hook.url)).toEqual({ verified: true })
  })

  it('refuses one that answers 403, and keeps the former', async () => {
    await using bench = await setup({ verifyToken: 'another' })
    expect(await bench.emulator.setWebhookUrl(`${bench.hook.url}&again=1`)).toMatchObject({
      verified: false,
      reason: 'answered 403 instead of 200',
    })
    expect(bench.emulator.control.state().webhooks.url).toBe(bench.hook.url)
  })

  it.each(['http://127.0.0.1:1/hook', 'not an address'])('refuses %s', async (url) => {
    await using bench = await setup()
    expect(await bench.emulator.setWebhookUrl(url)).toMatchObject({ verified: false })
  })
})

describe('replies', () => {
  it('tap a button with payload, text and context', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    const wamid = wamidOf(await send(bench.emulator))
    const reply = await control.reply({
      kind: 'button',
      wamid,
      payload: 'ACK:1',
      text: 'Confirmar',
    })
    await control.settled()
    const inbound = bench.hook.received.flatMap(
      ({ body }) => body.entry[0]?.changes[0]?.value.messages ?? [],
    )
    expect(inbound).toMatchObject([
      {
        from: '34612345678',
        id: reply.kind === 'sent' ? reply.wamid : '',
        type: 'button',
        button: { payload: 'ACK:1', text: 'Confirmar' },
        context: { from: '15550783881', id: wamid },
      },
    ])
  })

  it('may be of any type', async () => {
    await using bench = await setup()
    const content = { type: 'unsupported', errors: [{ code: 131051, title: 'unsupported' }] }
    await bench.emulator.control.reply({ kind: 'message', from: '34612345678', content })
    expect(bench.hook.received[0]?.body.entry[0]?.changes[0]?.value.messages).toMatchObject([
      content,
    ])
  })

  it('need to come from somebody', async () => {
    await using bench = await setup()
    expect(await bench.emulator.control.reply({ kind: 'text' })).toMatchObject({ kind: 'refused' })
  })
})

it('shows template ids as JSON numbers beyond what a double holds', async () => {
  await using bench = await setup()
  const { control } = bench.emulator
  await control.changeTemplate({ name: 'po_notification', language: 'es' }, { status: 'PAUSED' })
  const raw = bench.hook.received[0]?.raw.toString('utf8') ?? ''
  const listed = await graph(
    bench.emulator,
    `${WABA_ID}/message_templates?name=po_notification&language=es`,
  )
  const [row] = listed.json['data'] as { id: string }[]
  expect(raw).toContain(`"message_template_id":${row?.id ?? 'none'},`)
  expect(BigInt(row?.id ?? 0)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER))
})

it('repeats a run that has the same seed, whenever its webhooks go out', async () => {
  const run = async (settleBetween: boolean): Promise<unknown[]> => {
    await using bench = await setup({ seed: 42, clock: () => 1_795_000_000_000 })
    await send(bench.emulator, message('+15553160000', { template: template() }))
    if (settleBetween) await bench.emulator.control.settled()
    await send(bench.emulator)
    await bench.emulator.control.settled()
    return bench.emulator.control.accepted().map(({ wamid, statuses }) => [wamid, statuses])
  }
  expect(await run(true)).toEqual(await run(false))
})
