import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { foldUsage } from '../../src/template/usage-store.ts'
import { claim, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const ACCOUNT = '102290129340398'

describeEachMigratedDatabase('the count of what was sent with a template', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    for (const table of [
      'template_usage',
      'template_usage_open',
      'template_usage_state',
      'whatsapp_templates',
      'whatsapp_attempts',
      'whatsapp_messages',
      'recipient_pace',
    ]) {
      await database.query(`delete from ${table} returning 1`, [])
    }
    for (const language of ['es', 'de']) {
      await database.query(
        `insert into whatsapp_templates (id, tenant_id, business_account_id, template_name, language, category, status)
         values (gen_random_uuid(), $1, $2, 'po_notification', $3, 'UTILITY', 'APPROVED') returning 1`,
        [TENANT, ACCOUNT, language],
      )
    }
  })

  /** So many attempts, begun a while ago, with this outcome. */
  const attempts = async (count: number, outcome: string | null, language = 'es') => {
    const ids = await queueMessages(database, count, { template_language: language })
    await claim(database, count)
    await setOutcome(ids, outcome)
    return ids
  }
  const setOutcome = (ids: readonly string[], outcome: string | null, ago = '10 seconds') =>
    database.query(
      `update whatsapp_attempts set outcome = $2::whatsapp_attempt_outcome,
         started_at = clock_timestamp() - $3::interval
       where message_id = any ($1::uuid[]) returning 1`,
      [ids, outcome, ago],
    )
  const fold = (limit?: number) => foldUsage(database, ACCOUNT, limit)
  const counts = async () => {
    const rows = await database.query<{ language: string; sent_count: string }>(
      'select language, sent_count from whatsapp_templates order by language',
      [],
    )
    return Object.fromEntries(rows.map((row) => [row.language, Number(row.sent_count)]))
  }
  const rolled = async () =>
    Number(
      (
        await database.query<{ sent: string | null }>(
          'select sum(sent)::text as sent from template_usage where tenant_id = $1',
          [TENANT],
        )
      )[0]?.sent ?? 0,
    )
  const openOnes = async () =>
    (await database.query('select 1 from template_usage_open', [])).length

  it('counts what Meta accepted, once, however often it is folded', async () => {
    await attempts(3, 'accepted')
    await attempts(2, 'accepted', 'de')
    await attempts(1, 'rejected')
    expect(await fold()).toEqual({ counted: 5, more: false })
    expect(await fold()).toEqual({ counted: 0, more: false })
    expect(await counts()).toEqual({ es: 3, de: 2 })
    expect(await rolled()).toBe(5)
  })

  it('counts later what was open: an answer under way, or a doubt that a webhook settles', async () => {
    const under = await attempts(2, null)
    const doubt = await attempts(1, 'in_doubt')
    expect(await fold()).toEqual({ counted: 0, more: false })
    await database.query(
      `update whatsapp_attempts set outcome = 'accepted' where message_id = any ($1::uuid[]) returning 1`,
      [under],
    )
    expect(await fold()).toMatchObject({ counted: 2 })
    await database.query(
      `update whatsapp_attempts set outcome = 'accepted' where message_id = any ($1::uuid[]) returning 1`,
      [doubt],
    )
    expect(await fold()).toMatchObject({ counted: 1 })
    expect(await fold()).toMatchObject({ counted: 0 })
    expect(await counts()).toEqual({ es: 3, de: 0 })
    expect(await openOnes()).toBe(0)
  })

  it('leaves what has just begun for the next fold', async () => {
    const ids = await attempts(1, 'accepted')
    await setOutcome(ids, 'accepted', '0 seconds')
    expect(await fold()).toMatchObject({ counted: 0 })
    await database.query(
      `update template_usage_state set counted_through = clock_timestamp() - interval '1 hour' returning 1`,
      [],
    )
    await setOutcome(ids, 'accepted')
    expect(await fold()).toMatchObject({ counted: 1 })
  })

  it('takes a long history in pieces, and is right after any of them', async () => {
    await attempts(7, 'accepted')
    const seen: number[] = []
    let more = true
    while (more) {
      const result = await fold(3)
      seen.push(result.counted)
      more = result.more
    }
    expect(seen.reduce((a, b) => a + b, 0)).toBe(7)
    expect(await counts()).toEqual({ es: 7, de: 0 })
  })

  it('counts nothing of a fold that was not committed', async () => {
    await attempts(4, 'accepted')
    const broken: Database = {
      ...database,
      transaction: (work) =>
        database.transaction(async (tx) => {
          await work(tx)
          throw new Error('died before the commit')
        }),
    }
    await expect(foldUsage(broken, ACCOUNT)).rejects.toThrow('died')
    expect(await counts()).toEqual({ es: 0, de: 0 })
    expect(await fold()).toMatchObject({ counted: 4 })
    expect(await rolled()).toBe(4)
  })

  it('is made by one process at a time', async () => {
    await attempts(5, 'accepted')
    const results = await Promise.all([fold(), fold(), fold()])
    const again = await fold()
    const total = [...results, again].reduce((sum, { counted }) => sum + counted, 0)
    expect(total).toBe(5)
    expect(await counts()).toEqual({ es: 5, de: 0 })
  })

  it('forgets what can no longer become known', async () => {
    await attempts(1, 'rejected')
    await attempts(1, 'in_doubt')
    await fold()
    expect(await openOnes()).toBe(2)
    await database.query(
      `update template_usage_open set started_at = clock_timestamp() - interval '2 days' returning 1`,
      [],
    )
    await fold()
    expect(await openOnes()).toBe(1)
    await database.query(
      `update template_usage_open set started_at = clock_timestamp() - interval '41 days' returning 1`,
      [],
    )
    await fold()
    expect(await openOnes()).toBe(0)
  })
})
