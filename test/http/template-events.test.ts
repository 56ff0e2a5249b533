import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callApi, createKey } from '../support/call-api.ts'
import { nextRecipient } from '../support/messages.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const PATH = '/api/v1/whatsapp/templates'
const SOON = { timeout: 20_000 }

interface Event {
  id: string
  kind: string
  actor: string | null
  detail: Record<string, unknown> | null
  cost: Record<string, unknown> | null
}

describe('what happened to a template, over HTTP', () => {
  let world: World
  let id: string
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
    const { body } = await callApi(world.app.url, `${PATH}?name=po_notification&language=es`)
    id = (body['data'] as { id: string }[])[0]?.id ?? ''
  })
  afterAll(() => world.close())

  const call = (query = '', more = {}) =>
    callApi(world.app.url, `${PATH}/${id}/events${query}`, more)
  const events = async (query = '') => (await call(query)).body['data'] as Event[]
  const change = (to: Record<string, string>) =>
    world.emulator.control.changeTemplate({ name: 'po_notification', language: 'es' }, to)
  const newest = async () => (await events('?limit=1'))[0]

  it('is empty at first, then has each change of Meta, newest first, in pages', async () => {
    expect(await events()).toEqual([])
    for (const status of ['PAUSED', 'APPROVED', 'DISABLED', 'APPROVED']) {
      await change({ status })
      await expect.poll(newest, SOON).toMatchObject({ detail: { to: status } })
    }
    const all = await events()
    expect(all).toMatchObject([
      { kind: 'status', actor: null, detail: { from: 'DISABLED', to: 'APPROVED' }, cost: null },
      { detail: { from: 'APPROVED', to: 'DISABLED' } },
      { detail: { from: 'PAUSED', to: 'APPROVED' } },
      { detail: { from: 'APPROVED', to: 'PAUSED' } },
    ])
    const first = await call('?limit=3')
    const cursor = String(first.body['next_cursor'])
    const second = await call(`?limit=3&cursor=${cursor}`)
    expect([...(first.body['data'] as Event[]), ...(second.body['data'] as Event[])]).toEqual(all)
    expect(second.body['next_cursor']).toBeNull()
  })

  it('has Meta’s words on why it is paused or rejected, and when it will be disabled', async () => {
    const say = (event: string, more: Record<string, unknown>) =>
      world.emulator.control.sendWebhook('message_template_status_update', {
        event,
        message_template_id: '1',
        message_template_name: 'po_notification',
        message_template_language: 'es',
        reason: null,
        ...more,
      })
    await say('PAUSED', { other_info: { title: 'RATE_LIMITING_PAUSE', description: 'Paced.' } })
    await expect.poll(newest, SOON).toMatchObject({
      kind: 'status',
      detail: { to: 'PAUSED', title: 'RATE_LIMITING_PAUSE', description: 'Paced.' },
    })
    await say('REJECTED', { rejection_info: { reason: 'No words.', recommendation: 'Add some.' } })
    await expect.poll(newest, SOON).toMatchObject({
      detail: { to: 'REJECTED', rejected_reason: 'No words.', recommendation: 'Add some.' },
    })
    const shown = await callApi(world.app.url, `${PATH}/${id}`)
    expect(shown.body).toMatchObject({ status: 'REJECTED', rejected_reason: 'No words.' })
    await change({ status: 'APPROVED' })
    await expect.poll(newest, SOON).toMatchObject({ detail: { to: 'APPROVED' } })
  })

  it('says whose key edited it', async () => {
    for (const is_active of [false, true]) {
      const body = { is_active }
      const edit = await callApi(world.app.url, `${PATH}/${id}`, { method: 'PATCH', body })
      expect(edit.status).toBe(200)
    }
    expect(await newest()).toMatchObject({ kind: 'chosen', actor: expect.any(String) })
  })

  it('tells what another quality it has', async () => {
    await change({ quality: 'YELLOW' })
    await expect
      .poll(newest, SOON)
      .toMatchObject({ kind: 'quality', actor: null, detail: { to: 'YELLOW' } })
  })

  it('tells what it costs that it is marketing now, by the messages of the days before', async () => {
    for (const place of [1, 2, 3]) {
      const order = orderEvent(place, { language: 'es', supplier_phone: nextRecipient() })
      await world.until(await world.publish(order), 'read')
    }
    await change({ category: 'MARKETING' })
    await expect.poll(newest, SOON).toMatchObject({
      kind: 'category',
      detail: { from: 'UTILITY', to: 'MARKETING' },
      cost: {
        days: 30,
        messages: 3,
        currency: 'USD',
        was: '0.0600',
        becomes: '0.2121',
        more: '0.1521',
        markets: [{ market: 'Spain', messages: 3, was: '0.0200', becomes: '0.0707' }],
      },
    })
  })

  it('tells a key of another tenant nothing of what others send', async () => {
    const key = await createKey(world.app.url, 'viewer', '11111111-1111-4111-8111-111111111111')
    const { body } = await call('?limit=1', { key })
    expect(body['data']).toMatchObject([{ kind: 'category', cost: null }])
  })

  it('is for readers of the account alone, and refuses what is no page of it', async () => {
    expect((await call('', { key: null })).status).toBe(401)
    const ingest = await createKey(world.app.url, 'ingest')
    expect((await call('', { key: ingest })).status).toBe(403)
    expect((await call('?cursor=x')).body).toMatchObject({ code: 'invalid_cursor' })
    expect((await call('?limit=0')).status).toBe(400)
    const other = await callApi(world.app.url, `${PATH}/${id.replace(/.$/, 'x')}/events`)
    expect(other.status).toBe(404)
  })
})
