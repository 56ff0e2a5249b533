import { describe, expect, it } from 'vitest'
import {
  errorOf,
  graph,
  message,
  PHONE_ID,
  send,
  setup,
  SUPPLIER,
  template,
  TOKEN,
  WABA_ID,
  wamidOf,
} from './setup.ts'
import type { Json } from './setup.ts'

describe('a send that is in order', () => {
  it('is answered with the contact and a wamid', async () => {
    await using bench = await setup()
    const answer = await send(bench.emulator, message('+34 612-345 678'))
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+34 612-345 678', wa_id: '34612345678' }],
      messages: [
        { id: expect.stringMatching(/^wamid\.HBgL/) as string, message_status: 'accepted' },
      ],
    })
  })

  it('gets another wamid each time, for there is no idempotency key', async () => {
    await using bench = await setup()
    const one = await send(bench.emulator)
    const two = await send(bench.emulator)
    expect(wamidOf(one)).not.toBe(wamidOf(two))
  })

  it('is counted under its callback data', async () => {
    await using bench = await setup()
    for (const callback of ['1.a.1', '1.a.2', '1.b.1', '1.b.1']) {
      await send(bench.emulator, message(SUPPLIER, { biz_opaque_callback_data: callback }))
    }
    const { control } = bench.emulator
    expect(control.counts('callback_data').get('1.a.1')).toBe(1)
    expect(Object.fromEntries(control.duplicates('callback_data'))).toEqual({ '1.b.1': 2 })
    expect(Object.fromEntries(control.counts('message'))).toEqual({ '1.a': 2, '1.b': 2 })
  })

  it.each([
    ['+52 55 1234 5678', '5215512345678'],
    ['+54 11 2345 6789', '5491123456789'],
    ['+55 51 91234 5678', '555112345678'],
    ['+55 11 91234 5678', '5511912345678'],
  ])('to %s has the WhatsApp id %s', async (to, waId) => {
    await using bench = await setup()
    const answer = await send(bench.emulator, message(to))
    expect(answer.json['contacts']).toEqual([{ input: to, wa_id: waId }])
  })

  it("gets the sender's country code where `to` has no plus", async () => {
    await using bench = await setup({ displayPhoneNumber: '+91 22 1234 5678' })
    const answer = await send(bench.emulator, message('1 (631) 555-1234'))
    expect(answer.json['contacts']).toEqual([{ input: '1 (631) 555-1234', wa_id: '9116315551234' }])
  })

  it('may address a business-scoped user id', async () => {
    await using bench = await setup()
    const { to: _to, ...rest } = message()
    const answer = await send(bench.emulator, { ...rest, recipient: 'ES.13491208655302741918' })
    expect(answer.json['contacts']).toEqual([
      { input: 'ES.13491208655302741918', user_id: 'ES.13491208655302741918' },
    ])
    await bench.emulator.control.settled()
    const [sent] = bench.hook.statuses()
    expect(sent).toMatchObject({ recipient_user_id: 'ES.13491208655302741918' })
    expect(sent).not.toHaveProperty('recipient_id')
  })

  it('is served under any version', async () => {
    await using bench = await setup({ clock: () => Date.parse('2026-11-22') })
    const dead = await send(bench.emulator, message(), { version: 'v18.0' })
    expect([dead.status, dead.headers['facebook-api-version']]).toEqual([200, 'v21.0'])
    const unknown = await send(bench.emulator, message(), { version: 'v99.0' })
    expect([unknown.status, unknown.headers['facebook-api-version']]).toEqual([200, 'v26.0'])
  })
})

describe('the token and the node come first', () => {
  it('refuses a call without a token', async () => {
    await using bench = await setup()
    const answer = await send(bench.emulator, 'not json', { token: null })
    expect([answer.status, errorOf(answer).code]).toEqual([401, 104])
  })

  it('refuses an unknown token', async () => {
    await using bench = await setup()
    const answer = await graph(bench.emulator, '1/messages', { method: 'POST', token: 'other' })
    expect([answer.status, errorOf(answer).code]).toEqual([401, 190])
  })

  it('refuses an expired token until it is replaced', async () => {
    await using bench = await setup()
    bench.emulator.control.expireToken()
    const expired = await send(bench.emulator)
    expect(errorOf(expired)).toMatchObject({ code: 190, error_subcode: 463 })
    bench.emulator.control.replaceToken('EAAnew')
    expect((await send(bench.emulator, message(), { token: TOKEN })).status).toBe(401)
    expect((await send(bench.emulator, message(), { token: 'EAAnew' })).status).toBe(200)
  })

  it('refuses the id of another number before it looks at the body', async () => {
    await using bench = await setup()
    const answer = await graph(bench.emulator, '1/messages', { method: 'POST', body: '{' })
    expect([answer.status, errorOf(answer)]).toMatchObject([400, { code: 100, error_subcode: 33 }])
  })

  it('gives every error a trace id', async () => {
    await using bench = await setup()
    const answer = await send(bench.emulator, {})
    expect(errorOf(answer)['fbtrace_id']).toMatch(/^A\w{22}$/)
  })
})

