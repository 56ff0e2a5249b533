import { afterAll, beforeAll, expect, it } from 'vitest'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const SOON = { timeout: 20_000 }

describeEachMigratedDatabase('what webhooks leave out', (open) => {
  let world: World
  let number = 500
  beforeAll(async () => {
    world = await openWorld(await open({ 'aviso.publish': EVENT_TYPES.join(',') }), {
      sending: { sendTimeoutMs: 1500 },
      // Longer than what the live stream looks at anew (3 s): what history tells has to be told by itself.
      config: { gapSeconds: 4 },
    })
  })
  afterAll(() => world.close())

  const publish = (phone: string) => {
    number += 1
    return world.publish(orderEvent(number, { supplier_phone: phone }))
  }
  const gapsOf = async (id: string, query = '') => {
    const { data } = await world.get(`/api/v1/whatsapp/gaps?limit=200${query}`)
    return (data as Record<string, unknown>[]).filter((gap) => gap['message_id'] === id)
  }
  const webhooksPart = async () => {
    const health = await world.get('/api/v1/whatsapp/health')
    return (health['parts'] as Record<string, Record<string, unknown>>)['webhooks']
  }

  it('is asked of Meta’s history where a wamid is known, and applied as what Meta told us', async () => {
    const phone = '+34600333001'
    world.emulator.control.script({ behaviour: 'missing', to: phone, times: 1 })
    const id = await publish(phone)
    const message = await world.until(id, 'read')
    expect(message).toMatchObject({ status: 'READ', delivered_at: expect.any(String) as unknown })
    await expect
      .poll(() => gapsOf(id, '&open=false'), SOON)
      .toMatchObject([
        {
          kind: 'no_status',
          whatsapp_message_id: message['whatsapp_message_id'],
          answer: 'statuses',
          closed_at: expect.any(String) as unknown,
        },
      ])
    expect(await gapsOf(id)).toEqual([])
  })

  it('never settles a send in doubt, nor makes silence look as if webhooks flowed', async () => {
    const phone = '+34600333002'
    const before = await world.database.query('select * from webhook_watermarks', [])
    world.emulator.control.script({ behaviour: 'accept_then_silence', to: phone, times: 1 })
    const doubtful = await publish(phone)
    await world.until(doubtful, 'in_doubt')
    const other = '+34600333003'
    world.emulator.control.script({ behaviour: 'missing', to: other, times: 1 })
    await world.until(await publish(other), 'read')
    expect(await world.message(doubtful)).toMatchObject({ state: 'in_doubt' })
    expect(await gapsOf(doubtful, '&open=false')).toEqual([])
    expect(await world.database.query('select * from webhook_watermarks', [])).toEqual(before)
  })

  it('is said of a message that was not delivered within Meta’s time to live', async () => {
    const phone = '+34600333004'
    world.emulator.control.script({ behaviour: 'sent_only', to: phone, times: 1 })
    const id = await publish(phone)
    await world.until(id, 'sent')
    await world.database.query(
      `update whatsapp_attempts set started_at = started_at - interval '32 days' where message_id = $1 returning 1`,
      [id],
    )
    await world.database.query(
      `update webhook_gap_scans set scanned_to = clock_timestamp() - interval '33 days'
         where kind = 'undelivered' returning 1`,
      [],
    )
    const message = await world.when(id, ({ remedy }) => remedy !== null)
    expect(message).toMatchObject({
      state: 'sent',
      remedy: expect.stringContaining('time to live') as unknown,
    })
    expect(message['timeline']).toContainEqual(
      expect.objectContaining({ kind: 'action', text: 'undelivered', actor: 'aviso' }),
    )
    expect(await gapsOf(id)).toMatchObject([{ kind: 'undelivered', closed_at: null }])
    expect(await webhooksPart()).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining('1 messages were not delivered') as unknown,
    })
    expect(
      await world.database.query(
        `select routing_key, status from outgoing_events where message_id = $1`,
        [id],
      ),
    ).toContainEqual({ routing_key: 'whatsapp.message.needs_attention', status: 'SENT' })
  })

  it('shows in health that webhooks come with a wrong signature', async () => {
    for (const signature of ['sha256=00', `sha256=${'0'.repeat(64)}`]) {
      const answer = await fetch(`${world.app.url}/api/v1/whatsapp/webhook`, {
        method: 'POST',
        body: '{}',
        headers: { 'x-hub-signature-256': signature },
      })
      expect(answer.status).toBe(401)
    }
    await expect.poll(webhooksPart, SOON).toMatchObject({
      status: 'degraded',
      detail: expect.stringContaining(
        '2 webhooks of the last hour had a wrong signature',
      ) as unknown,
      remedy: expect.stringContaining('WHATSAPP_APP_SECRET') as unknown,
    })
  })
})
