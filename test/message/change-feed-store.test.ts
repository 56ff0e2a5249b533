import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { actOnBatch } from '../../src/direct/batch-actions.ts'
import { cancelAll } from '../../src/direct/batch-runner.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { cancelMessage, resolveMessage } from '../../src/message/action-store.ts'
import { liftSettings, settleBacklog } from '../../src/message/backlog-store.ts'
import { databaseNow, findChanged } from '../../src/message/change-feed-store.ts'
import { forgetOldNotes } from '../../src/message/change-note-store.ts'
import * as gates from '../../src/message/gate-store.ts'
import type { HoldReason } from '../../src/message/message.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { reclassifyHeld, renewHeldOrders } from '../../src/message/template-hold-store.ts'
import { changeWaitingRecipients } from '../../src/supplier/notice-store.ts'
import { applyInRows, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { findGaps } from '../../src/webhook/gap-store.ts'
import { insertOldBatch, makeOlder } from '../support/change-feed.ts'
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
import { statusItem } from '../support/statuses.ts'

const ACCOUNT = '102290129340398'
const CANCELED = { code: 'canceled', message: 'x' }
const EVERYTHING = { tenantId: null, from: null, to: null }

/** Messages as they are before a change, and the change. */
type Change = (database: Database) => Promise<{ ids: string[]; change: () => Promise<unknown> }>

const ofHeld =
  (reason: HoldReason, change: (database: Database, ids: string[]) => Promise<unknown>): Change =>
  async (database) => {
    const ids = await queueMessages(database, 3, { state: 'held', hold_reason: reason })
    return { ids, change: () => change(database, ids) }
  }
const ofQueued =
  (change: (database: Database, ids: string[]) => Promise<unknown>): Change =>
  async (database) => {
    const ids = await queueMessages(database, 1)
    return { ids, change: () => change(database, ids) }
  }
const ofSending =
  (change: (database: Database, id: string) => Promise<unknown>): Change =>
  async (database) => {
    const ids = await queueMessages(database, 1)
    await claim(database)
    return { ids, change: () => change(database, ids[0] ?? '') }
  }
const ofDoubtful =
  (change: (database: Database, id: string) => Promise<unknown>): Change =>
  async (database) => {
    const ids = await queueMessages(database, 1)
    await claim(database, 100, { leaseSeconds: 0 })
    await sweepDue(database, 0, 'hold')
    await database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at) values ($1, clock_timestamp() + interval '5 minutes')
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [NUMBER],
    )
    return { ids, change: () => change(database, ids[0] ?? '') }
  }
const target = (id = '') => ({ id, tenantId: null, actor: 'Ana', auditId: createId() })
const gate = (reason: HoldReason, key: string = NUMBER) => ({
  scope: key === NUMBER ? ('number' as const) : ('template' as const),
  key,
  reason,
  errorCode: '1',
  errorMessage: null,
  probeAfterMs: 0,
})
const showTemplate = (database: Database) =>
  database.query(
    `insert into whatsapp_templates (id, tenant_id, business_account_id, template_name, category, language, status)
     values ($1, $1, $2, 'po_notification', 'UTILITY', 'es', 'APPROVED')
     on conflict do nothing returning 1`,
    [createId(), ACCOUNT],
  )