const text = (body: unknown): Json => ({ type: 'text', text: { body } })
const long = (length: number): string => 'x'.repeat(length)
const button = (id: string, title: string): Json => ({ type: 'reply', reply: { id, title } })
const buttons = (...list: Json[]): Json => ({
  type: 'interactive',
  interactive: { type: 'button', body: { text: 'Choose' }, action: { buttons: list } },
})

describe('a send that is wrong', () => {
  it.each<[string, Json | string, number, number]>([
    ['not JSON', '{', 400, 100],
    ['without messaging_product', message(SUPPLIER, { messaging_product: undefined }), 400, 100],
    ['with another product', message(SUPPLIER, { messaging_product: 'sms' }), 400, 100],
    ['without a recipient', message(SUPPLIER, { to: undefined }), 400, 100],
    ['to something that is no number', message('six one two'), 400, 131009],
    ['to the sender itself', message('+15550783881'), 400, 131021],
    ['of an unknown type', message(SUPPLIER, { type: 'fax' }), 400, 100],
    ['to an unknown kind of recipient', message(SUPPLIER, { recipient_type: 'crowd' }), 400, 100],
    [
      'with 513 characters of callback data',
      message(SUPPLIER, { biz_opaque_callback_data: long(513) }),
      400,
      100,
    ],
    [
      'with a template that does not exist',
      message(SUPPLIER, { template: template([], { name: 'nope' }) }),
      404,
      132001,
    ],
    [
      'in a language that does not exist',
      message(SUPPLIER, { template: template(undefined, { language: { code: 'es_ES' } }) }),
      404,
      132001,
    ],
    [
      'with two parameters for three',
      message(SUPPLIER, { template: template(['a', 'b']) }),
      400,
      132000,
    ],
    [
      'with four parameters for three',
      message(SUPPLIER, { template: template(['a', 'b', 'c', 'd']) }),
      400,
      132000,
    ],
    [
      'with an empty parameter',
      message(SUPPLIER, { template: template(['a', '', 'c']) }),
      400,
      131008,
    ],
    [
      'with a newline in a parameter',
      message(SUPPLIER, { template: template(['a\nb', 'b', 'c']) }),
      400,
      132018,
    ],
    [
      'with a tab in a parameter',
      message(SUPPLIER, { template: template(['a\tb', 'b', 'c']) }),
      400,
      132018,
    ],
    [
      'with five spaces in a parameter',
      message(SUPPLIER, { template: template(['a     b', 'b', 'c']) }),
      400,
      132018,
    ],
    [
      'with a body too long once filled in',
      message(SUPPLIER, { template: template([long(1000), 'b', 'c']) }),
      400,
      132005,
    ],
    [
      'with an unexpected key in the template',
      message(SUPPLIER, { template: template(undefined, { lang: 'es' }) }),
      400,
      100,
    ],
    ['with a text of 4,097 characters', message(SUPPLIER, text(long(4097))), 400, 100],
    ['with an empty text', message(SUPPLIER, text('')), 400, 100],
    [
      'with an image by id and by link',
      message(SUPPLIER, { type: 'image', image: { id: '1', link: 'https://a.example/b' } }),
      400,
      100,
    ],
    [
      'with an image that was never uploaded',
      message(SUPPLIER, { type: 'image', image: { id: '1' } }),
      400,
      131009,
    ],
    [
      'with four buttons',
      message(
        SUPPLIER,
        buttons(button('1', 'a'), button('2', 'b'), button('3', 'c'), button('4', 'd')),
      ),
      400,
      131009,
    ],
    [
      'with the same button twice',
      message(SUPPLIER, buttons(button('1', 'a'), button('1', 'b'))),
      400,
      131009,
    ],
    [
      'with a button title of 21 characters',
      message(SUPPLIER, buttons(button('1', long(21)))),
      400,
      131009,
    ],
  ])('%s is refused', async (_what, body, status, code) => {
    await using bench = await setup()
    const answer = await send(bench.emulator, body)
    expect([answer.status, errorOf(answer).code]).toEqual([status, code])
    expect(bench.emulator.control.state().accepted).toBe(0)
  })

  it('with four spaces in a row is taken', async () => {
    await using bench = await setup()
    const body = message(SUPPLIER, { template: template(['a    b', 'b', 'c']) })
    expect((await send(bench.emulator, body)).status).toBe(200)
  })

  it('for its newline is 132000 before v23.0', async () => {
    await using bench = await setup()
    const body = message(SUPPLIER, { template: template(['a\nb', 'b', 'c']) })
    const answer = await send(bench.emulator, body, { version: 'v22.0' })
    expect(errorOf(answer).code).toBe(132000)
  })

  it.each([
    ['PAUSED', 132015],
    ['DISABLED', 132016],
    ['REJECTED', 132001],
    ['PENDING', 132001],
  ])('with a template that is %s is refused with %i', async (status, code) => {
    await using bench = await setup()
    const { control } = bench.emulator
    expect(
      await control.changeTemplate({ name: 'po_notification', language: 'es' }, { status }),
    ).toBe(1)
    expect(errorOf(await send(bench.emulator)).code).toBe(code)
    const other = message(SUPPLIER, { template: template(undefined, { language: { code: 'en' } }) })
    expect((await send(bench.emulator, other)).status).toBe(200)
  })
})

