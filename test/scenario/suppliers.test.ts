import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

describeEachMigratedDatabase('a supplier of the directory', (open) => {
  let world: World
  let number = 700
  beforeAll(async () => {
    world = await openWorld(await open())
  })
  afterAll(() => world.close())

  const publish = () => {
    number += 1
    const data = { supplier_id: 'horno-1', supplier_phone: null, language: null }
    return world.publish(orderEvent(number, data))
  }
  const supplier = () => world.get('/api/v1/suppliers/horno-1')
  /** As if the six seconds of the recipient were over. */
  const endPace = () => world.database.query('delete from recipient_pace returning 1', [])
  const untilSupplier = async (holds: (found: Record<string, unknown>) => boolean) => {
    // The webhook is answered after its commit, and the emulator waits for the answer.
    await world.emulator.control.settled()
    const found = await supplier()
    expect(holds(found)).toBe(true)
    return found
  }

  it('is imported, written to under its number and in its language, and heeded when it writes STOP', async () => {
    const early = await publish()
    expect(await world.until(early, 'failed')).toMatchObject({ error_code: 'no_phone' })

    const response = await fetch(`${world.app.url}/api/v1/suppliers/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/csv; charset=utf-8' },
      body: 'supplier_id;name;phone;language;email;opted_out\nhorno-1;Horno Ñandú;+34 600 333 001;es;;\n',
    })
    expect(await response.json()).toEqual({ created: 1, updated: 0, unchanged: 0, rejected: [] })

    const retry = await fetch(`${world.app.url}/api/v1/whatsapp/messages/${early}/retry`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    })
    expect(retry.status).toBe(202)
    expect(await world.until(early, 'read')).toMatchObject({
      recipient_phone: '+34600333001',
      template_language: 'es',
    })

    const [sent] = world.emulator.control.accepted({ callbackPrefix: `1.${early}.` })
    await world.emulator.control.reply({ kind: 'text', text: 'Baja', wamid: sent?.wamid })
    await untilSupplier((found) => found['opted_out_at'] !== null)
    await endPace()
    const refused = await publish()
    const message = await world.until(refused, 'failed')
    expect(message).toMatchObject({ status: 'FAILED', error_code: 'opted_out', attempts: 0 })
    expect(message['remedy']).toContain('another channel')
    expect(world.emulator.control.accepted({ callbackPrefix: `1.${refused}.` })).toEqual([])
  })

  it('is written to under the new number that WhatsApp announces', async () => {
    const found = await supplier()
    const agreed = await fetch(`${world.app.url}/api/v1/suppliers/horno-1`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...found, opted_out_at: null }),
    })
    expect(agreed.status).toBe(200)
    await world.emulator.control.reply({
      kind: 'message',
      from: '34600333001',
      content: {
        type: 'system',
        system: { type: 'user_changed_number', body: 'changed', wa_id: '34600333002' },
      },
    })
    await untilSupplier(({ phones }) => JSON.stringify(phones) === '["+34600333002"]')
    const id = await publish()
    expect(await world.until(id, 'read')).toMatchObject({ recipient_phone: '+34600333002' })
  })
})
