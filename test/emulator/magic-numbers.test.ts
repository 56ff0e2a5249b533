import { validatePhoneNumberLength } from 'libphonenumber-js/max'
import { describe, expect, it } from 'vitest'
import {
  failingNumber,
  findMagicBehaviour,
  magicNumber,
  MAGIC_NUMBERS,
  refusingNumber,
  sentThenFailingNumber,
} from '../../src/emulator/magic-numbers.ts'
import type { BehaviourName } from '../../src/emulator/behaviour.ts'
import { errorOf, message, send, setup, steer, template, WABA_ID, graph } from './setup.ts'
import type { Answer, Bench } from './setup.ts'

/** Sends to the number of a behaviour; undefined where no answer comes within a second. */
async function sendTo(bench: Bench, to: string): Promise<Answer | 'cut' | 'hung'> {
  const hung = new Promise<'hung'>((resolve) => {
    setTimeout(resolve, 1000, 'hung').unref()
  })
  return Promise.race([send(bench.emulator, message(to)).catch(() => 'cut' as const), hung])
}

async function statusesOf(bench: Bench): Promise<string[]> {
  await bench.emulator.control.settled()
  return bench.hook.statuses().map(({ status }) => status)
}

const accepted = (bench: Bench): number => bench.emulator.control.state().accepted

describe('magic numbers', () => {
  it.each(MAGIC_NUMBERS)('$number is a possible number for $behaviour', ({ number, behaviour }) => {
    expect(validatePhoneNumberLength(number)).toBeUndefined()
    expect(findMagicBehaviour(number.slice(1))?.name).toBe(behaviour)
  })

  it('leave every other number alone', () => {
    for (const digits of ['34612345678', '15553990000', '1555', '155530100000']) {
      expect(findMagicBehaviour(digits)).toBeUndefined()
    }
  })

  it('are listed over HTTP', async () => {
    await using bench = await setup()
    const { json } = await steer(bench.emulator, 'GET', 'magic-numbers')
    expect(json['data']).toEqual(MAGIC_NUMBERS)
  })

  it('fail after acceptance with the code in their last six digits', async () => {
    await using bench = await setup()
    expect(await sendTo(bench, failingNumber(131026))).toMatchObject({ status: 200 })
    expect(await statusesOf(bench)).toEqual(['failed'])
    expect(bench.hook.statuses()).toMatchObject([{ errors: [{ code: 131026 }] }])
  })

  it('refuse with the code in their last six digits', async () => {
    await using bench = await setup()
    const answer = await sendTo(bench, refusingNumber(190))
    expect(typeof answer === 'object' && [answer.status, errorOf(answer).code]).toEqual([401, 190])
    expect([accepted(bench), await statusesOf(bench)]).toEqual([0, []])
  })

  it('fail after sent', async () => {
    await using bench = await setup()
    await sendTo(bench, sentThenFailingNumber(131049))
    expect(await statusesOf(bench)).toEqual(['sent', 'failed'])
  })
})

const ALL = ['sent', 'delivered', 'read']

