import { expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { createWebhookReceiver } from '../../src/webhook/receive-webhook.ts'

it('refuses webhooks while too many bytes wait for the database, and takes them again after', async () => {
  let answer = (): void => undefined
  const isAway = new Promise<void>((resolve) => {
    answer = resolve
  })
  const database = {
    query: () => isAway.then(() => []),
    transaction: () => isAway.then(() => Promise.reject(new Error('away'))),
  } as unknown as Database
  const receiver = createWebhookReceiver({
    database,
    logger: createLogger('silent'),
    createId,
    orphanDays: 1,
    onTemplates: () => undefined,
    ratePerSecond: 0,
  })
  const body = Buffer.from(JSON.stringify({ object: 'x', padding: 'x'.repeat(3 * 1024 * 1024) }))
  const waiting = Array.from({ length: 11 }, () => receiver.receive(body))
  const settled = Promise.allSettled(waiting)
  await expect(receiver.receive(body)).rejects.toThrow('too many webhooks are waiting')
  answer()
  await settled
  await expect(receiver.receive(body)).rejects.not.toThrow('too many webhooks are waiting')
})
