import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { claimDue, recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyMatched } from '../../src/webhook/apply-webhooks.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { statusItem } from '../support/statuses.ts'
import { TENANT } from '../support/orders.ts'
import { acceptance, draftMessages, NUMBER, startMessages } from '../support/messages.ts'

describeEachMigratedDatabase('messages that are under way as they are written', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const rowOf = async (id: string) => {
    const rows = await database.query(
      `select m.state, m.due_at, m.fence, m.attempts, m.lease_owner, a.attempt, a.outcome
       from whatsapp_messages m left join whatsapp_attempts a on a.message_id = m.id where m.id = $1`,
      [id],
    )
    expect(rows).toHaveLength(1)
    return rows[0]
  }
  const idOf = (ids: readonly string[]): string => {
    const [id] = ids
    if (id === undefined) throw new Error('nothing was started')
    return id
  }

  it('have their intent in the same commit, and nothing claims them', async () => {
    const drafts = draftMessages(3)
    expect(await startMessages(database, drafts, { most: 2 })).toHaveLength(2)
    expect(await rowOf(drafts[0]?.id ?? '')).toMatchObject({
      state: 'sending',
      due_at: null,
      fence: 1,
      attempts: 1,
      lease_owner: 'test',
      attempt: 1,
      outcome: null,
    })
    // One more than there were slots.
    expect(await rowOf(drafts[2]?.id ?? '')).toMatchObject({ state: 'queued', attempt: null })
    const { messages } = await claimDue(database, {
      limit: 10,
      phoneNumberId: NUMBER,
      leaseOwner: 'other',
      leaseSeconds: 30,
      gatedTemplates: [],
      onlyTo: null,
      businessAccountId: null,
    })
    expect(messages.map(({ id }) => id)).toEqual([drafts[2]?.id])
  })

  it('are queued instead where their recipient was written to a moment ago', async () => {
    const [first, second] = draftMessages(2, { recipient_phone: '+34699000111' })
    if (first === undefined || second === undefined) throw new Error('no drafts')
    expect(await startMessages(database, [first])).toEqual([first.id])
    expect(await startMessages(database, [second])).toEqual([])
    expect(await rowOf(second.id)).toMatchObject({ state: 'queued', fence: 0, attempt: null })
  })

  it('are started once a recipient, though a batch has several for him', async () => {
    const drafts = draftMessages(3, { recipient_phone: '+34699000222' })
    expect(await startMessages(database, drafts)).toEqual([drafts[0]?.id])
  })

  it('are queued instead where the registry does not show their template approved', async () => {
    const drafts = draftMessages(1, { template_name: 'nobody_has_approved_it' })
    expect(await startMessages(database, drafts, { businessAccountId: '1' })).toEqual([])
    expect(await rowOf(drafts[0]?.id ?? '')).toMatchObject({ state: 'queued', attempt: null })
  })

  it('are queued instead where the supplier does not want messages', async () => {
    const [byNumber, bySupplier] = draftMessages(2)
    if (byNumber === undefined || bySupplier === undefined) throw new Error('no drafts')
    await database.query(
      `insert into opt_outs (tenant_id, recipient, source) values ($1, $2, 'stop_word'), ($1, 's:4711', 'directory')`,
      [TENANT, byNumber.recipient_phone],
    )
    expect(
      await startMessages(database, [byNumber, { ...bySupplier, supplier_id: '4711' }]),
    ).toEqual([])
  })

  it('are in doubt when their process dies, and only those whose answer is not known', async () => {
    const drafts = draftMessages(3)
    await startMessages(database, drafts, { leaseSeconds: 0 })
    const [dead = '', accepted = '', refused = ''] = drafts.map(({ id }) => id)
    await recordAcceptances(database, [acceptance(accepted, 1, `wamid.${accepted}`)])
    await recordSettlements(database, [
      {
        message_id: refused,
        attempt: 1,
        outcome: 'not_sent',
        http_status: null,
        to_state: 'queued',
        hold_reason: null,
        delay_ms: 60_000,
        counts_failure: true,
        refunds_attempt: false,
        error_code: null,
        error_message: null,
        error: {},
        response: null,
      },
    ])
    expect(await sweepDue(database, 900, 'hold')).toMatchObject({ doubtful: 1, requeued: 0 })
    expect(await rowOf(dead)).toMatchObject({ state: 'in_doubt', outcome: 'in_doubt' })
    expect((await rowOf(dead))?.['due_at']).toBeInstanceOf(Date)
    expect(await rowOf(accepted)).toMatchObject({ state: 'accepted', outcome: 'accepted' })
    expect(await rowOf(refused)).toMatchObject({ state: 'queued', outcome: 'not_sent' })
    expect(await sweepDue(database, 900, 'hold')).toMatchObject({ doubtful: 0 })
  })

  it('are left alone while their lease lasts', async () => {
    const drafts = draftMessages(1)
    const id = idOf(await startMessages(database, drafts, { leaseSeconds: 30 }))
    await sweepDue(database, 900, 'hold')
    expect(await rowOf(id)).toMatchObject({ state: 'sending', outcome: null })
  })

  it('touch no index again on their way to read', async () => {
    if (!database.capabilities.multipleProcesses) return
    // Room for every version of a row beside it: whether dead ones are removed in time is not asked here.
    const parts = await database.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'whatsapp_messages'::regclass`,
    )
    for (const { name } of parts)
      await database.execute(`alter table ${name} set (fillfactor = 10)`)
    const count = async () => {
      await database.query('select pg_stat_force_next_flush()')
      const rows = await database.query<{ all: string; hot: string }>(
        `select sum(n_tup_upd) as all, sum(n_tup_hot_upd) as hot from pg_stat_user_tables
         where relname like 'whatsapp_messages%'`,
      )
      return { all: Number(rows[0]?.all), hot: Number(rows[0]?.hot) }
    }
    const before = await count()
    for (let batch = 0; batch < 20; batch += 1) {
      const drafts = draftMessages(10, { metadata: { filler: 'x'.repeat(700) } })
      await startMessages(database, drafts)
      await recordAcceptances(
        database,
        drafts.map(({ id }) => acceptance(id, 1, `wamid.hot.${id}`)),
      )
      for (const status of ['sent', 'delivered', 'read']) {
        await database.transaction((tx) =>
          applyMatched(
            tx,
            drafts.map(({ id }) => ({
              messageId: id,
              attempt: 1,
              item: statusItem(`wamid.hot.${id}`, { status, phoneNumberId: NUMBER }),
            })),
          ),
        )
      }
    }
    const after = await count()
    expect(after.all - before.all).toBe(800)
    expect((after.hot - before.hot) / 800).toBeGreaterThanOrEqual(0.95)
  })
})