const CHANGES: Record<string, Change> = {
  'a batch that a person cancels': async (database) => {
    const { batchId, ids } = await insertOldBatch(database, 3)
    const who = { id: batchId, tenantId: null, actor: 'Ana', auditId: createId() }
    return { ids, change: () => actOnBatch(database, 'cancel', who) }
  },
  'a batch that stops itself': async (database) => {
    const { batchId, ids } = await insertOldBatch(database, 3)
    return { ids, change: () => database.transaction((tx) => cancelAll(tx, batchId, CANCELED)) }
  },
  'a gate that opens': ofHeld('token', async (database) => {
    await gates.closeGate(database, gate('token'))
    await gates.openGate(database, 'number', NUMBER)
  }),
  'the probe of a gate': async (database) => {
    const [id = ''] = await queueMessages(database, 1, { state: 'held', hold_reason: 'number' })
    await gates.closeGate(database, gate('number'))
    const [closed] = await gates.listGates(database)
    if (closed === undefined) throw new Error('the gate is open')
    return { ids: [id], change: () => gates.releaseProbe(database, closed) }
  },
  'a gate that is not there': ofHeld('payment', gates.releaseUngated),
  'a gate that closes': ofQueued((database) => gates.holdQueued(database, 'token', {}, [])),
  'a setting that holds no longer': ofHeld('notifications_disabled', (database) =>
    liftSettings(database, null, 1_000_000),
  ),
  'a setting that held for too long': ofHeld('notifications_disabled', (database) =>
    liftSettings(database, null, 0),
  ),
  'a backlog that is released': ofHeld('backlog_not_released', (database) =>
    settleBacklog(database, EVERYTHING, 'send', 'Ana'),
  ),
  'a template that is approved': ofHeld('template_not_approved', async (database) => {
    await showTemplate(database)
    await reclassifyHeld(database, ACCOUNT)
  }),
  'another template that is chosen': ofHeld('templates_unknown', (database, ids) =>
    renewHeldOrders(
      database,
      ids.map((id) => ({
        id,
        template_name: 'po_notification',
        template_language: 'en',
        template_language_asked: 'es',
        template_parameters: [],
        hold_reason: null,
      })),
    ),
  ),
  'an expiry': async (database) => {
    const ids = await queueMessages(database, 1, {}, 0)
    return { ids, change: () => sweepDue(database, 900, 'hold') }
  },
  'a lease that ends': async (database) => {
    const ids = await queueMessages(database, 1)
    await claim(database, 100, { leaseSeconds: 0 })
    return { ids, change: () => sweepDue(database, 900, 'hold') }
  },
  'a doubt that is sent again': ofDoubtful((database) => sweepDue(database, 0, 'resend')),
  'a doubt that a person has to settle, and does': ofDoubtful(async (database, id) => {
    await sweepDue(database, 0, 'hold')
    await resolveMessage(database, target(id), 'sent', 72)
  }),
  'an acceptance that is written late': ofSending((database, id) =>
    recordAcceptances(database, [acceptance(id, 1, `wamid.${id}`)], true),
  ),
  'a refusal that is written late': ofSending((database, id) =>
    recordSettlements(database, [settlement(id, { to_state: 'queued', delay_ms: 1000 })], true),
  ),
  'a person who cancels': ofQueued((database, [id]) => cancelMessage(database, target(id))),
  'a new number': ofQueued(async (database, [id = '']) => {
    const former = [String((await rowOf(database, id))['recipient_phone'])]
    const news = { former, current: '+34699999998', wamid: 'wamid.news' }
    await database.transaction((tx) => changeWaitingRecipients(tx, news, createId))
  }),
  'a status': async (database) => {
    const wamid = `wamid.${createId()}`
    const id = await acceptedMessage(database, wamid)
    const items = delivered(wamid, '2026-11-28T09:00:00.000Z')
    return { ids: [id], change: () => applyWebhooks(database, items, createId) }
  },
  "an earlier report of a status in Meta's history": async (database) => {
    const wamid = `wamid.${createId()}`
    const id = await acceptedMessage(database, wamid)
    await applyWebhooks(database, delivered(wamid, '2026-11-28T09:00:00.000Z'), createId)
    const [, status] = delivered(wamid, '2026-11-28T08:59:00.000Z')
    return { ids: [id], change: () => applyInRows(database, [status], createId) }
  },
  'a message that was not delivered in time': async (database) => {
    const id = await acceptedMessage(database, `wamid.${createId()}`)
    await database.query(
      `update webhook_gap_scans set scanned_to = clock_timestamp() - interval '2 hours' returning 1`,
    )
    return { ids: [id], change: () => findGaps(database, 'undelivered', 60, createId) }
  },
}

function delivered(wamid: string, metaAt: string): [WebhookItem, WebhookItem] {
  const status = statusItem(wamid, { status: 'delivered', metaAt, phoneNumberId: NUMBER })
  return [
    { kind: 'body', raw: Buffer.from('{}') },
    { kind: 'status', status },
  ]
}

describeEachMigratedDatabase('the live stream finds of old messages', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    for (const table of ['whatsapp_messages', 'send_gates', 'recipient_pace'])
      await database.query(`delete from ${table} returning 1`)
  })
  afterAll(() => database.close())

  const shownOf = async (ids: readonly string[]) => {
    const rows = await Promise.all(ids.map((id) => rowOf(database, id)))
    return rows.map(({ due_at: _due, updated_at: _updated, ...shown }) => shown)
  }

  it.each(Object.entries(CHANGES))('%s', async (_name, prepare) => {
    const { ids, change } = await prepare(database)
    await makeOlder(database)
    const since = await databaseNow(database)
    expect(await findChanged(database, since)).toEqual([])
    const before = await shownOf(ids)
    await change()
    const after = await shownOf(ids)
    for (const [place, shown] of after.entries()) expect(shown).not.toEqual(before[place])
    const found = await findChanged(database, since)
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort())
  })

  it('a change whose transaction took longer than the stream looks back', async () => {
    const { batchId, ids } = await insertOldBatch(database, 3)
    await makeOlder(database)
    const since = await databaseNow(database)
    await database.transaction(async (tx) => {
      await cancelAll(tx, batchId, CANCELED)
      // As after many more messages.
      await tx.query(
        `update whatsapp_messages set updated_at = updated_at - interval '1 minute' returning 1`,
      )
    })
    const found = await findChanged(database, since)
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort())
  })

  it('the oldest changes first, as many as are asked for', async () => {
    const since = await databaseNow(database)
    const ids = await queueMessages(database, 3)
    await gates.holdQueued(database, 'token', {}, ids.slice(0, 1))
    const found = await findChanged(database, since, 2)
    expect(found.map(({ id }) => id)).toEqual([ids[0], expect.any(String)])
  })

  it('nothing by notes that nobody can resume from any more', async () => {
    await queueMessages(database, 3, { state: 'held', hold_reason: 'payment' })
    await gates.releaseUngated(database)
    const count = async () =>
      (await database.query<{ n: number }>('select count(*)::integer as n from change_notes'))[0]?.n
    await forgetOldNotes(database)
    expect(await count()).toBeGreaterThan(0)
    await makeOlder(database)
    await forgetOldNotes(database)
    expect(await count()).toBe(0)
  })
})
