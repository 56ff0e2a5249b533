import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { applyOrphans, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { StatusItem } from '../../src/webhook/parse-webhook.ts'
import { acceptedMessage, NUMBER, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { statusItem } from '../support/statuses.ts'

const OTHER_NUMBER = '200000000000002'

describeEachMigratedDatabase('a status by the number it came from', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const apply = (wamid: string, more: Partial<StatusItem>) =>
    applyWebhooks(
      database,
      [{ kind: 'status', status: statusItem(wamid, { phoneNumberId: NUMBER, ...more }) }],
      createId,
    )

  it('counts where its attempt went out by that number, and a retry by another', async () => {
    const wamid = `wamid.${createId()}`
    const id = await acceptedMessage(database, wamid)
    await apply(wamid, { status: 'failed', error: { code: '131026', title: 'x', detail: null } })
    await database.query(
      `update whatsapp_messages set state = 'queued', retries = retries + 1, retried_through = fence,
         due_at = clock_timestamp(), phone_number_id = $2, whatsapp_message_id = null, failed_at = null,
         error_code = null, error_message = null where id = $1 returning id`,
      [id, OTHER_NUMBER],
    )
    await apply(wamid, { status: 'delivered' })
    expect(await rowOf(database, id)).toMatchObject({ state: 'delivered' })
  })

  it('is kept where its attempt did not go out by that number', async () => {
    const wamid = `wamid.${createId()}`
    const id = await acceptedMessage(database, wamid)
    expect(await apply(wamid, { status: 'delivered', phoneNumberId: OTHER_NUMBER })).toMatchObject({
      orphans: 1,
    })
    expect(await applyOrphans(database, true)).toMatchObject({ applied: 0 })
    expect(
      await database.query('select 1 from orphan_statuses where wamid = $1', [wamid]),
    ).toHaveLength(1)
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted' })
  })
})
