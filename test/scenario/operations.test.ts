import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { signBody } from '../../src/cloud-api/signature.ts'
import { ROOT } from '../architecture/source-files.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { CREDENTIALS } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'

const page = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8')

/** The SQL of the page that has this word in it. */
function findSql(word: string): string {
  const blocks = [...page.matchAll(/^( *)```sql\n([\s\S]*?)^ *```$/gm)].map(([, , sql = '']) => sql)
  return blocks.find((sql) => sql.includes(word)) ?? ''
}

/** Meta's word on a send that the database knows nothing of. */
function deliveredBody(messageId: string): string {
  const status = {
    id: 'wamid.of-a-lost-send',
    status: 'delivered',
    timestamp: String(Math.floor(Date.now() / 1000)),
    recipient_id: '34612000001',
    biz_opaque_callback_data: `1.${messageId}.1`,
  }
  const metadata = {
    display_phone_number: '15550001111',
    phone_number_id: CREDENTIALS.phoneNumberId,
  }
  const value = { messaging_product: 'whatsapp', metadata, statuses: [status] }
  const entry = [{ id: CREDENTIALS.businessAccountId, changes: [{ field: 'messages', value }] }]
  return JSON.stringify({ object: 'whatsapp_business_account', entry })
}

describeEachMigratedDatabase('the steps of docs/operations.md', (open) => {
  it('find after a restore, of what is held, the messages that Meta tells of', async () => {
    const world = await openWorld(await open(), { sending: { enabled: false } })
    try {
      const sent = await world.publish(orderEvent(1))
      await world.publish(orderEvent(2))
      const body = deliveredBody(sent)
      const response = await fetch(`${world.app.url}/api/v1/whatsapp/webhook`, {
        method: 'POST',
        headers: { 'x-hub-signature-256': signBody(Buffer.from(body), CREDENTIALS.appSecret) },
        body,
      })
      expect(response.status).toBe(200)
      // It is no evidence of an attempt that this database has made.
      expect(await world.message(sent)).toMatchObject({ state: 'held', whatsapp_message_id: null })
      expect(
        await world.database.query(findSql('orphan_statuses o').replace(';', '')),
      ).toMatchObject([{ id: sent, po_number: 'PO-2026-0001', meta_said: ['delivered'] }])
    } finally {
      await world.close()
    }
  })

  it('take a month out of the table, and leave it as it is', async () => {
    const database = await open()
    const month = new Date().toISOString().slice(0, 7).replace('-', '_')
    const [told = ''] = /alter table whatsapp_messages detach partition \w+/.exec(page) ?? []
    expect(told).not.toBe('')
    await database.execute(told.replace(/_\d{4}_\d{2}\b/, `_${month}`))
    const rows = await database.query<{ is_partition: boolean }>(
      `select relispartition as is_partition from pg_class where relname = 'whatsapp_messages_${month}'`,
    )
    expect(rows).toEqual([{ is_partition: false }])
  })
})
