import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { cancelMessage, retryMessage } from '../../src/message/action-store.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import { callbackData } from '../../src/message/message.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { applyItems, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import {
  acceptance,
  acceptedMessage,
  claim,
  NUMBER,
  queueMessages,
  rowOf,
  settlement,
} from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const FAILED = 'whatsapp.message.failed'
const ATTENTION = 'whatsapp.message.needs_attention'

function statusItems(wamid: string, ...statuses: string[]): WebhookItem[] {
  const body = {
    entry: [
      {
        changes: [
          {
            field: 'messages',
            value: {
              metadata: { phone_number_id: NUMBER },
              statuses: statuses.map((status, index) => ({
                id: wamid,
                status,
                timestamp: String(1_750_000_001 + index),
                ...(status === 'failed' && { errors: [{ code: 131026, title: 'Undeliverable' }] }),
              })),
            },
          },
        ],
      },
    ],
  }
  return parseWebhook(body).statuses.map((status) => ({ kind: 'status', status }))
}

/** A message that fails as it is written. */
function failure(db: Queryable): Promise<string[]> {
  return queueMessages(db, 1, { state: 'failed', error_code: 'no_phone', error_message: 'x' })
}

describeEachMigratedDatabase('what is kept for publishing', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open({ 'aviso.publish': EVENT_TYPES.join(',') })
  })
  afterAll(() => database.close())
  let number = 0

  const nextWamid = (): string => {
    number += 1
    return `wamid.out.${String(number)}`
  }
  const apply = (wamid: string, ...statuses: string[]) =>
    applyWebhooks(database, statusItems(wamid, ...statuses), createId)
  const eventsOf = (id: string, db: Queryable = database) =>
    db.query<{ id: string; routing_key: string; status: string; state: string }>(
      'select * from outgoing_events where message_id = $1 order by id',
      [id],
    )
  const keysIn = async (db: Queryable, id: string) =>
    (await eventsOf(id, db)).map((event) => event.routing_key.replace('whatsapp.message.', ''))
  const keysOf = (id: string) => keysIn(database, id)

  it('is one event for each step, once, however often it is told', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    expect(await keysOf(id)).toEqual(['sent'])
    for (const status of ['sent', 'delivered', 'delivered', 'read', 'sent']) {
      await apply(wamid, status)
    }
    expect(await keysOf(id)).toEqual(['sent', 'delivered', 'read'])
  })

  it('is every step in its order where one batch takes several', async () => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    const wamid = nextWamid()
    await recordAcceptances(database, [acceptance(id, 1, wamid)])
    await apply(wamid, 'read', 'sent', 'delivered')
    const events = await eventsOf(id)
    expect(events.map(({ routing_key, status, state }) => [routing_key, status, state])).toEqual([
      ['whatsapp.message.sent', 'SENT', 'accepted'],
      ['whatsapp.message.delivered', 'DELIVERED', 'delivered'],
      ['whatsapp.message.read', 'READ', 'read'],
    ])
    const sequence = events.map((event) => Number(event.id))
    expect(sequence).toEqual(sequence.toSorted((a, b) => a - b))
  })

  it('tells of a failure and that somebody should look, and of the delivery that came after all', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await apply(wamid, 'failed')
    await apply(wamid, 'delivered')
    expect(await keysOf(id)).toEqual(['sent', 'failed', 'needs_attention', 'delivered'])
  })

  it('tells of what is written as failed or held from the start', async () => {
    const [id = ''] = await failure(database)
    const [held = ''] = await queueMessages(database, 1, {
      state: 'held',
      hold_reason: 'notifications_disabled',
    })
    expect(await keysOf(id)).toEqual(['failed', 'needs_attention'])
    expect(await keysOf(held)).toEqual(['needs_attention'])
  })

  it('tells of a doubt, and again when it stays without evidence', async () => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    await recordSettlements(database, [
      settlement(id, { outcome: 'in_doubt', to_state: 'in_doubt', delay_ms: 0, error_code: null }),
    ])
    await database.query(
      `update whatsapp_attempts set started_at = clock_timestamp() - interval '1 hour' where message_id = $1 returning 1`,
      [id],
    )
    await database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at) values ($1, clock_timestamp())
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [NUMBER],
    )
    await sweepDue(database, 900, 'hold')
    expect((await eventsOf(id)).map((event) => [event.routing_key, event.state])).toEqual([
      [ATTENTION, 'in_doubt'],
      [ATTENTION, 'unconfirmed'],
    ])
  })

  it('tells of a cancellation as a failure, and of the way after a retry anew', async () => {
    const target = (id: string) => ({ id, tenantId: null, actor: 'test', auditId: createId() })
    const [id = ''] = await queueMessages(database, 1)
    await cancelMessage(database, target(id))
    expect(await keysOf(id)).toEqual(['failed'])
    const row = await rowOf(database, id)
    await retryMessage(database, target(id), {
      expiryHours: 72,
      recipientPhone: String(row['recipient_phone']),
      recipientInput: null,
      templateName: 'po_notification',
      templateLanguage: 'es',
      templateLanguageAsked: null,
      templateParameters: [],
    })
    await claim(database)
    await recordAcceptances(database, [acceptance(id, 1, nextWamid())])
    expect(await keysOf(id)).toEqual(['failed', 'sent'])
  })

  it('tells once that a message was sent twice', async () => {
    const id = await acceptedMessage(database, nextWamid())
    const another = nextWamid()
    await recordAcceptances(database, [acceptance(id, 1, another)])
    await recordAcceptances(database, [acceptance(id, 1, another)])
    expect(await keysOf(id)).toEqual(['sent', 'needs_attention'])
  })

  it('tells of the state, too, where the status of a second acceptance changes it', async () => {
    const id = await acceptedMessage(database, nextWamid())
    const [status] = statusItems(nextWamid(), 'delivered')
    if (status?.kind !== 'status') throw new Error('no status')
    const named = { ...status.status, callbackData: callbackData(id, 1) }
    const applyNamed = (tx: Queryable) =>
      applyItems(tx, [{ kind: 'status', status: named }], createId)
    await database
      .transaction(async (tx) => {
        await tx.query(`select set_config('aviso.publish', 'whatsapp.message.delivered', true)`, [])
        await applyNamed(tx)
        expect(await keysIn(tx, id)).toEqual(['sent', 'delivered'])
        throw new Error('back')
      })
      .catch(() => undefined)
    await database.transaction(applyNamed)
    expect(await keysOf(id)).toEqual(['sent', 'delivered', 'needs_attention'])
    expect(await rowOf(database, id)).toMatchObject({ state: 'delivered', duplicate_sent: true })
  })

  it('goes with the change: a transaction that is rolled back leaves neither', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await expect(
      database.transaction(async (tx) => {
        await tx.query(
          `update whatsapp_messages set state = 'delivered' where id = $1 returning 1`,
          [id],
        )
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    expect(await keysOf(id)).toEqual(['sent'])
  })
})

