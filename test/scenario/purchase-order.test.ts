import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { failingNumber, magicNumber, refusingNumber } from '../../src/emulator/magic-numbers.ts'
import { callbackData } from '../../src/message/message.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Entry {
  kind: string
  [key: string]: unknown
}

describeEachMigratedDatabase('a purchase order', (open) => {
  let world: World
  let number = 0
  beforeAll(async () => {
    world = await openWorld(await open(), { sending: { sendTimeoutMs: 600 } })
  })
  afterAll(() => world.close())

  const publish = (data: Record<string, unknown> = {}) => {
    number += 1
    return world.publish(orderEvent(number, data))
  }
  const acceptances = (id: string) =>
    world.emulator.control.accepted({ callbackPrefix: `1.${id}.` })
  const timelineOf = async (id: string) => (await world.message(id))['timeline'] as Entry[]
  const passGates = () =>
    world.database.query(
      'update send_gates set probe_at = clock_timestamp() where probe_at is not null returning 1',
      [],
    )
  /** As if the wait of this message, and of its recipient, were over. */
  const beDue = async (id: string) => {
    await world.database.query('delete from recipient_pace returning 1', [])
    await world.database.query(
      `update whatsapp_messages set due_at = clock_timestamp() where id = $1 and state = 'queued' returning 1`,
      [id],
    )
  }

  it('goes from event to READ, with Meta’s times, the wamid and the whole answer', async () => {
    const id = await publish()
    // The answer of a send may be written after its webhooks.
    const message = await world.when(
      id,
      ({ state, provider_response }) => state === 'read' && provider_response !== null,
    )
    const [accepted] = acceptances(id)
    expect(message).toMatchObject({
      status: 'READ',
      whatsapp_message_id: accepted?.wamid,
      attempts: 1,
      error_code: null,
      provider_response: { messages: [{ id: accepted?.wamid }] },
    })
    for (const name of ['accepted_at', 'sent_at', 'delivered_at', 'read_at']) {
      expect(message[name], name).toEqual(expect.stringMatching(/^\d{4}-.*Z$/))
    }
    expect((await timelineOf(id)).map((entry) => entry.kind)).toEqual([
      'state',
      'attempt',
      'status',
      'status',
      'status',
    ])
  })

  it('sends the approved template with three parameters and our callback data', async () => {
    const id = await publish({ supplier_name: 'Harinas\n del\t  Sur ' })
    await world.until(id, 'read')
    const [accepted] = acceptances(id)
    expect(accepted?.callbackData).toBe(callbackData(id, 1))
    const sent = JSON.parse(accepted?.body ?? '{}') as {
      to: string
      template: {
        name: string
        language: { code: string }
        components: { parameters: { text: string }[] }[]
      }
    }
    expect(sent.to).toBe(`+3461${String(2000000 + number)}`)
    expect(sent.template).toMatchObject({ name: 'po_notification', language: { code: 'es' } })
    const texts = sent.template.components[0]?.parameters.map((parameter) => parameter.text)
    expect(texts?.[0]).toBe('Harinas del Sur')
    expect(texts?.[2]).toBe('1.234,50 €')
    // as given in history, normalised on the wire only
    expect((await world.message(id))['template_parameters']).toEqual([
      'Harinas\n del\t  Sur ',
      texts?.[1],
      '1.234,50 €',
    ])
  })

  it('shows a failure that Meta reports later in Meta’s words, with what to do', async () => {
    const id = await publish({ supplier_phone: failingNumber(131026) })
    const message = await world.until(id, 'failed')
    expect(message).toMatchObject({
      status: 'FAILED',
      error_code: '131026',
      error_message: expect.stringContaining('Undeliverable') as unknown,
      remedy: expect.stringContaining('number') as unknown,
    })
    expect(message['whatsapp_message_id']).not.toBeNull()
    const failures = (await timelineOf(id)).filter(
      (entry) => entry['status'] === 'failed' || entry['state'] === 'failed',
    )
    expect(failures).toHaveLength(1)
  })

  it('shows a refusal at once, without another try', async () => {
    const id = await publish({ supplier_phone: refusingNumber(131030) })
    expect(await world.until(id, 'failed')).toMatchObject({
      error_code: '131030',
      attempts: 1,
      whatsapp_message_id: null,
    })
    expect(acceptances(id)).toHaveLength(0)
  })

  it.each([
    'accept_then_cut',
    'accept_then_hang',
    'accept_then_502',
    'accept_then_broken_json',
    'accept_without_id',
  ] as const)(
    'settles a send whose answer was lost (%s) by its webhook, accepted once',
    async (behaviour) => {
      const id = await publish({ supplier_phone: magicNumber(behaviour, number) })
      const message = await world.until(id, 'read')
      expect(acceptances(id)).toHaveLength(1)
      expect(message['whatsapp_message_id']).toBe(acceptances(id)[0]?.wamid)
    },
  )

  it('keeps a send in doubt that was accepted in silence, and sends nothing more', async () => {
    const id = await publish({ supplier_phone: magicNumber('accept_then_silence') })
    expect(await world.until(id, 'in_doubt')).toMatchObject({
      status: 'PENDING',
      remedy: expect.any(String) as unknown,
    })
    expect(acceptances(id)).toHaveLength(1)
    const health = await world.get('/api/v1/whatsapp/health')
    expect(health['queue']).toMatchObject({ in_doubt: 1 })
  })

  it('tries again after a 5xx with Meta’s own error body, and has it accepted once', async () => {
    const phone = '+34600111222'
    world.emulator.control.script({ behaviour: 'graph_500', to: phone, times: 1 })
    const id = await publish({ supplier_phone: phone })
    expect(await world.until(id, 'read')).toMatchObject({ attempts: 2, error_code: null })
    expect(acceptances(id)).toHaveLength(1)
    expect(
      (await timelineOf(id))
        .filter((entry) => entry.kind === 'attempt')
        .map((entry) => entry['outcome']),
    ).toEqual(['rejected', 'accepted'])
  })

  it.each([
    'early',
    'duplicated',
    'shuffled',
    'batched',
    'read_without_delivered',
    'failed_then_delivered',
  ] as const)('takes webhooks that come %s', async (behaviour) => {
    const id = await publish({ supplier_phone: magicNumber(behaviour, number) })
    const message = await world.until(
      id,
      ...(behaviour === 'failed_then_delivered' ? ['delivered', 'read'] : ['read']),
    )
    expect(message['delivered_at']).not.toBeNull()
    expect(acceptances(id)).toHaveLength(1)
  })

  it('holds everything while the token is refused, burns no attempt, and goes on by itself', async () => {
    world.emulator.control.expireToken()
    const first = await publish()
    expect(await world.until(first, 'held')).toMatchObject({
      status: 'PENDING',
      hold_reason: 'token',
      attempts: 0,
      remedy: expect.stringContaining('WHATSAPP_ACCESS_TOKEN') as unknown,
    })
    const second = await publish()
    expect(await world.until(second, 'held')).toMatchObject({ hold_reason: 'token' })
    expect(await world.get('/api/v1/whatsapp/health')).toMatchObject({
      status: 'degraded',
      parts: { credentials: { status: 'degraded' } },
      queue: { held: { token: 2 } },
    })
    world.emulator.control.replaceToken('test-access-token')
    await passGates()
    for (const id of [first, second]) {
      expect(await world.until(id, 'read')).toMatchObject({ attempts: 1, hold_reason: null })
    }
  })

  it('holds only the messages of a paused template, and releases them when it is lifted', async () => {
    await world.emulator.control.changeTemplate(
      { name: 'po_notification', language: 'de' },
      { status: 'PAUSED' },
    )
    const held = await publish({ language: 'de' })
    expect(await world.until(held, 'held')).toMatchObject({ hold_reason: 'template_paused' })
    expect(await world.until(await publish(), 'read')).toMatchObject({ status: 'READ' })
    await world.emulator.control.changeTemplate(
      { name: 'po_notification', language: 'de' },
      { status: 'APPROVED' },
    )
    await passGates()
    expect(await world.until(held, 'read')).toMatchObject({ attempts: 1 })
  })

  it('lets a throttled recipient wait without failing', async () => {
    const phone = '+34600111333'
    world.emulator.control.script({ behaviour: 'refuse', code: 131056, to: phone, times: 1 })
    const id = await publish({ supplier_phone: phone })
    // the wait of six seconds is shortened here; retry-policy.test.ts has its length
    await world.when(
      id,
      (message) => message.state === 'queued' && message['error_code'] === '131056',
    )
    await beDue(id)
    expect(await world.until(id, 'read')).toMatchObject({ attempts: 2 })
  })

  it('shows what the supplier answered in the timeline', async () => {
    const id = await publish()
    const { whatsapp_message_id: wamid } = await world.until(id, 'read')
    await world.emulator.control.reply({
      kind: 'text',
      text: 'Vale, el martes',
      wamid: String(wamid),
    })
    // An answer is judged after the webhook that brought it is committed.
    await vi.waitFor(
      async () => {
        const replies = (await timelineOf(id)).filter((entry) => entry.kind === 'reply')
        expect(replies).toMatchObject([{ text: 'Vale, el martes' }])
      },
      { timeout: 20_000 },
    )
  })

  it('sends a burst once each and reads them all', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => publish()))
    for (const id of ids) await world.until(id, 'read')
    await world.emulator.control.settled()
    expect(world.emulator.control.duplicates('message')).toEqual(new Map())
  })
})
