import { afterAll, beforeAll, expect, it } from 'vitest'
import { callbackData } from '../../src/message/message.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

describeEachMigratedDatabase('a person’s actions on an order', (open) => {
  let world: World
  let number = 900
  beforeAll(async () => {
    world = await openWorld(await open(), {
      sending: { sendTimeoutMs: 600, doubtWindowSeconds: 0 },
    })
  })
  afterAll(() => world.close())

  const publish = (phone: string) => {
    number += 1
    return world.publish(orderEvent(number, { supplier_phone: phone }))
  }
  const act = async (id: string, action: string, body?: unknown): Promise<number> => {
    const response = await fetch(`${world.app.url}/api/v1/whatsapp/messages/${id}/${action}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return response.status
  }
  const callbacksOf = (id: string) =>
    world.emulator.control
      .accepted({ callbackPrefix: `1.${id}.` })
      .map((accepted) => accepted.callbackData)
  /** As if the six seconds of the recipient were over. */
  const endPace = () => world.database.query('delete from recipient_pace returning 1', [])

  it('reaches READ after a refusal and a retry, accepted once', async () => {
    const phone = '+34600222001'
    world.emulator.control.script({ behaviour: 'refuse', code: 131030, to: phone, times: 1 })
    const id = await publish(phone)
    await world.until(id, 'failed')
    await endPace()
    expect(await act(id, 'retry')).toBe(202)
    expect(await world.until(id, 'read')).toMatchObject({
      status: 'READ',
      attempts: 2,
      error_code: null,
    })
    expect(callbacksOf(id)).toEqual([callbackData(id, 2)])
    expect(await act(id, 'retry')).toBe(409)
  })

  it('reaches READ after a failure that Meta reported later, accepted once per attempt', async () => {
    const phone = '+34600222002'
    world.emulator.control.script({ behaviour: 'fail', code: 131026, to: phone, times: 1 })
    const id = await publish(phone)
    await world.until(id, 'failed')
    await endPace()
    expect(await act(id, 'retry')).toBe(202)
    const message = await world.until(id, 'read')
    expect(callbacksOf(id)).toEqual([callbackData(id, 1), callbackData(id, 2)])
    const second = world.emulator.control
      .accepted({ callbackPrefix: callbackData(id, 2) })
      .map((accepted) => accepted.wamid)
    expect([message['whatsapp_message_id']]).toEqual(second)
    expect(message).toMatchObject({ error_code: null, failed_at: null, attempts: 2 })
    const kinds = (message['timeline'] as { kind: string }[]).map((entry) => entry.kind)
    expect(kinds.indexOf('action')).toBeGreaterThan(kinds.indexOf('status'))
    expect(kinds.indexOf('action')).toBeLessThan(kinds.lastIndexOf('attempt'))
  })

  it('sends an unconfirmed order again when a person says so', async () => {
    const phone = '+34600222003'
    world.emulator.control.script({ behaviour: 'cut', to: phone, times: 1 })
    const id = await publish(phone)
    await world.until(id, 'in_doubt', 'unconfirmed')
    await world.database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at)
       values ((select phone_number_id from whatsapp_messages where id = $1), clock_timestamp() + interval '1 day')
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [id],
    )
    await world.database.query(
      `update whatsapp_messages set due_at = clock_timestamp() where id = $1 and state = 'in_doubt' returning 1`,
      [id],
    )
    await world.until(id, 'unconfirmed')
    await endPace()
    expect(await act(id, 'resolve', { as: 'resend' })).toBe(202)
    expect(await world.until(id, 'read')).toMatchObject({ attempts: 2 })
    expect(callbacksOf(id)).toEqual([callbackData(id, 2)])
  })
})
