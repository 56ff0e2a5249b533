import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { cancelMessage, resolveMessage, retryMessage } from '../../src/message/action-store.ts'
import type { ActionTarget, Resolution } from '../../src/message/action-store.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import type { Settlement } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { StatusItem } from '../../src/webhook/parse-webhook.ts'
import { acceptance, claim, NUMBER, queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const OTHER_TENANT = '11111111-1111-4111-8111-111111111111'
const NEW_PHONE = '+34699999999'

describeEachMigratedDatabase('actions on messages', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const target = (id: string, more: Partial<ActionTarget> = {}): ActionTarget => ({
    id,
    tenantId: null,
    actor: 'Ana',
    auditId: createId(),
    ...more,
  })
  const retry = async (id: string, more: { phone?: string; tenantId?: string } = {}) => {
    const row = await rowOf(database, id)
    return retryMessage(database, target(id, { tenantId: more.tenantId ?? null }), {
      expiryHours: 72,
      recipientPhone: more.phone ?? (row['recipient_phone'] as string | null),
      recipientInput: 'as given',
      templateName: 'po_notification',
      templateLanguage: 'es',
      templateLanguageAsked: null,
      templateParameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
    })
  }
  const cancel = (id: string) => cancelMessage(database, target(id))
  const resolve = (id: string, as: Resolution) => resolveMessage(database, target(id), as, 72)

  const queueOne = async (more: Parameters<typeof queueMessages>[2] = {}): Promise<string> => {
    const [id] = await queueMessages(database, 1, more)
    if (id === undefined) throw new Error('nothing was queued')
    return id
  }
  const claimOne = async (id: string): Promise<number> => {
    await database.query('delete from recipient_pace returning 1', [])
    const mine = (await claim(database)).find((message) => message.id === id)
    if (mine === undefined) throw new Error('it was not claimed')
    return mine.attempt
  }
  const settle = (id: string, attempt: number, more: Partial<Settlement> = {}) =>
    recordSettlements(database, [
      {
        message_id: id,
        attempt,
        outcome: 'rejected',
        http_status: 400,
        to_state: 'failed',
        hold_reason: null,
        delay_ms: null,
        counts_failure: false,
        refunds_attempt: false,
        error_code: '131026',
        error_message: 'Message undeliverable',
        error: { code: 131026 },
        response: { error: { code: 131026 } },
        ...more,
      },
    ])
  const failed = async (): Promise<string> => {
    const id = await queueOne()
    await settle(id, await claimOne(id))
    return id
  }
  const dueNow = (id: string) =>
    database.query(
      `update whatsapp_messages set due_at = clock_timestamp() - interval '1 second', lease_until = clock_timestamp() - interval '1 second' where id = $1 returning 1`,
      [id],
    )
  const webhooksFlow = () =>
    database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at) values ($1, clock_timestamp() + interval '1 day')
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [NUMBER],
    )
  const unconfirmed = async (): Promise<string> => {
    const id = await queueOne()
    await webhooksFlow()
    await settle(id, await claimOne(id), {
      outcome: 'in_doubt',
      to_state: 'in_doubt',
      delay_ms: 0,
      error_code: null,
      error_message: 'The answer to the send was lost',
    })
    await dueNow(id)
    await sweepDue(database, 0, 'hold')
    expect(await rowOf(database, id)).toMatchObject({ state: 'unconfirmed' })
    return id
  }
  const webhook = (id: string, attempt: number, status: string, error?: StatusItem['error']) =>
    applyWebhooks(
      database,
      [
        {
          kind: 'status',
          status: {
            wamid: `wamid.${id}.${String(attempt)}`,
            status,
            metaAt: '2026-11-22T09:30:00.000Z',
            phoneNumberId: NUMBER,
            recipientId: '34612345678',
            recipientUserId: null,
            callbackData: callbackData(id, attempt),
            pricing: null,
            error: error ?? null,
            detail: {},
          },
        },
      ],
      createId,
    )
  const accept = (id: string, attempt: number) =>
    recordAcceptances(database, [acceptance(id, attempt, `wamid.${id}.${String(attempt)}`)])
  const attemptsOf = (id: string) =>
    database.query('select * from whatsapp_attempts where message_id = $1 order by attempt', [id])
  const auditOf = (id: string) =>
    database.query<{ action: string; actor: string; detail: Record<string, unknown> }>(
      'select * from audit_log where message_id = $1 order by at',
      [id],
    )

  it('retries a failed message as if it were new, and keeps what it said in the audit row', async () => {
    const id = await queueOne()
    const attempt = await claimOne(id)
    await accept(id, attempt)
    await webhook(id, attempt, 'sent')
    await webhook(id, attempt, 'failed', { code: '131026', title: 'Undeliverable', detail: null })
    expect(await rowOf(database, id)).toMatchObject({ state: 'failed', error_code: '131026' })
    expect(await retry(id, { phone: NEW_PHONE })).toBe(true)
    const row = await rowOf(database, id)
    expect(row).toMatchObject({
      state: 'queued',
      status: 'PENDING',
      retries: 1,
      retried_through: 1,
      failures: 0,
      recipient_phone: NEW_PHONE,
      recipient_input: 'as given',
      needs_attention: false,
    })
    for (const name of [
      ...['whatsapp_message_id', 'wa_id', 'accepted_at', 'sent_at', 'delivered_at', 'read_at'],
      ...['failed_at', 'error_code', 'error_message', 'hold_reason', 'provider_response'],
    ]) {
      expect(row[name], name).toBeNull()
    }
    expect((row['expires_at'] as Date).getTime()).toBeGreaterThan(Date.now() + 71 * 3_600_000)
    expect(await auditOf(id)).toMatchObject([
      {
        action: 'retry',
        actor: 'Ana',
        tenant_id: TENANT,
        detail: {
          from: 'failed',
          error_code: '131026',
          whatsapp_message_id: `wamid.${id}.1`,
          provider_response: { messages: [{ id: `wamid.${id}.1` }] },
        },
      },
    ])
    expect(await claimOne(id)).toBe(2)
  })

  it('retries what was expired or canceled, and nothing else', async () => {
    const expired = await queueOne()
    await database.query(
      `update whatsapp_messages set expires_at = clock_timestamp() - interval '1 second' where id = $1 returning 1`,
      [expired],
    )
    await sweepDue(database, 900, 'hold')
    const canceled = await queueOne()
    await cancel(canceled)
    for (const id of [expired, canceled]) {
      expect(await retry(id)).toBe(true)
      expect(await rowOf(database, id)).toMatchObject({ state: 'queued', retried_through: 0 })
      expect(await retry(id)).toBe(false)
    }
    const sending = await queueOne()
    await claimOne(sending)
    expect(await retry(sending)).toBe(false)
    await accept(sending, 1)
    expect(await retry(sending)).toBe(false)
    expect(await auditOf(sending)).toEqual([])
  })

  it('counts of the attempt before a retry only a delivery, which stops the retry', async () => {
    const id = await queueOne()
    await claimOne(id)
    await accept(id, 1)
    await webhook(id, 1, 'failed', { code: '131026', title: 'Undeliverable', detail: null })
    await retry(id)
    await webhook(id, 1, 'sent')
    expect(await rowOf(database, id)).toMatchObject({ state: 'queued', whatsapp_message_id: null })
    await webhook(id, 1, 'delivered')
    expect(await rowOf(database, id)).toMatchObject({ state: 'delivered', due_at: null })
    await database.query('delete from recipient_pace returning 1', [])
    expect((await claim(database)).map((message) => message.id)).not.toContain(id)
  })

  it('does not retry while another attempt is under way or accepted, and does once it is settled', async () => {
    const id = await unconfirmed()
    await resolve(id, 'resend')
    const second = await claimOne(id)
    await webhook(id, 1, 'failed', { code: '131026', title: 'Undeliverable', detail: null })
    expect(await rowOf(database, id)).toMatchObject({ state: 'failed' })
    expect(await retry(id)).toBe(false)
    await accept(id, second)
    expect(await retry(id)).toBe(false)
    await webhook(id, second, 'failed', { code: '131026', title: 'Undeliverable', detail: null })
    expect(await retry(id)).toBe(true)
    expect(await rowOf(database, id)).toMatchObject({ state: 'queued', retried_through: 2 })
  })

  it('learns who the recipient is from no attempt to another one', async () => {
    const id = await unconfirmed()
    await resolve(id, 'not_sent')
    await retry(id, { phone: NEW_PHONE })
    await webhook(id, 1, 'sent')
    expect(await rowOf(database, id)).toMatchObject({ state: 'sent', wa_id: null })

    const sentAnew = await unconfirmed()
    await resolve(sentAnew, 'not_sent')
    await retry(sentAnew, { phone: NEW_PHONE })
    const second = await claimOne(sentAnew)
    await accept(sentAnew, 1)
    expect(await rowOf(database, sentAnew)).toMatchObject({ wa_id: null })
    await webhook(sentAnew, second, 'sent')
    expect(await rowOf(database, sentAnew)).toMatchObject({ wa_id: '34612345678' })
  })

  it('lets evidence of an attempt that only a person settled stop a retry', async () => {
    const id = await unconfirmed()
    await resolve(id, 'not_sent')
    await retry(id)
    expect(await rowOf(database, id)).toMatchObject({ state: 'queued', retried_through: 0 })
    await webhook(id, 1, 'sent')
    expect(await rowOf(database, id)).toMatchObject({
      state: 'sent',
      due_at: null,
      whatsapp_message_id: `wamid.${id}.1`,
    })
  })

  it('touches no message of another tenant', async () => {
    const id = await failed()
    expect(await retry(id, { tenantId: OTHER_TENANT })).toBe(false)
    const theirs = target(await queueOne(), { tenantId: OTHER_TENANT })
    expect(await cancelMessage(database, theirs)).toBe(false)
    expect(await retry(id, { tenantId: TENANT })).toBe(true)
  })

  it('cancels what waits or is held, visibly, and not what is on its way', async () => {
    const queued = await queueOne()
    const held = await queueOne({ state: 'held', hold_reason: 'token' })
    for (const id of [queued, held]) {
      expect(await cancel(id)).toBe(true)
      expect(await rowOf(database, id)).toMatchObject({
        state: 'canceled',
        status: 'FAILED',
        error_code: 'canceled',
        hold_reason: null,
        due_at: null,
      })
    }
    expect(await auditOf(held)).toMatchObject([
      { action: 'cancel', detail: { from: 'held', hold_reason: 'token' } },
    ])
    const sending = await queueOne()
    await claimOne(sending)
    expect(await cancel(sending)).toBe(false)
    expect(await rowOf(database, sending)).toMatchObject({ state: 'sending' })
  })

  it('cancels one that waits for another try', async () => {
    const id = await queueOne()
    await settle(id, await claimOne(id), {
      to_state: 'queued',
      delay_ms: 60_000,
      counts_failure: true,
    })
    expect(await cancel(id)).toBe(true)
    await dueNow(id)
    expect((await claim(database)).map((message) => message.id)).not.toContain(id)
  })

  it('either cancels or sends, never both, whoever comes first', async () => {
    const ids = await queueMessages(database, 30)
    const [canceled, first, second] = await Promise.all([
      Promise.all(ids.map(cancel)),
      claim(database, 10),
      claim(database, 10),
    ])
    const sent = new Set([...first, ...second].map((message) => message.id))
    for (const [index, id] of ids.entries()) {
      expect(canceled[index], id).toBe(!sent.has(id))
      const { state } = await rowOf(database, id)
      expect(state).toBe(sent.has(id) ? 'sending' : 'canceled')
    }
  })

  it('carries out one of several equal actions at once', async () => {
    const id = await failed()
    const done = await Promise.all([retry(id), retry(id), retry(id), retry(id)])
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(await rowOf(database, id)).toMatchObject({ retries: 1 })
    expect(await auditOf(id)).toHaveLength(1)
    const other = await unconfirmed()
    const resolved = await Promise.all([resolve(other, 'resend'), resolve(other, 'not_sent')])
    expect(resolved.filter(Boolean)).toHaveLength(1)
  })

  it('never sends what a delivery and a retry reach at once, if the delivery is there', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await queueOne()
      await claimOne(id)
      await accept(id, 1)
      await webhook(id, 1, 'failed', { code: '131026', title: 'Undeliverable', detail: null })
      await Promise.all([retry(id), webhook(id, 1, 'delivered')])
      expect(await rowOf(database, id)).toMatchObject({ state: 'delivered', due_at: null })
    }
  })

  it('accepts on a person’s word without an id, and takes id and rank from a later webhook', async () => {
    const id = await unconfirmed()
    expect(await resolve(id, 'sent')).toBe(true)
    expect(await rowOf(database, id)).toMatchObject({
      state: 'accepted',
      status: 'SENT',
      whatsapp_message_id: null,
      resolved_as: 'sent',
      due_at: null,
      error_message: null,
    })
    const [attempt] = await attemptsOf(id)
    expect(attempt).toMatchObject({ outcome: 'in_doubt', evidence: 'person' })
    expect((await rowOf(database, id))['accepted_at']).toEqual(attempt?.['started_at'])
    expect(await auditOf(id)).toMatchObject([{ action: 'resolve_sent', actor: 'Ana' }])
    await webhook(id, 1, 'delivered')
    expect(await rowOf(database, id)).toMatchObject({
      state: 'delivered',
      whatsapp_message_id: `wamid.${id}.1`,
    })
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', evidence: 'webhook' }])
    const wamids = await database.query('select 1 from whatsapp_wamids where message_id = $1', [id])
    expect(wamids).toHaveLength(1)
  })

  it('fails on a person’s word, and yields to a webhook that says otherwise', async () => {
    const id = await unconfirmed()
    await resolve(id, 'not_sent')
    expect(await rowOf(database, id)).toMatchObject({
      state: 'failed',
      error_code: 'not_sent',
      due_at: null,
    })
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'not_sent', evidence: 'person' }])
    await webhook(id, 1, 'sent')
    expect(await rowOf(database, id)).toMatchObject({ state: 'sent', error_code: null })
    expect(await attemptsOf(id)).toMatchObject([{ outcome: 'accepted', evidence: 'webhook' }])
  })

  it('sends again on a person’s word, unless evidence of the first attempt comes before', async () => {
    const stopped = await unconfirmed()
    await resolve(stopped, 'resend')
    expect(await rowOf(database, stopped)).toMatchObject({ state: 'queued', retries: 0 })
    expect(await attemptsOf(stopped)).toMatchObject([
      { outcome: 'assumed_lost', evidence: 'person' },
    ])
    await webhook(stopped, 1, 'sent')
    expect(await rowOf(database, stopped)).toMatchObject({ state: 'sent', due_at: null })

    const doubled = await unconfirmed()
    await resolve(doubled, 'resend')
    const second = await claimOne(doubled)
    await accept(doubled, second)
    await webhook(doubled, 1, 'sent')
    expect(await rowOf(database, doubled)).toMatchObject({ duplicate_sent: true })
  })

  it('leaves a second doubt to a person again', async () => {
    const id = await unconfirmed()
    await resolve(id, 'resend')
    const doubt = { outcome: 'in_doubt', to_state: 'in_doubt', delay_ms: 0 } as const
    await settle(id, await claimOne(id), doubt)
    expect(await resolve(id, 'sent')).toBe(false)
    await dueNow(id)
    await sweepDue(database, 0, 'resend')
    expect(await resolve(id, 'sent')).toBe(true)
  })

  it('admits a message beyond accepted without Meta’s id for nobody', async () => {
    const id = await unconfirmed()
    const move = (state: string) =>
      database.query(
        'update whatsapp_messages set state = $2::whatsapp_message_state where id = $1 returning 1',
        [id, state],
      )
    await expect(move('accepted')).rejects.toMatchObject({ code: '23514' })
    await resolve(id, 'sent')
    await expect(move('sent')).rejects.toMatchObject({ code: '23514' })
  })
})
