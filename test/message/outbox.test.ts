import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import * as outbox from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { acceptance, claim, NUMBER, queueMessages, rowOf, settlement } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('outbox', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const queueOne = async (expiryHours = 72): Promise<string> => {
    const [id] = await queueMessages(database, 1, {}, expiryHours)
    if (id === undefined) throw new Error('nothing was queued')
    return id
  }
  const attemptsOf = (id: string) =>
    database.query('select * from whatsapp_attempts where message_id = $1 order by attempt', [id])
  const endLease = async (id: string) => {
    await database.query('delete from recipient_pace returning 1', [])
    await database.query(
      `update whatsapp_messages set due_at = clock_timestamp() - interval '1 second', lease_until = clock_timestamp() - interval '1 second' where id = $1 returning id`,
      [id],
    )
  }
  const startedAgo = (id: string, seconds: number) =>
    database.query(
      `update whatsapp_attempts set started_at = clock_timestamp() - $2::float8 * interval '1 second'
       where message_id = $1 returning attempt`,
      [id, seconds],
    )
  const webhooksFlow = () =>
    database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at) values ($1, clock_timestamp() + interval '1 day')
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [NUMBER],
    )

  it('claims a due message once and commits the intent as an attempt without an outcome', async () => {
    const id = await queueOne()
    const [first, second] = await Promise.all([claim(database), claim(database)])
    const claimed = [...first, ...second].filter((row) => row.id === id)
    expect(claimed).toHaveLength(1)
    expect(claimed[0]).toMatchObject({
      attempt: 1,
      recipient_phone: expect.stringMatching(/^\+346/) as unknown,
    })
    expect(await rowOf(database, id)).toMatchObject({ state: 'sending', attempts: 1, fence: 1 })
    expect(await attemptsOf(id)).toMatchObject([{ attempt: 1, outcome: null, ended_at: null }])
  })

  it('claims neither gated templates nor recipients outside the allow list nor expired messages', async () => {
    const id = await queueOne()
    const gated = await claim(database, 100, { gatedTemplates: ['po_notification/es'] })
    const others = await claim(database, 100, { onlyTo: ['+34600000000'] })
    expect([...gated, ...others].map((row) => row.id)).not.toContain(id)
    const expired = await queueOne(-1)
    const claimed = (await claim(database)).map((row) => row.id)
    expect(claimed).toContain(id)
    expect(claimed).not.toContain(expired)
  })

  it('records an acceptance with wamid, whole response and nothing left to do', async () => {
    const id = await queueOne()
    await claim(database)
    await outbox.recordAcceptances(database, [acceptance(id, 1, `wamid.${id}`)])
    expect(await rowOf(database, id)).toMatchObject({
      state: 'accepted',
      status: 'SENT',
      whatsapp_message_id: `wamid.${id}`,
      wa_id: '34612345678',
      provider_response: { messages: [{ id: `wamid.${id}` }] },
      due_at: null,
      sent_at: null,
    })
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', wamid: `wamid.${id}` }])
  })

  it('takes a late acceptance as the truth after the lease ended, and a late refusal of an older fence as nothing', async () => {
    const id = await queueOne()
    await claim(database)
    await endLease(id)
    await sweepDue(database, 900, 'hold')
    expect(await rowOf(database, id)).toMatchObject({ state: 'in_doubt' })
    await outbox.recordAcceptances(database, [acceptance(id, 1, `wamid.late.${id}`)])
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted' })
    await outbox.recordSettlements(database, [settlement(id, { attempt: 1 })])
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted', error_code: null })
  })

  it('queues a refused message again with its backoff, its reason, and one failure more', async () => {
    const id = await queueOne()
    await claim(database)
    await outbox.recordSettlements(database, [
      settlement(id, {
        to_state: 'queued',
        delay_ms: 60_000,
        counts_failure: true,
        error_code: '131016',
      }),
    ])
    const row = await rowOf(database, id)
    expect(row).toMatchObject({ state: 'queued', failures: 1, error_code: '131016' })
    expect((await claim(database)).map((claimed) => claimed.id)).not.toContain(id)
    await endLease(id)
    expect(await claim(database)).toMatchObject([{ id, attempt: 2, failures: 1 }])
  })

  it('holds with a reason and gives the attempt back', async () => {
    const id = await queueOne()
    await claim(database)
    await outbox.recordSettlements(database, [
      settlement(id, {
        to_state: 'held',
        hold_reason: 'token',
        refunds_attempt: true,
        error_code: '190',
      }),
    ])
    expect(await rowOf(database, id)).toMatchObject({
      state: 'held',
      status: 'PENDING',
      hold_reason: 'token',
      attempts: 0,
      fence: 1,
      needs_attention: true,
    })
  })

  it('puts a dead process’s send in doubt, and never in the queue', async () => {
    const id = await queueOne()
    await claim(database)
    await endLease(id)
    expect(await sweepDue(database, 900, 'resend')).toMatchObject({ doubtful: 1, requeued: 0 })
    expect(await rowOf(database, id)).toMatchObject({ state: 'in_doubt', status: 'PENDING' })
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'in_doubt', evidence: 'lease' }])
    expect(await claim(database)).toEqual([])
  })

  it('keeps a doubt open while no webhook of the number comes, then asks a person', async () => {
    const id = await queueOne()
    await claim(database)
    await outbox.recordSettlements(database, [
      settlement(id, { outcome: 'in_doubt', to_state: 'in_doubt', delay_ms: 0, error_code: null }),
    ])
    await startedAgo(id, 1000)
    await database.query('delete from webhook_watermarks returning 1', [])
    await endLease(id)
    const { updated_at } = await rowOf(database, id)
    await sweepDue(database, 900, 'hold')
    // Looked at and left as it is: the time at which the doubt began stays.
    expect(await rowOf(database, id)).toMatchObject({ state: 'in_doubt', updated_at })
    await webhooksFlow()
    await endLease(id)
    expect(await sweepDue(database, 900, 'hold')).toMatchObject({ unconfirmed: 1 })
    expect(await rowOf(database, id)).toMatchObject({ state: 'unconfirmed', needs_attention: true })
    await sweepDue(database, 900, 'hold')
    expect(await rowOf(database, id)).toMatchObject({ state: 'unconfirmed' })
  })

  it('sends a doubtful message again once, where the policy says so and webhooks flow', async () => {
    const id = await queueOne()
    await webhooksFlow()
    for (const expected of ['queued', 'unconfirmed']) {
      await claim(database)
      await endLease(id)
      await sweepDue(database, 900, 'resend')
      await startedAgo(id, 1000)
      await endLease(id)
      await sweepDue(database, 900, 'resend')
      expect(await rowOf(database, id)).toMatchObject({ state: expected })
    }
    expect(await attemptsOf(id)).toMatchObject([
      { outcome: 'assumed_lost' },
      { outcome: 'in_doubt' },
    ])
  })

  it('lets evidence of the first attempt cancel the second that has not begun', async () => {
    const id = await queueOne()
    await webhooksFlow()
    await claim(database)
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    expect(await rowOf(database, id)).toMatchObject({ state: 'queued' })
    await outbox.recordAcceptances(database, [acceptance(id, 1, `wamid.first.${id}`)])
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted', due_at: null })
    expect(await claim(database)).toEqual([])
  })

  it('lets a late refusal of an older attempt change nothing while a newer one is under way', async () => {
    const id = await queueOne()
    await webhooksFlow()
    await claim(database)
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    await claim(database)
    const refused = { attempt: 1, to_state: 'queued', delay_ms: 0 } as const
    await outbox.recordSettlements(database, [settlement(id, refused)])
    expect(await rowOf(database, id)).toMatchObject({ state: 'sending', fence: 2 })
  })

  it('marks a message of which Meta accepted two attempts', async () => {
    const id = await queueOne()
    await webhooksFlow()
    await claim(database)
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    await endLease(id)
    await sweepDue(database, 900, 'resend')
    await claim(database)
    const first = [acceptance(id, 1, `wamid.a.${id}`)]
    expect(await outbox.recordAcceptances(database, first)).toEqual([])
    expect(await outbox.recordAcceptances(database, first)).toEqual([])
    expect(await rowOf(database, id)).toMatchObject({ duplicate_sent: false })
    // One statement, so one commit: nobody sees the second acceptance without this.
    const second = [acceptance(id, 2, `wamid.b.${id}`)]
    expect(await outbox.recordAcceptances(database, second)).toEqual([id])
    expect(await rowOf(database, id)).toMatchObject({ duplicate_sent: true, needs_attention: true })
  })

  it('expires what could not be sent in time, visibly', async () => {
    const id = await queueOne(-1)
    expect(await sweepDue(database, 900, 'hold')).toMatchObject({ expired: 1 })
    expect(await rowOf(database, id)).toMatchObject({
      state: 'expired',
      status: 'FAILED',
      error_code: 'expired',
      due_at: null,
    })
  })

  it('refuses every step back but a counted retry, whoever writes', async () => {
    const id = await queueOne()
    await claim(database)
    await outbox.recordAcceptances(database, [acceptance(id, 1, `wamid.${id}`)])
    for (const state of ['queued', 'sending', 'in_doubt', 'canceled', 'expired']) {
      await expect(
        database.query(
          `update whatsapp_messages set state = $2::whatsapp_message_state, error_code = 'x' where id = $1 returning id`,
          [id, state],
        ),
        state,
      ).rejects.toMatchObject({ code: '23000' })
    }
    const failed = await queueOne()
    await claim(database)
    await outbox.recordSettlements(database, [settlement(failed, {})])
    const retry = (retries: string) =>
      database.query(
        `update whatsapp_messages set state = 'queued', retries = ${retries} where id = $1 returning id`,
        [failed],
      )
    await expect(retry('retries')).rejects.toMatchObject({ code: '23000' })
    expect(await retry('retries + 1')).toHaveLength(1)
  })
})