describeEachMigratedDatabase('what is not kept for publishing', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const keysOf = async (db: Queryable) => {
    const rows = await db.query<{ routing_key: string }>(
      'select routing_key from outgoing_events order by id',
      [],
    )
    return rows.map((row) => row.routing_key)
  }
  const usualWay = async (db: Queryable): Promise<void> => {
    const wamid = `wamid.${createId()}`
    await acceptedMessage(db, wamid)
    await applyItems(db, statusItems(wamid, 'sent', 'delivered', 'read'), createId)
  }
  /** In a transaction that is rolled back, so that the next one finds nothing. */
  const withSetting = async (value: string, work: (tx: Queryable) => Promise<void>) => {
    const over = new Error('over')
    const run = database.transaction(async (tx) => {
      await tx.query(`select set_config('aviso.publish', $1, true)`, [value])
      await work(tx)
      throw over
    })
    await expect(run).rejects.toBe(over)
  }

  it('is anything without a broker', async () => {
    await usualWay(database)
    await failure(database)
    expect(await keysOf(database)).toEqual([])
  })

  it('is anything where AVISO_PUBLISH is empty', () =>
    withSetting('', async (tx) => {
      await usualWay(tx)
      await failure(tx)
      expect(await keysOf(tx)).toEqual([])
    }))

  it('is anything of a message on its usual way, where only failures are asked for', () =>
    withSetting(FAILED, async (tx) => {
      await usualWay(tx)
      expect(await keysOf(tx)).toEqual([])
      await failure(tx)
      expect(await keysOf(tx)).toEqual([FAILED])
    }))
})
