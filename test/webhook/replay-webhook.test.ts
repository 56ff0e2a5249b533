import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { createWebhookReplay } from '../../src/webhook/replay-webhook.ts'
import type { WebhookReplay } from '../../src/webhook/replay-webhook.ts'
import { acceptedMessage, NUMBER, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('the replay of a webhook', (open) => {
  let database: Database
  let replay: (raw: Buffer) => Promise<WebhookReplay>
  beforeAll(async () => {
    database = await open()
    replay = createWebhookReplay({
      database,
      logger: pino({ level: 'silent' }),
      createId,
    })
  })
  afterAll(() => database.close())

  const status = (wamid: string) => ({ id: wamid, status: 'delivered', timestamp: '1795339800' })
  const body = (...statuses: unknown[]) => ({
    entry: [
      {
        changes: [
          { field: 'messages', value: { metadata: { phone_number_id: NUMBER }, statuses } },
        ],
      },
    ],
  })
  const run = (value: unknown) => replay(Buffer.from(JSON.stringify(value)))
  const rejectedCount = () => database.query('select id from rejected_events')

  it('applies a whole body as if it had just come, and a second time says nothing new', async () => {
    const wamid = `wamid.${createId()}`
    const messageId = await acceptedMessage(database, wamid)
    expect(await run(body(status(wamid)))).toEqual({
      kind: 'applied',
      messageId,
      duplicate: false,
    })
    expect(await rowOf(database, messageId)).toMatchObject({ state: 'delivered' })
    expect(await run(body(status(wamid)))).toMatchObject({ kind: 'applied', duplicate: true })
  })

  it('applies a single item that was left over', async () => {
    const wamid = `wamid.${createId()}`
    const messageId = await acceptedMessage(database, wamid)
    const item = {
      kind: 'status',
      status: {
        ...{ wamid, status: 'read', metaAt: '2026-11-22T09:30:00.000Z', phoneNumberId: NUMBER },
        ...{ recipientId: null, recipientUserId: null, callbackData: null, pricing: null },
        ...{ error: null, detail: {} },
      },
    }
    expect(await run(item)).toEqual({ kind: 'applied', messageId, duplicate: false })
    expect(await rowOf(database, messageId)).toMatchObject({ state: 'read' })
  })

  it('names no message where there are several', async () => {
    const wamids = [`wamid.${createId()}`, `wamid.${createId()}`]
    for (const wamid of wamids) await acceptedMessage(database, wamid)
    expect(await run(body(...wamids.map(status)))).toMatchObject({ messageId: null })
  })

  it('refuses what is no JSON, what says nothing, and what the database refuses, and keeps no row of it', async () => {
    const before = await rejectedCount()
    expect(await replay(Buffer.from('{'))).toMatchObject({ kind: 'refused', code: 'invalid_json' })
    expect(await run({})).toMatchObject({ kind: 'refused', code: 'validation_failed' })
    const item = { kind: 'inbound', inbound: { wamid: 'wamid.x', metaAt: 'no time' } }
    expect(await run(item)).toMatchObject({ kind: 'refused', code: 'validation_failed' })
    expect(await rejectedCount()).toEqual(before)
  })
})
