import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/db/database.ts'
import { wholeName } from '../../src/db/month-statements.ts'
import { startOf } from '../../src/db/partitions.ts'
import { createId, idBound } from '../../src/lib/uuid-v7.ts'
import { findChanged } from '../../src/message/change-feed-store.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { MatchedStatus } from '../../src/webhook/fold-statuses.ts'
import type { StatusItem } from '../../src/webhook/parse-webhook.ts'
import { foldPlain, readRaised } from '../../src/webhook/plain-statuses.ts'
import { acceptance, acceptedMessage, claim, NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { statusItem } from '../support/statuses.ts'

const IDS = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002']

const item = (more: Partial<StatusItem> = {}): StatusItem =>
  statusItem('wamid.1', { phoneNumberId: NUMBER, recipientId: '34600000000', ...more })

function second(seconds: number): string {
  return new Date(1_750_000_000_000 + seconds * 1000).toISOString()
}

describe('ordinary statuses of a batch', () => {
  const matched = fc.record({
    messageId: fc.constantFrom(...IDS),
    attempt: fc.constantFrom(1, 1, 1, 2),
    item: fc
      .record({
        status: fc.constantFrom('sent', 'delivered', 'read', 'failed', 'played'),
        metaAt: fc.option(fc.integer({ min: 1, max: 3 }).map(second)),
        wamid: fc.constantFrom('wamid.1', 'wamid.1', 'wamid.1', 'wamid.2'),
      })
      .map(item),
  })

  it('become the same changes, whatever their order and repetition', () => {
    fc.assert(
      fc.property(
        fc.array(matched, { maxLength: 8 }).chain((statuses) =>
          fc.tuple(
            fc.constant(statuses),
            fc.shuffledSubarray([...statuses, ...statuses], {
              minLength: statuses.length * 2,
            }),
          ),
        ),
        ([statuses, shuffled]) => {
          const changes = (of: MatchedStatus[]) => foldPlain(of).folds.map(({ change }) => change)
          expect(changes(shuffled)).toEqual(changes(statuses))
        },
      ),
    )
  })

  it('are each in a change, in another report of the same word, or left for the long way', () => {
    fc.assert(
      fc.property(fc.array(matched, { maxLength: 8 }), (statuses) => {
        const { folds, others } = foldPlain(statuses)
        for (const status of statuses) {
          const fold = folds.find(({ change }) => change.message_id === status.messageId)
          const isTold = fold?.facts.some(
            (fact) =>
              fact.item.status === status.item.status &&
              String(fact.item.metaAt) <= String(status.item.metaAt),
          )
          expect(isTold === true || others.includes(status)).toBe(true)
        }
        expect(readRaised(folds, []).untold).toEqual(folds.flatMap(({ facts }) => facts))
      }),
    )
  })
})

describeEachMigratedDatabase('ordinary statuses', (open) => {
  let database: Database
  let number = 0
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const nextWamid = () => {
    number += 1
    return `wamid.plain.${String(number)}`
  }
  const said = (id: string, wamid: string, ...words: string[]) =>
    words.map((word, index) => ({
      kind: 'status' as const,
      status: item({
        wamid,
        status: word,
        metaAt: second(index + 1),
        callbackData: callbackData(id, 1),
        ...(word === 'failed' && {
          error: { code: '131026', title: 'Undeliverable', detail: null },
          detail: { errors: [{ code: 131026, title: 'Undeliverable' }] },
        }),
      }),
    }))
  const body = { kind: 'body' as const, raw: Buffer.from('{"as":"it came"}') }
  const factsOf = (id: string) =>
    database.query(
      'select status, meta_at, received_at, wamid from whatsapp_facts where message_id = $1 order by meta_at',
      [id],
    )
  const rowsOf = (id: string) =>
    database.query(
      'select status from whatsapp_status_facts where message_id = $1 order by meta_at',
      [id],
    )
  const versionOf = (id: string) =>
    database.query('select ctid::text, updated_at from whatsapp_messages where id = $1', [id])

  /** The database, with the names of its statements. */
  const watched = () => {
    const names: string[] = []
    const query: Queryable['query'] = (statement, parameters) => {
      names.push(wholeName(typeof statement === 'string' ? statement : statement.name))
      return database.query(statement, parameters)
    }
    const transaction: Database['transaction'] = (work) => {
      names.push('begin')
      return database.transaction(work)
    }
    return { names, database: { ...database, query, transaction } }
  }

  it('are kept with their bodies by one statement, and no row of their own', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const seen = watched()
    const report = await applyWebhooks(
      seen.database,
      [body, ...said(id, wamid, 'sent', 'delivered', 'read')],
      createId,
    )
    expect(seen.names).toEqual(['webhook.raise_plain'])
    expect(report).toMatchObject({ statuses: 3, repeated: 0, settled: [] })
    expect(report.news.map((one) => one.item.status)).toEqual(['sent', 'delivered', 'read'])
    expect(await rowsOf(id)).toEqual([])
    expect(await factsOf(id)).toMatchObject([
      { status: 'sent', meta_at: new Date(second(1)), wamid },
      { status: 'delivered', meta_at: new Date(second(2)), wamid },
      { status: 'read', meta_at: new Date(second(3)), wamid },
    ])
    expect(
      await database.query(
        'select body, lengths from webhook_bodies where $1 = any (message_ids)',
        [id],
      ),
    ).toMatchObject([{ lengths: [body.raw.length] }])
  })

  it('write nothing when they are repeated, together or one by one', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const statuses = said(id, wamid, 'sent', 'delivered', 'read')
    await applyWebhooks(database, statuses, createId)
    const before = await versionOf(id)
    expect(await applyWebhooks(database, statuses, createId)).toMatchObject({
      news: [],
      repeated: 3,
    })
    for (const status of statuses) {
      const report = await applyWebhooks(database, [status], createId)
      expect(report).toMatchObject({ statuses: 1, news: [], repeated: 1, orphans: 0 })
    }
    expect(await versionOf(id)).toEqual(before)
    expect(await rowsOf(id)).toEqual([])
  })

  it('keep their moments when an odd one follows, which makes rows of them all', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await applyWebhooks(database, said(id, wamid, 'sent', 'delivered'), createId)
    const before = await factsOf(id)
    await applyWebhooks(database, said(id, wamid, 'failed'), createId)
    expect(await rowsOf(id)).toHaveLength(3)
    expect((await factsOf(id)).filter((fact) => fact['status'] !== 'failed')).toEqual(before)
    // and an ordinary one after it finds them there
    const report = await applyWebhooks(
      database,
      said(id, wamid, 'sent', 'delivered', 'read'),
      createId,
    )
    expect(report).toMatchObject({ repeated: 2, news: [{ item: { status: 'read' } }] })
    expect(await factsOf(id)).toHaveLength(4)
  })

  it('yield to an earlier report of the same word', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const [sent] = said(id, wamid, 'sent')
    if (sent === undefined) throw new Error('no status')
    await applyWebhooks(
      database,
      [{ ...sent, status: { ...sent.status, metaAt: second(9) } }],
      createId,
    )
    await applyWebhooks(database, [sent], createId)
    expect(await factsOf(id)).toMatchObject([{ status: 'sent', meta_at: new Date(second(1)) }])
  })

  it('settle a send whose answer is still under way, and stay with the id they came with', async () => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    const wamid = nextWamid()
    expect(await applyWebhooks(database, said(id, wamid, 'sent'), createId)).toMatchObject({
      settled: [id],
    })
    const twice = await recordAcceptances(database, [acceptance(id, 1, `${wamid}.again`)])
    expect(twice).toEqual([id])
    expect(await factsOf(id)).toMatchObject([{ status: 'sent', wamid }])
  })

  it('stand for the attempt that they name, also when the next one is under way', async () => {
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    await database.query(`update whatsapp_messages set fence = 2 where id = $1 returning 1`, [id])
    const wamid = nextWamid()
    await applyWebhooks(database, said(id, wamid, 'sent'), createId)
    expect(
      await database.query('select attempt, status from whatsapp_facts where message_id = $1', [
        id,
      ]),
    ).toEqual([{ attempt: 1, status: 'sent' }])
  })

  it('are told the same of a message of the month before', async () => {
    const wamid = nextWamid()
    const id = idBound(new Date(startOf('month', new Date()).getTime() - 1))
    await database.query(
      `insert into whatsapp_messages (id, tenant_id, state, recipient_phone, fence, attempts)
       values ($1, $1, 'sending', '+34600000000', 1, 1) returning 1`,
      [id],
    )
    await recordAcceptances(database, [acceptance(id, 1, wamid)])
    const seen = watched()
    await applyWebhooks(seen.database, [body, ...said(id, wamid, 'sent', 'read')], createId)
    expect(seen.names).toEqual(['webhook.raise_plain'])
    expect(await factsOf(id)).toMatchObject([{ status: 'sent' }, { status: 'read' }])
  })

  it('go the long way, and say so, where their statement fails', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const failing: Queryable['query'] = (statement, parameters) =>
      typeof statement !== 'string' && wholeName(statement.name) === 'webhook.raise_plain'
        ? Promise.reject(Object.assign(new Error('refused'), { code: '22000' }))
        : database.query(statement, parameters)
    const report = await applyWebhooks(
      { ...database, query: failing },
      said(id, wamid, 'sent'),
      createId,
    )
    expect(report).toMatchObject({ statuses: 1, detour: { message: 'refused' } })
    expect(await rowsOf(id)).toEqual([{ status: 'sent' }])
  })

  it('are seen by whoever watches what changes', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await database.query(
      `update whatsapp_attempts set started_at = started_at - interval '1 day' where message_id = $1 returning 1`,
      [id],
    )
    const [now] = await database.query<{ now: Date }>('select clock_timestamp() as now')
    const since = now?.now ?? new Date()
    await applyWebhooks(database, [body, ...said(id, wamid, 'sent')], createId)
    expect((await findChanged(database, since)).map((change) => change.id)).toContain(id)
  })
})
