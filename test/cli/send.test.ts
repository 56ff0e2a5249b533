import { describe, expect, it } from 'vitest'
import { problem, run, startService } from './setup.ts'
import type { FakeAnswer } from './setup.ts'

const ID = '01930000-0000-7000-8000-000000000001'
const PATH = '/api/v1/whatsapp/messages'
const view = (state: string, status: string, more: Record<string, unknown> = {}): FakeAnswer => ({
  body: {
    id: ID,
    state,
    status,
    recipient_phone: '+34612345678',
    updated_at: '2026-11-23T12:00:00.000Z',
    ...more,
  },
})
/** Takes the message, then shows one state after another. */
const service = (...states: FakeAnswer[]) => {
  const left = [...states]
  return startService(({ method }) =>
    method === 'POST'
      ? { ...view('queued', 'PENDING'), status: 202 }
      : ((left.length > 1 ? left.shift() : left[0]) ?? {}),
  )
}
const send = (url: string, ...more: string[]) => run(['send', '--url', url, '--key', 'k', ...more])
const TO = ['--to', '+34612345678']

describe('aviso send', () => {
  it('sends a template with its parameters and tells of each change until it is read', async () => {
    const { url, seen } = await service(
      view('sending', 'PENDING'),
      view('sent', 'SENT'),
      view('read', 'READ'),
    )
    const ran = await send(
      url,
      ...TO,
      '--template',
      'po_notification',
      '--language',
      'es',
      '--params',
      'Ana',
      'PO-1',
      '1 €',
    )
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      to: '+34612345678',
      type: 'template',
      template: { name: 'po_notification', language: 'es', parameters: ['Ana', 'PO-1', '1 €'] },
    })
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(seen[1]?.path).toBe(`${PATH}/${ID}`)
    expect(ran.code).toBe(0)
    expect(ran.out[0]).toBe(`Message ${ID} to +34612345678`)
    expect(ran.out.slice(1).map((line) => line.slice(28))).toEqual([
      'PENDING (sending)',
      'SENT',
      'READ',
    ])
  })

  it.each([
    [['["Ana","PO-1"]'], ['Ana', 'PO-1']],
    [['{"order":"PO-1"}'], { order: 'PO-1' }],
    [['a=b'], ['a=b']],
  ])('reads --params %j', async (params, parameters) => {
    const { url, seen } = await service(view('read', 'READ'))
    await send(url, ...TO, '--template', 'a', '--params', ...params)
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ template: { parameters } })
  })

  it('sends a text, and with --no-follow and --json prints the answer as it came', async () => {
    const { url, seen } = await service()
    const ran = await send(
      url,
      ...TO,
      '--text',
      'Gracias',
      '--no-follow',
      '--json',
      '--idempotency-key',
      'k1',
    )
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      to: '+34612345678',
      type: 'text',
      text: { body: 'Gracias' },
    })
    expect([seen.length, seen[0]?.headers['idempotency-key']]).toEqual([1, 'k1'])
    expect([ran.code, JSON.parse(ran.out[0] ?? '')]).toMatchObject([0, { id: ID, state: 'queued' }])
  })

  it('ends with 1, the reason and the remedy of what failed, and of what still waits', async () => {
    const failed = await service(
      view('failed', 'FAILED', {
        error_code: '131026',
        error_message: 'Undeliverable',
        remedy: 'Use e-mail.',
      }),
    )
    const ran = await send(failed.url, ...TO, '--template', 'a')
    expect(ran.code).toBe(1)
    expect(ran.out.join('\n')).toMatch(/131026 Undeliverable[\s\S]*Use e-mail\./)
    const held = await service(
      view('held', 'PENDING', { hold_reason: 'token', remedy: 'Replace the token.' }),
    )
    const waiting = await send(held.url, ...TO, '--template', 'a', '--timeout', '0')
    expect(waiting.code).toBe(1)
    expect(waiting.out.join('\n')).toMatch(
      /PENDING \(held\): token[\s\S]*Replace the token\.[\s\S]*aviso messages show/,
    )
  })

  it('prints a refusal with each bad field, and asks for what the command line lacks', async () => {
    const { url } = await startService(() =>
      problem(422, 'template_parameters', {
        detail: 'The parameters do not fit.',
        errors: [
          {
            field: 'template.parameters',
            code: 'out_of_range',
            detail: 'has 2 of 3 values',
            remedy: 'Give 3.',
          },
        ],
      }),
    )
    const refused = await send(url, ...TO, '--template', 'a', '--params', 'x')
    expect([refused.code, refused.err]).toEqual([
      1,
      ['error: The parameters do not fit.', '  template.parameters: has 2 of 3 values. Give 3.'],
    ])
    for (const wrong of [
      [...TO],
      ['--template', 'a'],
      [...TO, '--template', 'a', '--text', 'b'],
      [...TO, '--text', 'b', '--params', 'c'],
      [...TO, '--template', 'a', '--params', '[oops'],
      [...TO, '--template', 'a', '--components', '{'],
      [...TO, '--template', 'a', '--timeout', 'soon'],
    ]) {
      expect((await send(url, ...wrong)).code, wrong.join(' ')).toBe(2)
    }
  })
})
