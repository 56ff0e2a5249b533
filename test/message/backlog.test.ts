import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { countBacklog, liftSettings, settleBacklog } from '../../src/message/backlog-store.ts'
import type { HoldReason } from '../../src/message/message.ts'
import { queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const EVERYTHING = { tenantId: null, from: null, to: null }

describeEachMigratedDatabase('what settings held', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  beforeEach(() => settleBacklog(database, EVERYTHING, 'cancel', 'test'))
  afterAll(() => database.close())

  const held = async (
    hold_reason: HoldReason,
    minutesOld: number,
    more: { recipient_phone?: string; tenant_id?: string } = {},
  ): Promise<string> => {
    const [id = ''] = await queueMessages(database, 1, { state: 'held', hold_reason, ...more })
    await database.query(
      `update whatsapp_messages set created_at = created_at - $2::float8 * interval '1 minute'
       where id = $1 returning id`,
      [id, minutesOld],
    )
    return id
  }
  const stateOf = async (id: string) => {
    const { state, hold_reason } = await rowOf(database, id)
    return [state, hold_reason]
  }

  it('is queued when it is young, and waits for a person when it is old', async () => {
    const young = await held('notifications_disabled', 59)
    const old = await held('notifications_disabled', 61)
    expect(await liftSettings(database, null, 60)).toEqual({ released: 1, kept: 1, more: false })
    expect(await stateOf(young)).toEqual(['queued', null])
    expect(await stateOf(old)).toEqual(['held', 'backlog_not_released'])
    expect((await rowOf(database, old))['due_at']).toEqual(
      (await rowOf(database, old))['expires_at'],
    )
    expect(await liftSettings(database, null, 60)).toEqual({ released: 0, kept: 0, more: false })
  })

  it('goes to those who may be sent to, however old, once the list admits them', async () => {
    const inside = await held('not_in_allow_list', 600, { recipient_phone: '+34600000001' })
    const outside = await held('not_in_allow_list', 600, { recipient_phone: '+34600000002' })
    await liftSettings(database, ['+34600000001'], 60)
    expect(await stateOf(inside)).toEqual(['queued', null])
    expect(await stateOf(outside)).toEqual(['held', 'not_in_allow_list'])
    await liftSettings(database, null, 60)
    expect(await stateOf(outside)).toEqual(['queued', null])
  })

  it('leaves alone what another reason holds', async () => {
    const id = await held('template_paused', 600)
    await liftSettings(database, null, 60)
    expect(await stateOf(id)).toEqual(['held', 'template_paused'])
  })

  it('is counted, sent or canceled by age and tenant, with a word in the audit table', async () => {
    const other = '11111111-1111-1111-1111-111111111111'
    const week = await held('backlog_not_released', 7 * 24 * 60)
    const day = await held('backlog_not_released', 24 * 60)
    const foreign = await held('backlog_not_released', 24 * 60, { tenant_id: other })
    const twoDaysAgo = new Date(Date.now() - 48 * 60 * 60 * 1000)

    expect(await countBacklog(database, EVERYTHING)).toMatchObject({ count: 3 })
    const own = { ...EVERYTHING, tenantId: TENANT }
    expect(await countBacklog(database, { ...own, from: twoDaysAgo })).toMatchObject({ count: 1 })
    expect(await settleBacklog(database, { ...own, to: twoDaysAgo }, 'cancel', 'ann')).toBe(1)
    expect(await settleBacklog(database, own, 'send', 'ann')).toBe(1)
    expect(await stateOf(week)).toEqual(['canceled', null])
    expect(await stateOf(day)).toEqual(['queued', null])
    expect(await stateOf(foreign)).toEqual(['held', 'backlog_not_released'])
    expect(
      await database.query('select actor, action from audit_log where message_id = $1', [day]),
    ).toEqual([{ actor: 'ann', action: 'release' }])
  })
})
