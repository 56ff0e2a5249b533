import { Connection } from 'rabbitmq-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { shippedTemplates } from '../../src/template/shipped-templates.ts'
import { callApi } from '../support/call-api.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Published {
  event_type: string
  data: { message_id: string; [key: string]: unknown }
}
const SOON = { timeout: 30_000 }
const PATH = '/api/v1/whatsapp/templates'

await describeWithVhost('a template of orders, from its submission to the answer', (vhost) => {
  let world: World
  let connection: Connection
  const published: Published[] = []
  beforeAll(async () => {
    const session = { 'aviso.publish': EVENT_TYPES.join(',') }
    world = await openWorld(await openAnyMigrated(session), {
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
    const channel = await connection.acquire()
    await channel.exchangeDeclare({
      exchange: 'notification.events',
      type: 'topic',
      durable: true,
    })
    const { queue } = await channel.queueDeclare({ exclusive: true })
    await channel.basicConsume({ queue, noAck: true }, (message) => {
      published.push(message.body as Published)
    })
    await channel.queueBind({ queue, exchange: 'notification.events', routingKey: '#' })
  })
  afterAll(async () => {
    connection.unsafeDestroy()
    await world.close()
  })

  const template = async (id: unknown) =>
    (await callApi(world.app.url, `${PATH}/${String(id)}`)).body

  it('is submitted, approved, used by the next order, tapped by the supplier, and counted', async () => {
    const draft = shippedTemplates('po_notification_reply')?.find(
      ({ language }) => language === 'es',
    )
    const made = await callApi(world.app.url, PATH, { body: draft })
    expect(made).toMatchObject({ status: 201, body: { findings: [] } })
    await expect
      .poll(async () => (await template(made.body['id']))['status'], SOON)
      .toBe('APPROVED')

    // the copy that orders are chosen from is at most a second old
    let id = ''
    let number = 0
    await expect
      .poll(async () => {
        number += 1
        id = await world.publish(orderEvent(number))
        return (await world.message(id))['template_name']
      }, SOON)
      .toBe('po_notification_reply')
    const sent = await world.until(id, 'read')
    const tapped = await world.emulator.control.reply({
      kind: 'button',
      wamid: String(sent['whatsapp_message_id']),
      index: 0,
    })
    expect(tapped.kind).not.toBe('refused')
    const answers = () =>
      published.filter(
        ({ event_type, data }) => event_type.startsWith('po.') && data.message_id === id,
      )
    await expect.poll(answers, SOON).toHaveLength(1)
    expect(answers()[0]).toMatchObject({
      event_type: 'po.acknowledged',
      data: { reply: { text: 'Confirmar', payload: 'aviso:po.acknowledged', superseded: false } },
    })
    expect((await world.message(id))['timeline']).toContainEqual(
      expect.objectContaining({ kind: 'reply', text: 'Confirmar' }),
    )
    await expect
      .poll(async () => (await template(made.body['id']))['sent_count'], SOON)
      .toBeGreaterThanOrEqual(1)
  })
})
