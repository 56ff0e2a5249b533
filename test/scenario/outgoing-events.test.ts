import { Connection } from 'rabbitmq-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { failingNumber } from '../../src/emulator/magic-numbers.ts'
import { replyPayload } from '../../src/message/reply-payload.ts'
import type { Answer } from '../../src/message/reply-payload.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { openMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Published {
  event_type: string
  data: { message_id: string; sequence: number; [key: string]: unknown }
}
const SOON = { timeout: 15_000 }

await describeWithVhost('what the service publishes', (vhost) => {
  let world: World
  let connection: Connection
  const published: Published[] = []
  let number = 0
  beforeAll(async () => {
    const database = await openMigrated(
      { kind: 'pglite' },
      { 'aviso.publish': EVENT_TYPES.join(',') },
    )
    world = await openWorld(database, {
      events: {
        kind: 'rabbitmq',
        url: vhost().url,
        exchange: 'procurement.events',
        routingKey: 'po.approved',
        queue: 'notification-service.po-approved',
        topology: 'declare',
        publish: ['#'],
        unboundHours: 72,
        unboundPauseSeconds: 1,
      },
    })
    connection = new Connection({ url: vhost().url })
  })
  afterAll(async () => {
    connection.unsafeDestroy()
    await world.close()
  })

  const publish = (data: Record<string, unknown> = {}) => {
    number += 1
    return world.publish(orderEvent(number, data))
  }
  const health = async () =>
    (await world.get('/api/v1/whatsapp/health')) as {
      status: string
      parts: { broker: { status: string; detail: string; remedy: string } }
      queue: { outbox: number }
    }
  const bind = async (): Promise<void> => {
    const channel = await connection.acquire()
    const { queue } = await channel.queueDeclare({ exclusive: true })
    await channel.basicConsume({ queue, noAck: true }, (message) => {
      published.push(message.body as Published)
    })
    await channel.queueBind({ queue, exchange: 'notification.events', routingKey: '#' })
  }
  const of = (id: string) => published.filter((event) => event.data.message_id === id)
  const typesOf = (id: string) => of(id).map((event) => event.event_type)
  const tap = (wamid: string, answer: Answer, text: string) =>
    world.emulator.control.reply({
      kind: 'message',
      wamid,
      content: { type: 'button', button: { payload: replyPayload(answer), text } },
    })

  it('waits while nobody listens, which health says, and comes whole and in order when somebody does', async () => {
    const id = await publish({ supplier_phone: failingNumber(131026) })
    await world.until(id, 'failed')
    await expect.poll(async () => (await health()).parts.broker.status, SOON).toBe('degraded')
    // The broker is reached a moment after the start, and asked once it is.
    await expect
      .poll(async () => (await health()).parts.broker.detail, SOON)
      .toContain('whatsapp.message.sent (1)')
    const { status, parts, queue } = await health()
    expect(status).toBe('degraded')
    expect(parts.broker.detail).toContain('whatsapp.message.sent (1)')
    expect(parts.broker.remedy).toContain('AVISO_PUBLISH')
    expect(queue.outbox).toBe(3)
    expect((await fetch(`${world.app.url}/readyz`)).status).toBe(200)

    await bind()
    await expect
      .poll(() => typesOf(id), SOON)
      .toEqual([
        'whatsapp.message.sent',
        'whatsapp.message.failed',
        'whatsapp.message.needs_attention',
      ])
    expect(of(id)[1]).toMatchObject({
      data: {
        status: 'FAILED',
        error_code: '131026',
        remedy: expect.stringContaining('number'),
        po_number: 'PO-2026-0001',
      },
    })
    await expect.poll(async () => (await health()).queue.outbox, SOON).toBe(0)
    expect((await health()).parts.broker).toMatchObject({ status: 'ok', remedy: null })
  })

  it('tells what the supplier answers, also that he changed his mind', async () => {
    const id = await publish()
    const { whatsapp_message_id: wamid } = await world.until(id, 'read')
    await tap(String(wamid), 'acknowledged', 'Confirmar')
    await expect.poll(() => typesOf(id).includes('po.acknowledged'), SOON).toBe(true)
    await tap(String(wamid), 'rejected', 'Rechazar')
    await world.emulator.control.reply({
      kind: 'text',
      wamid: String(wamid),
      text: 'El lunes cerramos',
    })
    await expect.poll(() => typesOf(id).length, SOON).toBe(6)
    expect(typesOf(id).slice(0, 3)).toEqual([
      'whatsapp.message.sent',
      'whatsapp.message.delivered',
      'whatsapp.message.read',
    ])
    expect(of(id).slice(3)).toMatchObject([
      {
        event_type: 'po.acknowledged',
        data: { status: 'READ', reply: { text: 'Confirmar', superseded: false } },
      },
      { event_type: 'po.rejected', data: { reply: { text: 'Rechazar', superseded: true } } },
      {
        event_type: 'po.question',
        data: { reply: { text: 'El lunes cerramos', payload: null, superseded: false } },
      },
    ])
    const { timeline } = await world.message(id)
    const replies = (timeline as { kind: string; text: string }[]).filter(
      ({ kind }) => kind === 'reply',
    )
    expect(replies.map(({ text }) => text)).toEqual(['Confirmar', 'Rechazar', 'El lunes cerramos'])
  })

  it('tells nothing of what somebody else answers', async () => {
    const id = await publish()
    const { whatsapp_message_id: wamid } = await world.until(id, 'read')
    await world.emulator.control.reply({
      kind: 'message',
      wamid: String(wamid),
      from: '34699999999',
      content: { type: 'button', button: { payload: replyPayload('rejected'), text: 'Rechazar' } },
    })
    await tap(String(wamid), 'acknowledged', 'Confirmar')
    await expect.poll(() => typesOf(id).length, SOON).toBe(4)
    expect(of(id)[3]).toMatchObject({
      event_type: 'po.acknowledged',
      data: { reply: { superseded: false } },
    })
  })
})
