import { describe, expect, it } from 'vitest'
import { errorOf, graph, message, send, setup, SUPPLIER, WABA_ID } from './setup.ts'
import type { Bench, Json } from './setup.ts'

const LIST = `${WABA_ID}/message_templates`
const [BODY, FOOTER] = [
  { type: 'BODY', add_security_recommendation: true },
  { type: 'FOOTER', code_expiration_minutes: 10 },
]
const OTP = { type: 'OTP', otp_type: 'COPY_CODE', text: 'Copy it' }
const buttons = (...list: Json[]): Json => ({ type: 'BUTTONS', buttons: list })

const create = (bench: Bench, components: Json[], more: Json = {}) =>
  graph(bench.emulator, LIST, {
    method: 'POST',
    body: {
      name: 'login_code',
      language: 'en_US',
      category: 'AUTHENTICATION',
      components,
      ...more,
    },
  })

describe('a template of one-time codes', () => {
  it('has its texts written, and is listed with the code as variable of body and button', async () => {
    await using bench = await setup()
    const made = await create(bench, [BODY, FOOTER, buttons(OTP)])
    expect(made.json).toMatchObject({ status: 'PENDING', category: 'AUTHENTICATION' })
    const { json } = await graph(bench.emulator, `${LIST}?name=login_code`)
    const [row] = json['data'] as Json[]
    expect(row?.['components']).toEqual([
      { ...BODY, text: expect.stringContaining('{{1}}'), example: { body_text: [['123456']] } },
      { ...FOOTER, text: expect.stringContaining('10') },
      buttons({
        type: 'URL',
        text: 'Copy it',
        url: expect.stringMatching(/otp_type=COPY_CODE&code=otp\{\{1\}\}$/),
        example: [expect.stringMatching(/code=otp123456$/)],
      }),
    ])
  })

  it.each([
    [
      'one-tap',
      { type: 'otp', otp_type: 'one_tap', package_name: 'com.example', signature_hash: 'x' },
    ],
    ['zero-tap', { type: 'OTP', otp_type: 'ZERO_TAP' }],
  ])('is taken with a %s button, and without a footer', async (_what, button) => {
    await using bench = await setup()
    const made = await create(bench, [{ type: 'BODY' }, buttons(button)])
    expect(made.status, JSON.stringify(made.json)).toBe(200)
  })

  it.each<[string, Json[], Json?]>([
    ['another category', [BODY], { category: 'UTILITY' }],
    ['a recommendation that is no truth', [{ type: 'BODY', add_security_recommendation: 'yes' }]],
    ['no minutes', [BODY, { type: 'FOOTER' }, buttons(OTP)]],
    ['91 minutes', [BODY, { type: 'FOOTER', code_expiration_minutes: 91 }, buttons(OTP)]],
    ['half a minute', [BODY, { type: 'FOOTER', code_expiration_minutes: 0.5 }, buttons(OTP)]],
    ['an unknown button', [BODY, buttons({ type: 'OTP', otp_type: 'NO_TAP' })]],
    ['two buttons for it', [BODY, buttons(OTP, OTP)]],
  ])('is refused with %s', async (_what, components, more) => {
    await using bench = await setup()
    expect(errorOf(await create(bench, components, more)).code).toBe(100)
  })

  it('keeps its category where an edit names none', async () => {
    await using bench = await setup()
    const made = await create(bench, [BODY, FOOTER, buttons(OTP)])
    const id = String(made.json['id'])
    await bench.emulator.control.changeTemplate({ name: 'login_code' }, { status: 'APPROVED' })
    const edited = await graph(bench.emulator, id, {
      method: 'POST',
      body: { components: [BODY, { type: 'FOOTER', code_expiration_minutes: 5 }, buttons(OTP)] },
    })
    expect(edited.json).toEqual({ success: true })
  })

  it('is sent with the code twice: in the body, and for the button as a URL', async () => {
    await using bench = await setup()
    await create(bench, [BODY, FOOTER, buttons(OTP)])
    await bench.emulator.control.changeTemplate({ name: 'login_code' }, { status: 'APPROVED' })
    const code = [{ type: 'text', text: '031415' }]
    const body = { type: 'body', parameters: code }
    const button = { type: 'button', sub_type: 'url', index: '0', parameters: code }
    const sending = (components: Json[]) => {
      const template = { name: 'login_code', language: { code: 'en_US' }, components }
      return send(bench.emulator, message(SUPPLIER, { template }))
    }
    expect((await sending([body, button])).status).toBe(200)
    expect(errorOf(await sending([body])).code).toBe(131008)
    expect(errorOf(await sending([button])).code).toBe(132000)
  })
})
