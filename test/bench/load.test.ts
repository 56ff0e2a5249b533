import { describe, expect, it } from 'vitest'
import { encodeOrder, orderOf, recipientOf } from '../../bench/load/orders.ts'
import { encodeStatus, encodeWebhook } from '../../bench/load/status-lines.ts'
import { parsePurchaseOrderEvent } from '../../src/intake/purchase-order-event.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'

describe("the benchmark's load", () => {
  it('offers orders that the service takes, each to a recipient of its own', () => {
    const orders = [0, 1, 89_999_999].map((index) => {
      const parsed = parsePurchaseOrderEvent(
        JSON.parse(encodeOrder(index, '2026-11-22T09:30:00.123Z').toString()) as unknown,
      )
      if (!parsed.ok) throw new Error(parsed.detail)
      expect(parsed.event.supplierPhone).toBe(recipientOf(index))
      expect(orderOf(recipientOf(index))).toBe(index)
      return parsed.event
    })
    expect(new Set(orders.map(({ eventId }) => eventId)).size).toBe(3)
    expect(new Set(orders.map(({ poId }) => poId)).size).toBe(3)
    expect(orderOf('+15550001')).toBeNaN()
  })

  it('reports statuses as Meta does, several in one webhook', () => {
    const lines = (['sent', 'read'] as const).map((word, index) =>
      encodeStatus(
        { wamid: `wamid.${index}`, waId: '34600000000', callbackData: `1.x.${index}` },
        word,
        1_795_339_803,
      ),
    )
    const { statuses, others } = parseWebhook(JSON.parse(encodeWebhook(lines, '34600000000')))
    expect(others).toEqual([])
    expect(statuses).toMatchObject([
      {
        wamid: 'wamid.0',
        status: 'sent',
        callbackData: '1.x.0',
        metaAt: '2026-11-22T09:30:03.000Z',
      },
      { wamid: 'wamid.1', status: 'read', callbackData: '1.x.1', recipientId: '34600000000' },
    ])
  })
})