describe('the answer that goes wrong', () => {
  it.each<[BehaviourName, Answer | 'cut' | 'hung' | object, number, string[]]>([
    ['accept_then_cut', 'cut', 1, ALL],
    ['accept_then_hang', 'hung', 1, ALL],
    ['accept_then_502', { status: 502, text: expect.stringMatching(/^<html>/) as string }, 1, ALL],
    [
      'accept_then_broken_json',
      { status: 200, json: {}, text: expect.stringMatching(/^\{/) as string },
      1,
      ALL,
    ],
    ['accept_without_id', { status: 200, json: { messages: [{}] } }, 1, ALL],
    ['accept_then_500', { status: 500, json: { error: { code: 131000 } } }, 1, ALL],
    ['graph_500', { status: 500, json: { error: { code: 131000 } } }, 0, []],
    ['cut', 'cut', 0, []],
    ['hang', 'hung', 0, []],
    ['html_502', { status: 502 }, 0, []],
    [
      'throttled',
      { status: 400, headers: { 'retry-after': '2' }, json: { error: { code: 130429 } } },
      0,
      [],
    ],
    ['accept_then_silence', 'cut', 1, []],
  ])('%s', async (behaviour, answer, acceptances, statuses) => {
    await using bench = await setup()
    const given = await sendTo(bench, magicNumber(behaviour, 17))
    if (typeof answer === 'string') expect(given).toBe(answer)
    else expect(given).toMatchObject(answer)
    expect(accepted(bench)).toBe(acceptances)
    expect(await statusesOf(bench)).toEqual(statuses)
  })

  it('slow answers wait, and the message is accepted before', async () => {
    await using bench = await setup()
    const { control } = bench.emulator
    control.script({ behaviour: 'slow', delayMs: 30 })
    const startedAt = performance.now()
    const answer = send(bench.emulator)
    expect((await answer).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29)
  })

  it('refused_once takes every second send', async () => {
    await using bench = await setup()
    const to = magicNumber('refused_once')
    const statuses: unknown[] = []
    for (let round = 0; round < 4; round++) {
      statuses.push((await send(bench.emulator, message(to))).status)
    }
    expect(statuses).toEqual([500, 200, 500, 200])
  })
})

describe('the statuses that go wrong', () => {
  it.each<[BehaviourName, string[]]>([
    ['sent_only', ['sent']],
    ['never_read', ['sent', 'delivered']],
    ['read_without_delivered', ['sent', 'read']],
    ['delivered_without_sent', ['delivered', 'read']],
    ['delivered_then_failed', ['sent', 'delivered', 'failed']],
    ['failed_then_delivered', ['sent', 'failed', 'delivered']],
    ['missing', []],
    ['batched', ALL],
  ])('%s gives %j', async (behaviour, statuses) => {
    await using bench = await setup()
    await sendTo(bench, magicNumber(behaviour))
    expect(await statusesOf(bench)).toEqual(statuses)
  })

  it('duplicated gives each twice', async () => {
    await using bench = await setup()
    await sendTo(bench, magicNumber('duplicated'))
    expect((await statusesOf(bench)).sort()).toEqual([...ALL, ...ALL].sort())
  })

  it('shuffled gives all of them in another order, with the times of the right one', async () => {
    let seconds = 1_795_000_000
    await using bench = await setup({ clock: () => 1000 * seconds++ })
    await sendTo(bench, magicNumber('shuffled'))
    const statuses = await statusesOf(bench)
    expect(statuses).not.toEqual(ALL)
    const byTime = bench.hook.statuses().sort((a, b) => Number(a.timestamp) - Number(b.timestamp))
    expect(byTime.map(({ status }) => status)).toEqual(ALL)
  })

  it('batched comes in one POST', async () => {
    await using bench = await setup()
    await sendTo(bench, magicNumber('batched'))
    await bench.emulator.control.settled()
    expect(bench.hook.received).toHaveLength(1)
  })

  it('early comes before the answer', async () => {
    await using bench = await setup()
    let answered = false
    const answeredFirst: boolean[] = []
    bench.hook.onWebhook = () => answeredFirst.push(answered)
    const answer = await send(bench.emulator, message(magicNumber('early')))
    answered = true
    expect(answer.status).toBe(200)
    expect(await statusesOf(bench)).toEqual(ALL)
    expect(answeredFirst[0]).toBe(false)
  })

  it.each([
    ['held_then_dropped', ['failed']],
    ['held_then_released', ALL],
  ] as const)('%s says so in the answer and goes on later', async (behaviour, statuses) => {
    await using bench = await setup()
    bench.emulator.control.script({ behaviour, statusDelayMs: 1 })
    expect((await send(bench.emulator)).json).toMatchObject({
      messages: [{ message_status: 'held_for_quality_assessment' }],
    })
    expect(await statusesOf(bench)).toEqual(statuses)
  })

  it('anonymous statuses carry no phone number', async () => {
    await using bench = await setup()
    await sendTo(bench, magicNumber('anonymous'))
    await bench.emulator.control.settled()
    const bodies = bench.hook.received.map(({ raw }) => raw.toString('utf8')).join()
    expect(bodies).toContain('recipient_user_id')
    expect(bodies).not.toMatch(/"recipient_id"|"wa_id"/)
  })
})

describe('suppliers that answer', () => {
  it('write a text', async () => {
    await using bench = await setup()
    await sendTo(bench, magicNumber('replies_with_text'))
    await bench.emulator.control.settled()
    const values = bench.hook.received.flatMap(({ body }) =>
      body.entry.map(({ changes }) => changes[0]?.value),
    )
    const inbound = values.find((value) => value?.messages !== undefined)
    expect(inbound).toMatchObject({
      contacts: [{ wa_id: magicNumber('replies_with_text').slice(1) }],
      messages: [{ type: 'text', context: { id: expect.stringMatching(/^wamid/) as string } }],
    })
  })

  it('tap the quick-reply button that the template has, with the payload of the send', async () => {
    await using bench = await setup()
    const { emulator, hook } = bench
    const created = await graph(emulator, `${WABA_ID}/message_templates`, {
      method: 'POST',
      body: {
        name: 'po_buttons',
        language: 'es',
        category: 'UTILITY',
        components: [
          { type: 'BODY', text: 'Pedido nuevo en su bandeja.' },
          { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Confirmar' }] },
        ],
      },
    })
    expect(created.status).toBe(200)
    await emulator.control.settled()
    const components = [
      {
        type: 'button',
        sub_type: 'quick_reply',
        index: '0',
        parameters: [{ type: 'payload', payload: 'ACK:42' }],
      },
    ]
    const body = message(magicNumber('replies_with_button'), {
      template: template([], { name: 'po_buttons', components }),
    })
    expect((await send(emulator, body)).status).toBe(200)
    await emulator.control.settled()
    const inbound = hook.received.flatMap(
      ({ body: given }) => given.entry[0]?.changes[0]?.value.messages ?? [],
    )
    expect(inbound).toMatchObject([
      { type: 'button', button: { payload: 'ACK:42', text: 'Confirmar' } },
    ])
  })
})
