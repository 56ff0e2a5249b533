import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyOrphans, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { parseStorable } from '../../src/lib/storable-json.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import {
  acceptance,
  acceptedMessage,
  claim,
  NUMBER,
  queueMessages,
  rowOf,
} from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

interface Status {
  id: string
  status: string
  timestamp?: string
  [key: string]: unknown
}

/** A webhook body around statuses, read as the service reads it. */
function itemsOf(statuses: Status[], messages: Record<string, unknown>[] = []): WebhookItem[] {
  const body = {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '1',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { phone_number_id: NUMBER },
              statuses,
              messages,
            },
          },
        ],
      },
    ],
  }
  const parsed = parseWebhook(parseStorable(JSON.stringify(body)))
  return [
    ...parsed.statuses.map((status): WebhookItem => ({ kind: 'status', status })),
    ...parsed.inbound.map((inbound): WebhookItem => ({ kind: 'inbound', inbound })),
  ]
}

/** What must not depend on order and repetition; our own clock is left out. */
const STABLE = [
  'state',
  'status',
  'sent_at',
  'delivered_at',
  'read_at',
  'failed_at',
  'error_code',
  'error_message',
  'whatsapp_message_id',
  'pricing',
  'needs_attention',
  'due_at',
]
function stable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(STABLE.map((name) => [name, row[name]]))
}

