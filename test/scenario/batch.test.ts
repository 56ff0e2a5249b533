import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { nextRecipient } from '../support/messages.ts'
import { orderEvent } from '../support/orders.ts'
import { templateRequest } from '../support/requests.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const OTHER_TENANT = '11111111-1111-4111-8111-111111111111'

interface Batch {
  batch_id: string
  state: string
  total: number
  rejected: unknown
  counts: Record<string, number>
  [key: string]: unknown
}

describeEachMigratedDatabase('a batch', (open) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await open())
  })
  afterAll(() => world.close())

  const call = async (path: string, body?: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${world.app.url}/api/v1/whatsapp/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Batch,
    }
  }
  const requests = (count: number, to = nextRecipient) =>
    Array.from({ length: count }, () => templateRequest({ to: to() }))
  const bulk = async (messages: unknown[], more: Record<string, unknown> = {}) => {
    const answer = await call('messages/bulk', JSON.stringify({ ...more, messages }))
    expect(answer).toMatchObject({ status: 202 })
    return answer.body
  }
  const batch = async (id: string) =>
    (await world.get(`/api/v1/whatsapp/batches/${id}`)) as unknown as Batch
  /** The batch once this holds, or as it is after 12 s. */
  const when = async (id: string, holds: (now: Batch) => boolean): Promise<Batch> => {
    for (const end = performance.now() + 12_000; ;) {
      const now = await batch(id)
      if (holds(now) || performance.now() > end) return now
    }
  }
  const until = (id: string, ...states: string[]) => when(id, ({ state }) => states.includes(state))
  const failing = () => {
    const to = nextRecipient()
    world.emulator.control.script({ behaviour: 'refuse', code: 131026, to, times: 1 })
    return to
  }

  it('sends every good message once, and reports each bad one without stopping the others', async () => {
    const bad = [
      { to: 'nobody', type: 'template', template: { name: 'a' } },
      { to: '+34612345678', type: 'text', text: { body: 'x' } },
      templateRequest({ to: nextRecipient(), tenant_id: OTHER_TENANT }),
    ]
    const answer = await bulk([...requests(20), ...bad, ...requests(20)])
    expect(answer).toMatchObject({
      accepted: 40,
      rejected: [
        { index: 20, code: 'validation_failed' },
        { index: 21, code: 'window_closed' },
        { index: 22, code: 'forbidden' },
      ],
    })
    const done = await until(answer.batch_id, 'done')
    expect(done).toMatchObject({ total: 40, rejected: 3 })
    expect(done['finished_at']).not.toBeNull()
    const { data } = (await world.get(
      `/api/v1/whatsapp/messages?batch_id=${answer.batch_id}&limit=200`,
    )) as {
      data: { id: string; batch_id: string }[]
    }
    expect(data.map(({ id }) => world.emulator.control.counts('message').get(`1.${id}`))).toEqual(
      Array.from({ length: 40 }, () => 1),
    )
  })

  it('takes JSON lines with their settings in the address, and a key once', async () => {
    const lines = `${JSON.stringify(templateRequest({ to: nextRecipient() }))}\n{"to":\n\n${JSON.stringify(templateRequest({ to: nextRecipient() }))}\n`
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'lines' }
    const first = await call('messages/bulk?rate_per_second=50', lines, headers)
    expect(first).toMatchObject({
      status: 202,
      body: { accepted: 2, rejected: [{ index: 1, code: 'invalid_json' }] },
    })
    const again = await call('messages/bulk?rate_per_second=50', lines, headers)
    // The same words in the same order, too.
    expect(JSON.stringify(again.body)).toBe(JSON.stringify(first.body))
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await call('messages/bulk', lines, headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    })
    expect(await until(first.body.batch_id, 'done')).toMatchObject({
      rate_per_second: 50,
      total: 2,
    })
  })

  it('sends nothing while it is paused, goes on when it is resumed, and is canceled for good', async () => {
    const { batch_id: id } = await bulk(requests(200), { rate_per_second: 20 })
    expect(await call(`batches/${id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'invalid_state' },
    })
    expect(await call(`batches/${id}/pause`)).toMatchObject({
      status: 202,
      body: { state: 'paused' },
    })
    await world.emulator.control.settled()
    const due = await world.database.query(
      `select 1 from whatsapp_messages where batch_id = $1 and state = 'queued' and due_at <= clock_timestamp()`,
      [id],
    )
    expect(due).toEqual([])
    expect(await call(`batches/${id}/resume`)).toMatchObject({
      status: 202,
      body: { state: 'running' },
    })
    expect(await call(`batches/${id}/cancel`)).toMatchObject({
      status: 202,
      body: { state: 'canceled' },
    })
    const { counts } = await batch(id)
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(200)
    expect(counts['FAILED']).toBeGreaterThan(100)
    expect(await call(`batches/${id}/pause`)).toMatchObject({ status: 409 })
    const audit = await world.database.query<{ action: string }>(
      `select action from audit_log where detail->>'batch_id' = $1 order by at`,
      [id],
    )
    expect(audit.map(({ action }) => action)).toEqual([
      'batch_pause',
      'batch_resume',
      'batch_cancel',
    ])
  })

  it('stays paused when its template is approved, and keeps to its own rate afterwards', async () => {
    const change = (status: string) =>
      world.emulator.control.changeTemplate({ name: 'po_notification', language: 'de' }, { status })
    await change('PAUSED')
    const german = requests(20).map((request) => ({
      ...request,
      template: { ...(request['template'] as object), language: 'de' },
    }))
    const { batch_id: id } = await bulk(german, { rate_per_second: 4 })
    const held = 'select id from whatsapp_messages where batch_id = $1 and state = $2'
    const inState = async (state: string) => (await world.database.query(held, [id, state])).length
    await expect.poll(() => inState('held'), { timeout: 12_000 }).toBeGreaterThan(0)
    expect(await call(`batches/${id}/pause`)).toMatchObject({ status: 202 })
    await change('APPROVED')
    await expect.poll(() => inState('queued'), { timeout: 12_000 }).toBe(20)
    const order = await world.publish(orderEvent(4001, { supplier_phone: nextRecipient() }))
    await world.until(order, 'read')
    expect(await batch(id)).toMatchObject({ state: 'paused', counts: { PENDING: 20 } })

    await call(`batches/${id}/resume`)
    expect(await until(id, 'done')).toMatchObject({ state: 'done', counts: { PENDING: 0 } })
    const [{ seconds } = { seconds: 0 }] = await world.database.query<{ seconds: number }>(
      `select extract(epoch from max(started_at) - min(started_at))::float8 as seconds
       from whatsapp_attempts where message_id in (select id from whatsapp_messages where batch_id = $1)`,
      [id],
    )
    // 20 at 4 a second, the first four at once
    expect(seconds).toBeGreaterThan(3)
  })

  it('stops by itself when too many fail, and cancels the rest with its reason', async () => {
    const answer = await bulk(requests(300, failing), { stop_when_failed_share: 0.2 })
    const stopped = await until(answer.batch_id, 'stopped', 'done')
    expect(stopped).toMatchObject({ state: 'stopped' })
    // What was under way goes on.
    const settled = await when(answer.batch_id, ({ counts }) => counts['FAILED'] === 300)
    expect(settled).toMatchObject({ state: 'stopped', counts: { FAILED: 300, PENDING: 0 } })
    const rows = await world.database.query<{ error_code: string; n: number }>(
      'select error_code, count(*)::integer as n from whatsapp_messages where batch_id = $1 group by error_code',
      [answer.batch_id],
    )
    const counts = Object.fromEntries(rows.map(({ error_code, n }) => [error_code, n]))
    expect(counts['batch_stopped']).toBeGreaterThanOrEqual(200)
    expect(counts['131026']).toBeGreaterThanOrEqual(20)
  })

  it('lets an order go before everything of a batch that is due', async () => {
    const { batch_id: id } = await bulk(requests(1000))
    const order = await world.publish(orderEvent(4000, { supplier_phone: nextRecipient() }))
    await world.when(order, (message) => message.state !== 'queued' && message.state !== 'sending')
    expect((await batch(id)).state).toBe('running')
    await call(`batches/${id}/cancel`)
  })

  it('refuses what is no batch', async () => {
    for (const [body, status, code] of [
      ['{"messages":[]}', 422, 'validation_failed'],
      ['[]', 422, 'validation_failed'],
      ['{"messages":[{}],"x":1}', 422, 'validation_failed'],
      ['{"messages":[{}],"rate_per_second":0}', 422, 'validation_failed'],
      ['{"messages":[{},]}', 400, 'invalid_json'],
      ['{"messages":[{}', 400, 'invalid_json'],
      [`{"messages":[${'{},'.repeat(10_000)}{}]}`, 422, 'validation_failed'],
    ] as const) {
      const answer = await call('messages/bulk', body)
      expect([answer.status, answer.body['code']], body.slice(0, 50)).toEqual([status, code])
    }
    expect(await call('messages/bulk?rate_per_second=x', '{"messages":[{}]}')).toMatchObject({
      status: 400,
    })
    expect(await call('batches/nothing/pause')).toMatchObject({ status: 404 })
  })
})