describe('the state of number and account', () => {
  it('refuses sends of a number that is not registered', async () => {
    await using bench = await setup()
    bench.emulator.control.setNumber({ registered: false })
    expect(errorOf(await send(bench.emulator)).code).toBe(133010)
  })

  it('refuses sends to numbers outside the list of a test number', async () => {
    await using bench = await setup()
    bench.emulator.control.setNumber({ allowedRecipients: ['34612345678'] })
    expect((await send(bench.emulator)).status).toBe(200)
    expect(errorOf(await send(bench.emulator, message('+34612345679'))).code).toBe(131030)
  })

  it('refuses every send while the account has no payment', async () => {
    await using bench = await setup()
    bench.emulator.control.setAccount({ sendError: 131042 })
    expect(errorOf(await send(bench.emulator)).code).toBe(131042)
    bench.emulator.control.setAccount({ sendError: null })
    expect((await send(bench.emulator)).status).toBe(200)
  })
})

describe('free-form messages', () => {
  it('fail by webhook with 131047 outside the 24-hour window', async () => {
    await using bench = await setup()
    const answer = await send(bench.emulator, message(SUPPLIER, text('hola')))
    expect(answer.status).toBe(200)
    await bench.emulator.control.settled()
    expect(bench.hook.statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131047 }] }])
  })

  it('are delivered inside it, as free service messages', async () => {
    let nowMs = Date.parse('2026-11-22T10:00:00Z')
    await using bench = await setup({ clock: () => nowMs })
    const { control } = bench.emulator
    await control.reply({ kind: 'text', from: '34612345678', text: 'hola' })
    await send(bench.emulator, message(SUPPLIER, text('buenos días')))
    await control.settled()
    expect(bench.hook.statuses().map(({ status }) => status)).toEqual(['sent', 'delivered', 'read'])
    expect(bench.hook.statuses()[0]).toMatchObject({
      pricing: { billable: false, type: 'free_customer_service', category: 'service' },
    })
    nowMs += 24 * 60 * 60 * 1000
    await send(bench.emulator, message(SUPPLIER, text('¿sigue ahí?')))
    await control.settled()
    expect(bench.hook.statuses().at(-1)).toMatchObject({ status: 'failed' })
  })

  it('carry no message_status', async () => {
    await using bench = await setup()
    const answer = await send(bench.emulator, message(SUPPLIER, text('hola')))
    expect(answer.json['messages']).toEqual([{ id: wamidOf(answer) }])
  })
})

describe('mark as read', () => {
  it('takes an incoming message, with or without the typing indicator', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    const reply = await control.reply({ kind: 'text', from: '34612345678' })
    const body = {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: reply.kind === 'sent' ? reply.wamid : '',
    }
    expect((await send(bench.emulator, body)).json).toEqual({ success: true })
    const typing = { ...body, typing_indicator: { type: 'text' } }
    expect((await send(bench.emulator, typing)).json).toEqual({ success: true })
    expect(control.state()).toMatchObject({ accepted: 0, markedRead: 2 })
  })

  it('refuses a message that never came in', async () => {
    await using bench = await setup()
    const outgoing = wamidOf(await send(bench.emulator))
    const body = { messaging_product: 'whatsapp', status: 'read', message_id: outgoing }
    expect(errorOf(await send(bench.emulator, body)).code).toBe(131009)
  })
})

it('knows the account and the number as different nodes', async () => {
  await using bench = await setup()
  const wrong = await graph(bench.emulator, `${WABA_ID}/messages`, {
    method: 'POST',
    body: message(),
  })
  expect(errorOf(wrong).code).toBe(100)
  expect((await graph(bench.emulator, `${PHONE_ID}/message_templates`)).status).toBe(400)
})