describeEachMigratedDatabase('webhooks', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const apply = async (items: WebhookItem[]) => {
    const report = await applyWebhooks(database, items, createId)
    expect(report.detour).toBeUndefined()
    return report
  }
  const nextWamid = () => `wamid.${createId()}`
  const factsOf = (id: string) =>
    database.query<{ status: string; meta_at: Date }>(
      'select status, meta_at from whatsapp_facts where message_id = $1 order by status',
      [id],
    )
  const orphansOf = (wamid: string) =>
    database.query('select * from orphan_statuses where wamid = $1', [wamid])

  it('raises a message through sent, delivered and read with Meta’s own times', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    for (const [status, timestamp] of [
      ['sent', '1750000001'],
      ['delivered', '1750000002'],
      ['read', '1750000003'],
    ] as const) {
      await apply(itemsOf([{ id: wamid, status, timestamp }]))
      expect(await rowOf(database, id)).toMatchObject({ state: status })
    }
    expect(await rowOf(database, id)).toMatchObject({
      status: 'READ',
      sent_at: new Date('2025-06-15T15:06:41Z'),
      delivered_at: new Date('2025-06-15T15:06:42Z'),
      read_at: new Date('2025-06-15T15:06:43Z'),
    })
  })

  it('gives the same row for any order and repetition of the same webhooks, in any batches', async () => {
    const word = fc.constantFrom('sent', 'delivered', 'read', 'failed', 'played', 'something_new')
    const status = fc.record({
      status: word,
      seconds: fc.integer({ min: 1, max: 5 }),
    })
    // One a second: of two that are as old, Meta's id decides, and each of the two messages here has its own.
    const codeAt = (seconds: number) => (seconds % 2 === 0 ? 131026 : 131049)
    await fc.assert(
      fc.asyncProperty(
        fc.array(status, { minLength: 1, maxLength: 7 }),
        fc.array(fc.nat({ max: 1000 }), { minLength: 14, maxLength: 14 }),
        fc.boolean(),
        async (statuses, order, byCallback) => {
          const build = (wamid: string, id: string) =>
            statuses.map(({ status: name, seconds }): Status => ({
              id: wamid,
              status: name,
              timestamp: String(1_750_000_000 + seconds),
              ...(byCallback && { biz_opaque_callback_data: callbackData(id, 1) }),
              ...(name === 'failed' && {
                errors: [
                  {
                    code: codeAt(seconds),
                    title: `Error ${String(codeAt(seconds))}`,
                    error_data: { details: `at ${String(seconds)}` },
                  },
                ],
              }),
              ...(name === 'sent' && {
                pricing: { billable: true, pricing_model: 'PMP', category: 'utility' },
              }),
            }))
          const one = nextWamid()
          const other = nextWamid()
          const first = await acceptedMessage(database, one)
          const second = await acceptedMessage(database, other)
          await apply(itemsOf(build(one, first)))
          // the same, shuffled, each perhaps twice, in batches of their own
          const shuffled = [...build(other, second), ...build(other, second)]
            .map((item, index) => ({ item, key: order[index % order.length] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item)
          for (let index = 0; index < shuffled.length; index += 3) {
            await apply(itemsOf(shuffled.slice(index, index + 3)))
          }
          const a = stable(await rowOf(database, first))
          const b = stable(await rowOf(database, second))
          expect({ ...b, whatsapp_message_id: one }).toEqual(a)
          expect(await factsOf(second)).toEqual(await factsOf(first))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('never lowers a message: a late sent leaves a read one as it is', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await apply(itemsOf([{ id: wamid, status: 'read', timestamp: '1750000009' }]))
    expect(await rowOf(database, id)).toMatchObject({
      delivered_at: new Date('2025-06-15T15:06:49Z'),
    })
    await apply(itemsOf([{ id: wamid, status: 'sent', timestamp: '1750000001' }]))
    await apply(itemsOf([{ id: wamid, status: 'delivered', timestamp: '1750000004' }]))
    expect(await rowOf(database, id)).toMatchObject({
      state: 'read',
      delivered_at: new Date('2025-06-15T15:06:44Z'),
    })
  })

  it('shows a delivery over a failure of another device, whichever came first', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await apply(
      itemsOf([
        {
          id: wamid,
          status: 'failed',
          timestamp: '1750000001',
          errors: [{ code: 131026, title: 'Message undeliverable' }],
        },
      ]),
    )
    expect(await rowOf(database, id)).toMatchObject({ state: 'failed', error_code: '131026' })
    await apply(itemsOf([{ id: wamid, status: 'delivered', timestamp: '1750000002' }]))
    expect(await rowOf(database, id)).toMatchObject({
      state: 'delivered',
      error_code: null,
      needs_attention: false,
    })
  })

  it('settles a doubtful send by its callback data, without knowing the wamid before', async () => {
    const [id] = await queueMessages(database, 1)
    await claim(database)
    const wamid = nextWamid()
    const report = await apply(
      itemsOf([
        {
          id: wamid,
          status: 'sent',
          timestamp: '1750000001',
          biz_opaque_callback_data: callbackData(id ?? '', 1),
        },
      ]),
    )
    expect(report.settled).toEqual([id])
    expect(await rowOf(database, id ?? '')).toMatchObject({
      state: 'sent',
      whatsapp_message_id: wamid,
      due_at: null,
    })
    // the late answer brings nothing new
    await recordAcceptances(database, [acceptance(id ?? '', 1, wamid)])
    expect(await rowOf(database, id ?? '')).toMatchObject({
      state: 'sent',
      whatsapp_message_id: wamid,
    })
  })

  it('keeps a status of an unknown wamid and applies it once the message is known', async () => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    const wamid = nextWamid()
    expect(
      await apply(itemsOf([{ id: wamid, status: 'delivered', timestamp: '1750000001' }])),
    ).toMatchObject({ orphans: 1 })
    expect(await orphansOf(wamid)).toHaveLength(1)
    // long before, so that only the acceptance makes it fresh again
    await database.query(
      `update orphan_statuses set received_at = clock_timestamp() - interval '1 hour' where wamid = $1 returning 1`,
      [wamid],
    )
    await recordAcceptances(database, [acceptance(id, 1, wamid)])
    expect(await applyOrphans(database, false)).toMatchObject({ applied: 1, twice: [] })
    expect(await rowOf(database, id)).toMatchObject({ state: 'delivered' })
    expect(await orphansOf(wamid)).toEqual([])
  })

  it('keeps a status that names a message which does not exist, and applies the others of its batch', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const foreign = nextWamid()
    await apply(
      itemsOf([
        {
          id: foreign,
          status: 'sent',
          timestamp: '1750000001',
          biz_opaque_callback_data: callbackData(createId(), 1),
        },
        { id: wamid, status: 'sent', timestamp: '1750000001' },
        { id: nextWamid(), status: 'sent', biz_opaque_callback_data: 'another program’s' },
      ]),
    )
    expect(await rowOf(database, id)).toMatchObject({ state: 'sent' })
    expect(await orphansOf(foreign)).toHaveLength(1)
  })

  it('takes no time far ahead as a sign that webhooks flow from now on', async () => {
    const status = { id: 'wamid.ahead', status: 'sent', timestamp: '4102444800' }
    await applyWebhooks(database, itemsOf([status]), createId)
    const [row] = await database.query<{ is_past: boolean }>(
      'select newest_meta_at <= clock_timestamp() as is_past from webhook_watermarks where phone_number_id = $1',
      [NUMBER],
    )
    expect(row).toEqual({ is_past: true })
  })

  it('says with the status itself that Meta took a message twice, by whichever it is known', async () => {
    const first = nextWamid()
    const second = nextWamid()
    const named = (id: string, wamid: string, status: string, timestamp = '1750000001') => ({
      id: wamid,
      status,
      timestamp,
      biz_opaque_callback_data: callbackData(id, 1),
    })
    // by a new word of the second
    const one = await acceptedMessage(database, first)
    expect((await apply(itemsOf([named(one, first, 'sent')]))).twice).toEqual([])
    expect((await apply(itemsOf([named(one, second, 'delivered')]))).twice).toEqual([one])
    expect(await rowOf(database, one)).toMatchObject({
      state: 'delivered',
      duplicate_sent: true,
      needs_attention: true,
      whatsapp_message_id: first,
    })
    // by a word that says nothing new but for that
    const [third, fourth] = [nextWamid(), nextWamid()]
    const two = await acceptedMessage(database, third)
    await apply(itemsOf([named(two, third, 'sent')]))
    const late = itemsOf([named(two, fourth, 'sent', '1750000009')])
    expect((await apply(late)).twice).toEqual([two])
    const before = await rowOf(database, two)
    expect(before).toMatchObject({ state: 'sent', duplicate_sent: true })
    expect((await apply(late)).twice).toEqual([])
    expect(await rowOf(database, two)).toEqual(before)
    // in one batch, before anybody knew either
    const [three = ''] = await queueMessages(database, 1)
    await claim(database)
    const [fifth, sixth] = [nextWamid(), nextWamid()]
    const both = itemsOf([named(three, sixth, 'sent'), named(three, fifth, 'sent')])
    expect((await apply(both)).twice).toEqual([three])
    // and its own id finds it without our callback data
    await apply(itemsOf([{ id: sixth, status: 'read', timestamp: '1750000003' }]))
    expect(await rowOf(database, three)).toMatchObject({ state: 'read', duplicate_sent: true })
  })

  it('takes the second id of a retried message for no second acceptance', async () => {
    const [first, second] = [nextWamid(), nextWamid()]
    const id = await acceptedMessage(database, first)
    await apply(itemsOf([{ id: first, status: 'failed', timestamp: '1750000001' }]))
    await database.query(
      `update whatsapp_messages set state = 'queued', retries = retries + 1, retried_through = fence,
         whatsapp_message_id = null, error_code = null, accepted_at = null, due_at = clock_timestamp()
       where id = $1 returning 1`,
      [id],
    )
    await database.query('delete from recipient_pace returning 1', [])
    await claim(database)
    await recordAcceptances(database, [acceptance(id, 2, second)])
    await apply(itemsOf([{ id: first, status: 'sent', timestamp: '1750000001' }]))
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted', duplicate_sent: false })
    // but that the failed one was delivered after all
    await apply(itemsOf([{ id: first, status: 'delivered', timestamp: '1750000005' }]))
    expect(await rowOf(database, id)).toMatchObject({ state: 'delivered', duplicate_sent: true })
  })

  it('writes nothing for a replayed webhook', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const items = itemsOf([
      { id: wamid, status: 'sent', timestamp: '1750000001' },
      { id: wamid, status: 'delivered', timestamp: '1750000002' },
    ])
    await apply(items)
    const before = await rowOf(database, id)
    expect(await apply(items)).toMatchObject({ repeated: 2 })
    expect(await rowOf(database, id)).toEqual(before)
  })

  it('takes texts with NUL and lone surrogates without harm', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await apply(
      itemsOf([
        {
          id: wamid,
          status: 'failed',
          timestamp: '1750000001',
          errors: [{ code: 1, title: 'a\0b\ud800c' }],
        },
      ]),
    )
    expect(await rowOf(database, id)).toMatchObject({
      state: 'failed',
      error_message: 'a\ufffdb\ufffdc',
    })
  })

  it('lets only a delivery count of an attempt that a person has retried', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await apply(
      itemsOf([
        {
          id: wamid,
          status: 'failed',
          timestamp: '1750000001',
          errors: [{ code: 131026, title: 'x' }],
        },
      ]),
    )
    await database.query(
      `update whatsapp_messages set state = 'queued', retries = retries + 1, retried_through = fence, due_at = clock_timestamp(),
         whatsapp_message_id = null, failed_at = null, error_code = null, error_message = null where id = $1 returning id`,
      [id],
    )
    await apply(itemsOf([{ id: wamid, status: 'sent', timestamp: '1750000001' }]))
    expect(await rowOf(database, id)).toMatchObject({ state: 'queued', whatsapp_message_id: null })
    await apply(itemsOf([{ id: wamid, status: 'delivered', timestamp: '1750000002' }]))
    expect(await rowOf(database, id)).toMatchObject({
      state: 'delivered',
      whatsapp_message_id: wamid,
    })
    expect(await sweepDue(database, 900, 'hold')).toMatchObject({ expired: 0 })
  })
})
