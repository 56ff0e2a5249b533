import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { CREDENTIALS } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Entry {
  kind: string
  text?: string
}

describeEachMigratedDatabase('a template that may not be sent', (open) => {
  let world: World
  let number = 0
  beforeAll(async () => {
    world = await openWorld(await open(), {
      sending: { templateSyncSeconds: 1 },
      before: (emulator) => {
        emulator.control.expireToken()
      },
    })
  })
  afterAll(() => world.close())

  const publish = (data: Record<string, unknown> = {}) => {
    number += 1
    return world.publish(orderEvent(number, data))
  }
  const change = (language: string, status: string) =>
    world.emulator.control.changeTemplate({ name: 'po_notification', language }, { status })
  const attempts = (id: string) =>
    world.database.query('select 1 from whatsapp_attempts where message_id = $1', [id])

  it('holds everything until the first read of the list has succeeded, then lets it go', async () => {
    const id = await publish({ language: 'es-MX' })
    // the live stream may still be opening: its first listener hears nothing of what was before
    await expect.poll(async () => (await world.message(id)).state, { timeout: 20_000 }).toBe('held')
    expect(await world.message(id)).toMatchObject({
      hold_reason: 'templates_unknown',
      attempts: 0,
      remedy: expect.stringContaining('credentials'),
    })
    world.emulator.control.replaceToken(CREDENTIALS.accessToken)
    // the wait between two failed reads grows; it is over now
    await world.database.query(
      'update template_accounts set next_sync_at = clock_timestamp() returning 1',
      [],
    )
    const message = await world.until(id, 'read')
    expect(message).toMatchObject({ template_language: 'es', hold_reason: null, attempts: 1 })
    expect((message['timeline'] as Entry[])[0]).toMatchObject({
      kind: 'state',
      text: expect.stringContaining('es_MX'),
    })
  })

  it('holds its messages while it is paused, without an attempt, and releases them by itself', async () => {
    await change('de', 'PAUSED')
    const held = await publish({ language: 'de' })
    expect(await world.until(held, 'held')).toMatchObject({
      hold_reason: 'template_paused',
      attempts: 0,
    })
    expect(await attempts(held)).toHaveLength(0)
    expect(await world.until(await publish(), 'read')).toMatchObject({ template_language: 'es' })
    await change('de', 'APPROVED')
    expect(await world.until(held, 'read')).toMatchObject({ attempts: 1, hold_reason: null })
    expect(await attempts(held)).toHaveLength(1)
  })

  it('is found and lifted by the poll where the webhook is lost', async () => {
    world.emulator.control.setWebhooks({ paused: true })
    const changed = change('fr', 'PAUSED')
    const held = await publish({ language: 'fr' })
    expect(await world.until(held, 'held')).toMatchObject({ hold_reason: 'template_paused' })
    await expect.poll(() => statusOf('fr'), { timeout: 20_000 }).toBe('PAUSED')
    const restored = change('fr', 'APPROVED')
    await expect
      .poll(async () => (await world.message(held)).state, { timeout: 20_000 })
      .toMatch(/accepted|sent/)
    world.emulator.control.setWebhooks({ paused: false })
    await Promise.all([changed, restored])
    expect(await world.until(held, 'read')).toMatchObject({ attempts: 1 })
  })

  it.each([
    ['it', 'DISABLED', 'template_disabled'],
    ['de', 'REJECTED', 'template_not_approved'],
    ['ca', 'A_WORD_OF_TOMORROW', 'template_not_approved'],
  ])('holds the orders in %s when it is %s', async (language, status, reason) => {
    await change(language, status)
    await expect.poll(() => statusOf(language), { timeout: 20_000 }).toBe(status)
    const held = await publish({ language })
    expect(await world.until(held, 'held')).toMatchObject({ hold_reason: reason, attempts: 0 })
    await change(language, 'APPROVED')
    expect(await world.until(held, 'read')).toMatchObject({ attempts: 1 })
  })

  it('holds what Meta has deleted', async () => {
    const [row] = await world.database.query<{ meta_id: string }>(
      `select meta_id from whatsapp_templates where template_name = 'po_notification' and language = 'ca'`,
    )
    const url = `${world.emulator.url}/v25.0/${CREDENTIALS.businessAccountId}/message_templates?name=po_notification&hsm_id=${String(row?.meta_id)}`
    const headers = { authorization: `Bearer ${CREDENTIALS.accessToken}` }
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
    await expect.poll(() => statusOf('ca'), { timeout: 20_000 }).toBe('DELETED')
    // an order in Catalan goes in the default language now; one that waits would be held
    expect(await world.until(await publish({ language: 'ca' }), 'read')).toMatchObject({
      template_language: 'en',
    })
  })

  async function statusOf(language: string): Promise<unknown> {
    const rows = await world.database.query<{ status: string }>(
      `select status from whatsapp_templates where template_name = 'po_notification' and language = $1`,
      [language],
    )
    return rows[0]?.status
  }
})
