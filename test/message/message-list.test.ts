import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { cancelMessage } from '../../src/message/action-store.ts'
import { settleBacklog } from '../../src/message/backlog-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { MESSAGE_STATES, MESSAGE_STATUSES } from '../../src/message/message.ts'
import type { MessageState, MessageStatus } from '../../src/message/message.ts'
import { listMessages } from '../../src/message/message-list.ts'
import type { LookBack, MessageFilter } from '../../src/message/message-list.ts'
import { phonesMeant } from '../../src/message/phone-number.ts'
import {
  acceptance,
  acceptedMessage,
  claim,
  draftMessages,
  queueMessages,
  startMessages,
} from '../support/messages.ts'
import { TENANT } from '../support/orders.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

/** So little that what is rare is looked for in its index. */
const NEAR: LookBack = { messages: 2, ms: 0 }
const NAME = 'Ölmühle 100%_Größe Straße & Söhne, '

describeEachMigratedDatabase('the search over messages', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  /** By the newest messages, where all of them are among these, and by the indexes. */
  const find = async (q: string, more: Partial<MessageFilter> = {}): Promise<string[]> => {
    const filter = { tenantId: null, limit: 2, q, qPhones: phonesMeant(q, null), ...more }
    const [near, far] = [
      await listMessages(database, filter),
      await listMessages(database, filter, NEAR),
    ]
    expect(far, q).toEqual(near)
    return near.messages.map((row) => row.id)
  }

  it('finds what another filter leaves, however much of it stands before', async () => {
    const [held] = await queueMessages(database, 1, {
      po_number: 'SAME',
      supplier_name: 'Same Foods',
      state: 'held',
      hold_reason: 'token',
    })
    const [other] = await queueMessages(database, 1, {
      po_number: 'SAME',
      supplier_name: 'Same Foods',
      template_name: 'other',
    })
    await queueMessages(database, 5, { po_number: 'SAME', supplier_name: 'Same Foods' })
    for (const q of ['SAME', 'same f']) {
      expect(await find(q, { status: 'PENDING', state: 'held' }), q).toEqual([held])
      expect(await find(q, { templateName: 'other' }), q).toEqual([other])
    }
  })

  it('pages through its results, newest first, each once', async () => {
    const ids = await queueMessages(database, 5, { supplier_name: 'Paged GmbH' })
    const first = await find('paged')
    const second = await find('paged', { before: first.at(-1) ?? '' })
    const third = await find('paged', { before: second.at(-1) ?? '' })
    expect([...first, ...second, ...third]).toEqual(ids.toSorted().reverse())
  })

  it('takes a name by its beginning, in either case and whatever its letters, and by nothing else', async () => {
    const long = NAME + 'x'.repeat(120)
    const [id] = await queueMessages(database, 1, { supplier_name: `${long}A` })
    // Ö and ö are one letter only where the database's locale says so.
    for (const q of ['Ölmühle 100%_größe strasse'.replace('ss', 'ß'), long, `${long}a`]) {
      expect(await find(q), q).toEqual([id])
    }
    for (const q of ['mühle', 'Ölmühle 100_', '%', `${long}B`]) {
      expect(await find(q), q).toEqual([])
    }
  })

  it('finds a frequent name among the newest, and what is exactly so called beside it, each once', async () => {
    const named = await queueMessages(database, 2000, { supplier_name: 'Frequent' })
    const [number] = await queueMessages(database, 1, { po_number: 'frequent' })
    const wanted = [...named, number ?? ''].toSorted().reverse()
    const found: string[] = []
    let before: string | undefined
    do {
      const asked = {
        tenantId: null,
        limit: 200,
        q: 'frequent',
        ...(before !== undefined && { before }),
      }
      const page = await listMessages(database, asked, { messages: 70, ms: 0 })
      found.push(...page.messages.map(({ id }) => id))
      before = page.messages.length === 200 ? found.at(-1) : (page.unseenBefore ?? undefined)
    } while (before !== undefined)
    expect(found).toEqual(wanted)
  })

  it('takes a phone however it is written, a wamid and an id exactly', async () => {
    const [id] = await queueMessages(database, 1, { recipient_phone: '+447911123456' })
    for (const q of [
      '+447911123456',
      '447911123456',
      '+44 7911 123-456',
      '0044.7911.123456',
      id ?? '',
    ]) {
      expect(await find(q), q).toEqual([id])
    }
    expect(await find(String(id).toUpperCase())).toEqual([id])
    expect(await find('7911123456')).toEqual([])
    const accepted = await acceptedMessage(database, 'wamid.Search')
    expect(await find('wamid.Search')).toEqual([accepted])
    expect(await find('wamid.search')).toEqual([])
  })

  it('finds nothing of another tenant, by none of the ways', async () => {
    const [id] = await queueMessages(database, 1, { po_number: 'THEIRS', supplier_name: 'Theirs' })
    const tenantId = '11111111-1111-4111-8111-111111111111'
    for (const q of ['THEIRS', 'theirs', id ?? '']) expect(await find(q, { tenantId })).toEqual([])
  })
})

