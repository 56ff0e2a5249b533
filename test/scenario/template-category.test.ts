import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextRecipient } from '../support/messages.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const SOON = { timeout: 20_000 }

describe('a template of orders that Meta makes marketing', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
  })
  afterAll(() => world.close())

  const part = async () =>
    (
      (await world.get('/api/v1/whatsapp/health')) as {
        parts: { templates: { status: string; detail: string; remedy: string | null } }
      }
    ).parts.templates

  it('is told of in money: what the messages of the last 30 days would have cost more', async () => {
    const order = orderEvent(1, { language: 'es', supplier_phone: nextRecipient() })
    await world.until(await world.publish(order), 'read')
    const es = { name: 'po_notification', language: 'es' }
    await world.emulator.control.changeTemplate(es, { category: 'MARKETING' })
    await expect.poll(part, SOON).toMatchObject({
      detail: expect.stringMatching(
        /In the market Spain a message costs 0\.0707 instead of 0\.0200 USD; as marketing instead of utility, the one message delivered with it in the 30 days before would have cost 0\.0707 instead of 0\.0200 USD, 0\.0507 more\.$/,
      ),
    })
    await world.emulator.control.changeTemplate(es, { category: 'UTILITY' })
    await expect.poll(part, SOON).toMatchObject({ status: 'ok' })
  })

  it('is seen in health, announced and then done, and remembered with who said so', async () => {
    expect(await part()).toMatchObject({ status: 'ok' })
    const which = { message_template_name: 'po_notification', message_template_language: 'es' }
    await world.emulator.control.sendWebhook('template_category_update', {
      ...which,
      message_template_id: '1',
      new_category: 'UTILITY',
      correct_category: 'MARKETING',
    })
    await expect.poll(part, SOON).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/will count as marketing: po_notification\/es/),
    })
    await world.emulator.control.changeTemplate(
      { name: 'po_notification', language: 'es' },
      { category: 'MARKETING' },
    )
    await expect.poll(part, SOON).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/as marketing with po_notification\/es\. Each message costs/),
      remedy: expect.stringContaining('lint'),
    })
    const events = await world.database.query(
      `select kind, actor, detail ->> 'from' as was, detail ->> 'to' as is from template_events
       where template_name = 'po_notification' and language = 'es' and kind = 'category' order by id`,
      [],
    )
    expect(events.at(-1)).toEqual({
      kind: 'category',
      actor: null,
      was: 'UTILITY',
      is: 'MARKETING',
    })
  })
})
