import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { createWebhookReceiver } from '../../src/webhook/receive-webhook.ts'
import type { ReceivedStatus } from '../../src/webhook/receive-webhook.ts'
import {
  acceptance,
  acceptedMessage,
  claim,
  NUMBER,
  queueMessages,
  rowOf,
} from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { webhookBody } from '../simulation/meta-answers.ts'

describeEachMigratedDatabase('who looks on at the webhooks', (open) => {
  let database: Database
  let seen: ReceivedStatus[] = []
  let onSeen = (): void => undefined
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const openReceiver = () => {
    seen = []
    return createWebhookReceiver({
      database,
      logger: createLogger('silent'),
      createId,
      orphanDays: 1,
      onStatuses: (statuses) => {
        seen.push(...statuses)
        if (statuses.length > 0) onSeen()
      },
      onTemplates: () => undefined,
      ratePerSecond: 0,
    })
  }
  const bytes = (...statuses: Record<string, unknown>[]) =>
    Buffer.from(JSON.stringify(webhookBody(NUMBER, statuses)))

  it('hears of each status once, with its receipt, and of a delivery with its acceptance', async () => {
    const receiver = openReceiver()
    const id = await acceptedMessage(database, 'wamid.seen')
    const { accepted_at: acceptedAt } = await rowOf(database, id)
    const body = bytes(
      { id: 'wamid.seen', status: 'sent', timestamp: '1750000001' },
      { id: 'wamid.seen', status: 'delivered', timestamp: '1750000002' },
      { id: 'wamid.of-another-program', status: 'sent', timestamp: '1750000001' },
    )
    const before = Date.now()
    await receiver.receive(body)
    await receiver.receive(body)
    expect(seen).toMatchObject([
      { messageId: id, attempt: 1, item: { status: 'sent' }, acceptedAt: null },
      { messageId: id, attempt: 1, item: { status: 'delivered' }, acceptedAt },
    ])
    for (const { receivedAt } of seen) {
      expect(receivedAt).toBeGreaterThanOrEqual(before)
      expect(receivedAt).toBeLessThanOrEqual(Date.now())
    }
  })

  it('hears of a status that came before its acceptance was known once it is applied', async () => {
    const receiver = openReceiver()
    const [id = ''] = await queueMessages(database, 1)
    await claim(database, 10)
    await receiver.receive(
      bytes({ id: 'wamid.early', status: 'delivered', timestamp: '1750000002' }),
    )
    expect(seen).toEqual([])
    await recordAcceptances(database, [acceptance(id, 1, 'wamid.early')])
    const heard = new Promise<void>((resolve) => {
      onSeen = resolve
    })
    receiver.start()
    await heard
    await receiver.stop()
    expect(seen).toMatchObject([{ messageId: id, item: { status: 'delivered' }, receivedAt: null }])
  })
})