const FAILED = { state: 'failed', error_code: 'no_phone' } as const

describeEachMigratedDatabase('the list of messages by status', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  /** All pages of two. */
  const listed = async (filter: Partial<MessageFilter>, far?: LookBack): Promise<string[]> => {
    const ids: string[] = []
    let before: string | undefined
    do {
      const asked = {
        tenantId: TENANT,
        limit: 2,
        ...filter,
        ...(before !== undefined && { before }),
      }
      const page = await listMessages(database, asked, far)
      ids.push(...page.messages.map(({ id }) => id))
      before =
        page.messages.length === 2 ? page.messages.at(-1)?.id : (page.unseenBefore ?? undefined)
    } while (before !== undefined)
    return ids
  }

  it('has every message of each state and status once, newest first, whatever brought it there', async () => {
    const held = { state: 'held', hold_reason: 'backlog_not_released' } as const
    // Between all others, so that none of what an index has is among the newest.
    const accept = async () => {
      const ids = await startMessages(database, draftMessages(2))
      await recordAcceptances(
        database,
        ids.map((id) => acceptance(id, 1, `wamid.${id}`)),
      )
    }
    const everything = { tenantId: TENANT, from: null, to: null }
    const ways: (() => Promise<unknown>)[] = [
      () => startMessages(database, draftMessages(3)),
      async () => {
        await startMessages(database, draftMessages(3), { leaseSeconds: 0 })
        await sweepDue(database, 900, 'hold')
      },
      () => queueMessages(database, 3).then(() => claim(database)),
      () => queueMessages(database, 3),
      () => queueMessages(database, 3, { ...held, hold_reason: 'token' }),
      () => queueMessages(database, 3, { ...FAILED, recipient_phone: null }),
      async () => {
        for (const id of await queueMessages(database, 3)) {
          await cancelMessage(database, { id, tenantId: null, actor: 'test', auditId: createId() })
        }
      },
      async () => {
        await queueMessages(database, 1, held)
        await settleBacklog(database, everything, 'cancel', 'test')
      },
    ]
    for (const way of ways) {
      await accept()
      await way()
    }
    await accept()
    const rows = await database.query<{ id: string; state: MessageState; status: MessageStatus }>(
      'select id, state, status from whatsapp_messages order by id desc',
    )
    expect(rows.filter(({ state }) => state === 'canceled')).toHaveLength(4)
    for (const state of ['sending', 'in_doubt', 'queued', 'held', 'failed', 'accepted']) {
      expect(rows.map((row) => row.state)).toContain(state)
    }
    const idsOf = (kept: typeof rows) => kept.map(({ id }) => id)
    for (const wanted of MESSAGE_STATES) {
      const kept = rows.filter(({ state }) => state === wanted)
      expect(await listed({ state: wanted }), wanted).toEqual(idsOf(kept))
      expect(await listed({ state: wanted }, NEAR), wanted).toEqual(idsOf(kept))
    }
    for (const wanted of MESSAGE_STATUSES) {
      const kept = rows.filter(({ status }) => status === wanted)
      expect(await listed({ status: wanted }), wanted).toEqual(idsOf(kept))
      expect(await listed({ status: wanted }, NEAR), wanted).toEqual(idsOf(kept))
      expect(await listed({ status: wanted, tenantId: null }), wanted).toEqual(idsOf(kept))
      expect(await listed({ status: wanted, templateName: 'other' }), wanted).toEqual([])
    }
  })

  it('says where its look ended when nothing was found for a while, and goes on from there', async () => {
    const template = { templateName: 'rare' }
    const ids = await queueMessages(database, 3, { template_name: 'rare' })
    await queueMessages(database, 7, { template_name: 'frequent' })
    const far = { messages: 2, ms: 0 }
    const first = await listMessages(database, { tenantId: TENANT, limit: 2, ...template }, far)
    expect(first.messages).toEqual([])
    expect(first.unseenBefore).not.toBeNull()
    expect(await listed(template, far)).toEqual(ids.toReversed())
    const [oldest] = ids
    const from = new Date(Date.now() - 3_600_000)
    expect(await listed({ ...template, from, to: new Date(Date.now() + 3_600_000) }, far)).toEqual(
      ids.toReversed(),
    )
    expect(
      await listed({ ...template, ...(oldest !== undefined && { before: oldest }) }, far),
    ).toEqual([])
  })
})
