import { beforeAll, describe, expect, it } from 'vitest'
import { createId } from '../../src/lib/uuid-v7.ts'
import { setupApi } from '../support/api.ts'

const TENANT = '00000000-0000-0000-0000-000000000000'
const OTHER = '44444444-4444-4444-8444-444444444444'
const PRICED = { pricing_model: 'PMP', type: 'regular', category: 'utility', billable: true }
const FREE = { ...PRICED, type: 'free_entry_point', billable: false }

describe('GET /api/v1/whatsapp/stats', () => {
  const { call, createKey, running } = setupApi()
  const stats = async (query: string, key?: string) => {
    const path = `/api/v1/whatsapp/stats?${query}`
    return call(path, key === undefined ? {} : { key })
  }
  beforeAll(async () => {
    const insert = (
      state: string,
      more: {
        at?: string
        supplier?: string
        tenant?: string
        pricing?: object
        code?: string
        accepted?: boolean
      } = {},
    ) => {
      const at = more.at ?? '2026-11-22T09:10:00Z'
      const isAccepted = more.accepted ?? ['sent', 'delivered', 'read'].includes(state)
      const isDelivered = state === 'delivered' || state === 'read'
      return running().databases.api.query(
        `insert into whatsapp_messages (id, tenant_id, state, template_name, supplier_id, recipient_phone, created_at,
           accepted_at, whatsapp_message_id, delivered_at, read_at, pricing, error_code)
         values ($1, $2, $3, 'po_notification', $4, '+34612345678', $5, $6::timestamptz, $7,
           $6::timestamptz + interval '2 seconds' * $8::integer, $6::timestamptz + interval '100 seconds' * $9::integer, $10, $11)
         returning 1`,
        [
          createId(),
          more.tenant ?? TENANT,
          state,
          more.supplier ?? '=s1',
          at,
          isAccepted ? at : null,
          isAccepted ? `wamid.${createId()}` : null,
          isDelivered ? 1 : null,
          state === 'read' ? 1 : null,
          more.pricing === undefined ? null : JSON.stringify(more.pricing),
          state === 'failed' ? (more.code ?? '131026') : null,
        ],
      )
    }
    await insert('read', { pricing: PRICED })
    await insert('read', { pricing: PRICED, supplier: 's2' })
    await insert('delivered', { pricing: FREE })
    await insert('sent', { at: '2026-11-22T10:00:00Z' })
    await insert('failed', { accepted: true, code: '131049' })
    await insert('failed', { code: 'no_phone' })
    await insert('queued', { at: '2026-11-23T00:00:00Z' })
    await insert('read', { tenant: OTHER, pricing: PRICED })
  })

  it('answers with the shape of the interface', async () => {
    const { status, body } = await stats(`tenant_id=${TENANT}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      from: null,
      to: null,
      group_by: 'none',
      omitted: 0,
      groups: [
        {
          key: null,
          total: 7,
          counts: { PENDING: 1, SENT: 1, DELIVERED: 1, READ: 2, FAILED: 2 },
          delivery_rate: 3 / 5,
          read_rate: 2 / 3,
          seconds_to_deliver: {
            median: expect.closeTo(2, 0) as number,
            p95: expect.closeTo(2, 0) as number,
          },
          seconds_to_read: {
            median: expect.any(Number) as number,
            p95: expect.any(Number) as number,
          },
          failures: [
            { error_code: '131049', count: 1 },
            { error_code: 'no_phone', count: 1 },
          ],
          billable: 2,
          cost: [{ currency: 'USD', amount: '0.0400' }],
          free: [{ reason: 'free_entry_point', count: 1 }],
          unpriced: 0,
          conversations: 0,
        },
      ],
    })
  })

  it('groups by hour, day, template, supplier and tenant', async () => {
    const keys = async (query: string) => {
      const { body } = await stats(query)
      return (body['groups'] as { key: string; total: number }[]).map(({ key, total }) => [
        key,
        total,
      ])
    }
    const span = 'from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z'
    expect(await keys(`group_by=hour&${span}`)).toEqual([
      ['2026-11-22T09:00:00Z', 6],
      ['2026-11-22T10:00:00Z', 1],
      ['2026-11-23T00:00:00Z', 1],
    ])
    expect(await keys('group_by=day')).toEqual([
      ['2026-11-22T00:00:00Z', 7],
      ['2026-11-23T00:00:00Z', 1],
    ])
    expect(await keys('group_by=template')).toEqual([['po_notification', 8]])
    expect(await keys('group_by=supplier')).toEqual([
      ['=s1', 7],
      ['s2', 1],
    ])
    expect(await keys('group_by=tenant')).toEqual([
      [TENANT, 7],
      [OTHER, 1],
    ])
  })

  it('takes from inclusive and to exclusive', async () => {
    const total = async (query: string) =>
      ((await stats(query)).body['groups'] as { total: number }[])[0]?.total
    expect(await total('from=2026-11-22T10:00:00Z&to=2026-11-23T00:00:00Z')).toBe(1)
    expect(await total('from=2026-11-22T10:00:00%2B00:00&to=2026-11-23T00:00:01Z')).toBe(2)
    expect(await total('from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z')).toBe(0)
  })

  it('refuses what it does not know, and hours over a year', async () => {
    expect((await stats('group_by=week')).body['code']).toBe('invalid_query')
    const turned = 'from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z'
    for (const query of [turned, 'group_by=hour&from=2020-01-01T00:00:00Z']) {
      expect((await stats(query)).body).toMatchObject({
        code: 'invalid_query',
        errors: [{ field: 'from', code: 'out_of_range' }],
      })
    }
    expect((await stats('from=yesterday')).status).toBe(400)
    expect((await stats('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z')).status).toBe(400)
    const year = 'group_by=hour&from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z'
    expect((await stats(year)).body['detail']).toContain('Group by day')
  })

  it('shows a tenant its own alone', async () => {
    const key = await createKey('viewer', OTHER)
    const { body } = await stats('', key)
    expect((body['groups'] as { total: number }[])[0]?.total).toBe(1)
    expect((await stats(`tenant_id=${TENANT}`, key)).status).toBe(403)
    const ingest = await createKey('ingest', OTHER)
    expect((await stats('', ingest)).status).toBe(403)
  })

  it('answers with CSV, in which no cell is a formula', async () => {
    const { status, headers, text } = await stats('group_by=supplier&format=csv')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/csv')
    const [head, first] = text.split('\r\n')
    expect(head).toMatch(/^key,total,pending,sent,delivered,read,failed,delivery_rate,/)
    expect(first).toMatch(/^'=s1,7,/)
    expect(first).toContain('131049: 1; no_phone: 1')
  })

  it('shows what each message cost, as the statistics sum it up', async () => {
    const { body } = await call('/api/v1/whatsapp/messages?po_number=none&limit=1')
    expect(body['data']).toEqual([])
    const list = await call('/api/v1/whatsapp/messages?limit=200&from=2026-11-01T00:00:00Z')
    const messages = list.body['data'] as { state: string; cost: unknown; pricing: unknown }[]
    const costs = messages.map(({ state, cost }) => [state, cost])
    const charged = { amount: '0.0200', currency: 'USD', category: 'utility', billable: true }
    expect(costs.filter(([state]) => state === 'read')).toEqual([
      ['read', charged],
      ['read', charged],
      ['read', charged],
    ])
    expect(costs.find(([state]) => state === 'delivered')).toEqual([
      'delivered',
      { ...charged, amount: '0.0000', billable: false },
    ])
    expect(costs.filter(([, cost]) => cost === null)).toHaveLength(4)
    expect(messages.find(({ state }) => state === 'delivered')?.pricing).toEqual(FREE)
  })

  it('forecasts a month', async () => {
    const month = await call(`/api/v1/whatsapp/stats/forecast?month=2026-11&tenant_id=${TENANT}`)
    expect(month.status).toBe(200)
    expect(month.body).toMatchObject({
      month: '2026-11',
      so_far: { billable: 2, cost: [{ currency: 'USD', amount: '0.0400' }] },
      rate_card: { read_on: '2026-11-22' },
    })
    expect(await call('/api/v1/whatsapp/stats/forecast?month=2026-13')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'month', remedy: 'Send a month, as 2026-11.' }] },
    })
  })
})
