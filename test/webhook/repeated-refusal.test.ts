import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordSettlements } from '../../src/message/outbox.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import { claim, NUMBER, queueMessages, rowOf, settlement } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('what Meta refused and says has failed by webhook, too', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const hear = (id: string, status: string, more: Record<string, unknown> = {}) => {
    const biz_opaque_callback_data = callbackData(id, 1)
    const said = { id: `wamid.${createId()}`, status, timestamp: '1750000001', ...more }
    const statuses = [{ ...said, biz_opaque_callback_data }]
    const value = { metadata: { phone_number_id: NUMBER }, statuses }
    const read = parseWebhook({ entry: [{ changes: [{ field: 'messages', value }] }] })
    const items = read.statuses.map((item) => ({ kind: 'status' as const, status: item }))
    return applyWebhooks(database, items, createId)
  }

  it.each([
    ['queued', null],
    ['held', 'payment'],
  ] as const)('stays %s, as the answer left it', async (state, reason) => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    await recordSettlements(database, [
      settlement(id, { to_state: state, hold_reason: reason, delay_ms: 60_000 }),
    ])
    const before = await rowOf(database, id)
    const errors = [{ code: 131042, title: 'Business eligibility payment issue' }]
    expect(await hear(id, 'failed', { errors })).toMatchObject({ settled: [], twice: [] })
    expect(await hear(id, 'failed', { errors })).toMatchObject({ settled: [], twice: [] })
    const { updated_at, ...after } = await rowOf(database, id)
    expect({ ...after, updated_at: before['updated_at'] }).toEqual(before)
    expect(updated_at).toBeInstanceOf(Date)
    expect(
      await database.query('select status from whatsapp_facts where message_id = $1', [id]),
    ).toEqual([{ status: 'failed' }])
    await hear(id, 'sent')
    expect(await rowOf(database, id)).toMatchObject({ state: 'sent' })
  })
})
