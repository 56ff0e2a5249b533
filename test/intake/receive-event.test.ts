import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createIntake } from '../../src/intake/receive-event.ts'
import type { Delivery } from '../../src/intake/event-source.ts'
import type { IntakeOptions } from '../../src/intake/receive-event.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { delivery, orderEvent, TENANT } from '../support/orders.ts'

describeEachMigratedDatabase('intake', (open) => {
  let database: Database
  let next = 0
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const setup = (more: Partial<IntakeOptions> = {}) => {
    next += 100
    const receive = createIntake({
      database,
      logger: pino({ level: 'silent' }),
      createId,
      expiryHours: 72,
      knownTenants: null,
      defaultCountry: null,
      defaultLanguage: 'en',
      notificationsEnabled: true,
      onlyTo: null,
      orderTemplates: () => null,
      onBatch: () => undefined,
      ...more,
    })
    return { receive, number: next }
  }
  const messagesOf = (eventId: string) =>
    database.query('select * from whatsapp_messages where event_id = $1', [eventId])
  const rejectedOf = (eventId: string) =>
    database.query<{ code: string; raw: Uint8Array; errors: { field: string }[] }>(
      'select * from rejected_events where event_id = $1',
      [eventId],
    )

  it('turns an event into one queued message with the three parameters of po_notification', async () => {
    const { receive, number } = setup()
    const outcome = await receive(delivery(orderEvent(number)))
    expect(outcome).toMatchObject({ kind: 'accepted', status: 'PENDING' })
    const rows = await messagesOf(`event-${String(number)}`)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      tenant_id: TENANT,
      state: 'queued',
      status: 'PENDING',
      message_type: 'TEMPLATE',
      template_name: 'po_notification',
      template_language: 'es',
      template_parameters: [
        'Harinas del Sur',
        `PO-2026-${String(number).padStart(4, '0')}`,
        '1.234,50 €',
      ],
      recipient_phone: `+3461${String(2000000 + number)}`,
      metadata: orderEvent(number)['data'],
    })
    expect(rows[0]?.['due_at']).toBeInstanceOf(Date)
  })

  it('keeps every digit of a long number, and sees that another one is another content', async () => {
    const { receive, number } = setup()
    const event = (digits: string): Delivery => {
      const text = JSON.stringify(orderEvent(number, { contract: 'DIGITS' }))
      return { ...delivery(orderEvent(number)), raw: Buffer.from(text.replace('"DIGITS"', digits)) }
    }
    const digits = '12345678901234567890'
    expect(await receive(event(digits))).toMatchObject({ kind: 'accepted' })
    expect(await messagesOf(`event-${String(number)}`)).toMatchObject([
      { metadata: { contract: digits } },
    ])
    expect(await receive(event(digits))).toMatchObject({ kind: 'duplicate' })
    expect(await receive(event('12345678901234567891'))).toMatchObject({ kind: 'conflict' })
  })

  it('takes no event of a tenant that is not known, and keeps it under rejected events', async () => {
    const { receive, number } = setup({ knownTenants: new Set([TENANT]) })
    expect(await receive(delivery(orderEvent(number)))).toMatchObject({ kind: 'accepted' })
    const tenant_id = '11111111-1111-4111-8111-111111111111'
    const other = delivery(orderEvent(number + 1, {}, { tenant_id }))
    expect(await receive(other)).toMatchObject({ kind: 'rejected', code: 'unknown_tenant' })
    expect(await rejectedOf(`event-${String(number + 1)}`)).toMatchObject([
      { code: 'unknown_tenant', tenant_id },
    ])
    expect(await messagesOf(`event-${String(number + 1)}`)).toEqual([])
  })

  it('keeps an event that must not be read with its bytes, and reads nothing of it', async () => {
    const { receive, number } = setup()
    const given = delivery(orderEvent(number), { isUnreadable: true, source: 'rabbitmq' })
    expect(await receive(given)).toMatchObject({
      kind: 'rejected',
      code: 'validation_failed',
      detail: expect.stringContaining('handled this event alone') as unknown,
    })
    expect(await messagesOf(`event-${String(number)}`)).toEqual([])
    const kept = await database.query('select raw from rejected_events where raw = $1', [given.raw])
    expect(kept).toHaveLength(1)
  })

  it('answers the same event again with the first message and makes nothing new', async () => {
    const { receive, number } = setup()
    const first = await receive(delivery(orderEvent(number)))
    const again = await receive(delivery(orderEvent(number)))
    expect(again).toMatchObject({
      kind: 'duplicate',
      messageId: 'messageId' in first ? first.messageId : '',
    })
    expect(await messagesOf(`event-${String(number)}`)).toHaveLength(1)
  })

  it('still knows an event whose message is older than messages are kept, and no longer its status', async () => {
    const { receive, number } = setup()
    const first = await receive(delivery(orderEvent(number)))
    const messageId = 'messageId' in first ? first.messageId : ''
    await database.query('delete from whatsapp_messages where id = $1 returning 1', [messageId])
    expect(await receive(delivery(orderEvent(number)))).toMatchObject({
      kind: 'duplicate',
      messageId,
      status: null,
    })
  })

  it('takes the same content in another order of keys for the same event', async () => {
    const { receive, number } = setup()
    const event = orderEvent(number)
    await receive(delivery(event))
    const reversed = Object.fromEntries(Object.entries(event['data'] as object).reverse())
    expect(await receive(delivery({ ...event, data: reversed }))).toMatchObject({
      kind: 'duplicate',
    })
  })

  it('keeps another content under a known event id as a conflict and sends nothing', async () => {
    const { receive, number } = setup()
    await receive(delivery(orderEvent(number)))
    const outcome = await receive(delivery(orderEvent(number, { total_amount: '9.99' })))
    expect(outcome).toMatchObject({ kind: 'conflict' })
    expect(await messagesOf(`event-${String(number)}`)).toHaveLength(1)
    expect(await rejectedOf(`event-${String(number)}`)).toMatchObject([{ code: 'conflict' }])
  })

  it('makes one message of one approval that comes under two event ids', async () => {
    const { receive, number } = setup()
    const first = orderEvent(number, { revision: 3 })
    const second = { ...first, event_id: `other-${String(number)}` }
    const a = await receive(delivery(first))
    const b = await receive(delivery(second))
    expect(b).toMatchObject({ kind: 'duplicate', messageId: 'messageId' in a ? a.messageId : '' })
    // and the second id is remembered, too
    expect(await receive(delivery(second))).toMatchObject({ kind: 'duplicate' })
    const changed = orderEvent(
      number,
      { revision: 3, total_amount: '1.00' },
      { event_id: `third-${String(number)}` },
    )
    expect(await receive(delivery(changed))).toMatchObject({ kind: 'conflict' })
    expect(
      await receive(
        delivery(orderEvent(number, { revision: 4 }, { event_id: `fourth-${String(number)}` })),
      ),
    ).toMatchObject({ kind: 'accepted' })
  })

  it('accepts a mended event whose conflicting form was refused', async () => {
    const { receive, number } = setup()
    await receive(delivery(orderEvent(number, { revision: 1 })))
    const id = `mended-${String(number)}`
    const conflicting = orderEvent(number, { revision: 1, total_amount: '2.00' }, { event_id: id })
    expect(await receive(delivery(conflicting))).toMatchObject({ kind: 'conflict' })
    const mended = orderEvent(number, { revision: 2, total_amount: '2.00' }, { event_id: id })
    expect(await receive(delivery(mended))).toMatchObject({ kind: 'accepted' })
  })

  it('decides a batch with duplicates and conflicts inside as if they had come one by one', async () => {
    const { receive, number } = setup()
    const outcomes = await Promise.all([
      receive(delivery(orderEvent(number))),
      receive(delivery(orderEvent(number))),
      receive(delivery(orderEvent(number, { currency: 'USD' }))),
      receive(delivery(orderEvent(number + 1))),
      receive(delivery('{"broken')),
    ])
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([
      'accepted',
      'duplicate',
      'conflict',
      'accepted',
      'rejected',
    ])
  })

  it('makes one message when two processes take the same event at once', async () => {
    const { receive: one, number } = setup()
    const { receive: two } = setup()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two)(delivery(orderEvent(number))),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.kind === 'duplicate')).toHaveLength(19)
    expect(await messagesOf(`event-${String(number)}`)).toHaveLength(1)
  })

  it('records an order without a readable phone as a failed message that a buyer sees', async () => {
    const { receive, number } = setup()
    await receive(delivery(orderEvent(number, { supplier_phone: null })))
    await receive(delivery(orderEvent(number + 1, { supplier_phone: 'ask Pepe' })))
    expect(await messagesOf(`event-${String(number)}`)).toMatchObject([
      { status: 'FAILED', error_code: 'no_phone', needs_attention: true, due_at: null },
    ])
    expect(await messagesOf(`event-${String(number + 1)}`)).toMatchObject([
      { status: 'FAILED', error_code: 'invalid_phone', recipient_input: 'ask Pepe' },
    ])
  })

  it('keeps what it cannot understand with its bytes and names every bad field', async () => {
    const { receive, number } = setup()
    const event = orderEvent(number, {
      currency: 'XXZ',
      total_amount: '12,50',
      po_number: undefined,
    })
    const outcome = await receive(delivery(event))
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'validation_failed' })
    const fields =
      outcome.kind === 'rejected' ? outcome.errors.map((error) => error.field).sort() : []
    expect(fields).toEqual(['data.currency', 'data.po_number', 'data.total_amount'])
    const [row] = await rejectedOf(`event-${String(number)}`)
    expect(Buffer.from(row?.raw ?? []).toString()).toBe(JSON.stringify(event))
  })

  it('refuses NUL, lone surrogates and __proto__ as values of the event, and goes on', async () => {
    const { receive, number } = setup()
    const bad = [
      JSON.stringify(orderEvent(number, { supplier_name: 'a\0b' })),
      JSON.stringify(orderEvent(number)).replace('Harinas', '\\ud800Harinas'),
      JSON.stringify(orderEvent(number)).replace('"po_id"', '"__proto__":{"a":1},"po_id"'),
    ]
    for (const raw of bad) {
      expect(await receive(delivery(raw))).toMatchObject({
        kind: 'rejected',
        code: 'validation_failed',
      })
    }
    expect(await receive(delivery(orderEvent(number)))).toMatchObject({ kind: 'accepted' })
  })

  it('holds instead of queueing while notifications are off, or the number is not in the allow list', async () => {
    const off = setup({ notificationsEnabled: false })
    await off.receive(delivery(orderEvent(off.number)))
    expect(await messagesOf(`event-${String(off.number)}`)).toMatchObject([
      { state: 'held', hold_reason: 'notifications_disabled' },
    ])
    const listed = setup({ onlyTo: ['+34600000001'] })
    await listed.receive(delivery(orderEvent(listed.number)))
    expect(await messagesOf(`event-${String(listed.number)}`)).toMatchObject([
      { state: 'held', hold_reason: 'not_in_allow_list' },
    ])
  })
})
