import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { findWindows } from '../../src/direct/window-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { findHistory } from '../../src/message/message-store.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { replyPayload } from '../../src/message/reply-payload.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { toOutgoingEvent } from '../../src/outgoing/outgoing-event.ts'
import * as outgoing from '../../src/outgoing/outgoing-store.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { matchReplies } from '../../src/webhook/match-replies.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import { acceptance, acceptedMessage, claim, NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

/** As `acceptance` says that Meta named the recipient. */
const SUPPLIER = '34612345678'
const HOUR = 3600

interface Tap {
  wamid?: string
  from?: string
  at?: number
  content?: Record<string, unknown>
}

describeEachMigratedDatabase('answers of suppliers', (open) => {
  let database: Database
  let number = 0
  beforeAll(async () => {
    database = await open({
      'aviso.publish': EVENT_TYPES.filter((type) => type.startsWith('po.')).join(','),
    })
  })
  afterAll(() => database.close())

  const nextWamid = (): string => {
    number += 1
    return `wamid.reply.${String(number)}`
  }
  const button = (payload: string, text: string) => ({
    type: 'button',
    button: { payload, text },
  })
  const ACK = button(replyPayload('acknowledged'), 'Confirmar')
  const REJECT = button(replyPayload('rejected'), 'Rechazar')
  const reaction = (to: string, emoji?: string) => ({
    type: 'reaction',
    context: undefined,
    reaction: { message_id: to, ...(emoji !== undefined && { emoji }) },
  })
  const receive = async (context: string, ...taps: Tap[]): Promise<void> => {
    const messages = taps.map(
      ({ wamid = nextWamid(), from = SUPPLIER, at = 1, content = ACK }) => ({
        id: wamid,
        from,
        timestamp: String(1_750_000_000 + at),
        context: { id: context },
        ...content,
      }),
    )
    const value = { metadata: { phone_number_id: NUMBER }, messages }
    const parsed = parseWebhook({ entry: [{ changes: [{ field: 'messages', value }] }] })
    await applyWebhooks(
      database,
      parsed.inbound.map((inbound) => ({ kind: 'inbound', inbound })),
      createId,
    )
  }
  /** What would be published of a message, in its order. */
  const published = async (id: string) => {
    const bodies: Record<string, unknown>[] = []
    for (;;) {
      const { events: rows } = await outgoing.nextEvents(database, {
        types: EVENT_TYPES,
        limit: 100,
        asideSeconds: 0,
      })
      if (rows.length === 0) break
      for (const row of rows) {
        if (row.message_id === id)
          bodies.push(JSON.parse(toOutgoingEvent(row).body) as Record<string, unknown>)
      }
      const done = rows.map((row) => row.id)
      await outgoing.settleEvents(database, {
        done,
        open: [],
        closed: [],
        pauseMs: { first: 1, longest: 1 },
      })
    }
    return bodies
  }
  const summary = (events: Record<string, unknown>[]) =>
    events.map(({ event_type, data }) => {
      const { reply } = data as { reply: { text: string | null; superseded: boolean } }
      return [event_type, reply.text, reply.superseded]
    })

  it('are published with what was said, once, and stand in the message’s history', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const tap = nextWamid()
    for (let times = 0; times < 3; times += 1) {
      await receive(wamid, { wamid: tap })
      await matchReplies(database, HOUR)
    }
    const events = await published(id)
    expect(events).toMatchObject([
      {
        event_type: 'po.acknowledged',
        data: {
          message_id: id,
          po_id: id,
          status: 'SENT',
          whatsapp_message_id: wamid,
          reply: {
            text: 'Confirmar',
            payload: 'aviso:po.acknowledged',
            received_at: expect.stringMatching(/Z$/),
            superseded: false,
          },
        },
      },
    ])
    const { replies } = await findHistory(database, id)
    expect(replies).toMatchObject([{ text: 'Confirmar', payload: 'aviso:po.acknowledged' }])
  })

  it('name the file of an answer without a text, and leave the text empty', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    const document = { id: '1037543291543636', mime_type: 'application/pdf', filename: 'STOP.pdf' }
    await receive(wamid, { content: { type: 'document', document } })
    await matchReplies(database, HOUR)
    expect(await published(id)).toMatchObject([
      {
        event_type: 'po.question',
        data: {
          reply: {
            text: null,
            payload: null,
            message_type: 'document',
            description: 'document: STOP.pdf',
            media_id: '1037543291543636',
          },
        },
      },
    ])
  })

  it('keep their order, and mark what contradicts an earlier one', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await receive(
      wamid,
      { at: 5, content: REJECT },
      { at: 2, content: ACK },
      { at: 9, content: { type: 'text', text: { body: '¿Puede ser el lunes?' } } },
    )
    await matchReplies(database, HOUR)
    await receive(wamid, { at: 12, content: ACK })
    await matchReplies(database, HOUR)
    expect(summary(await published(id))).toEqual([
      ['po.acknowledged', 'Confirmar', false],
      ['po.rejected', 'Rechazar', true],
      ['po.question', '¿Puede ser el lunes?', false],
      ['po.acknowledged', 'Confirmar', true],
    ])
  })

  it('are a question where they are a reaction, whatever its emoji, and nothing where it is taken back', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await receive(
      wamid,
      { at: 1, content: reaction(wamid, '👍') },
      { at: 2, content: reaction(wamid) },
      { at: 3, content: reaction(wamid, '') },
      { at: 4, content: reaction(wamid, '❌') },
    )
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 2, foreign: 0 })
    const events = await published(id)
    expect(summary(events)).toEqual([
      ['po.question', '👍', false],
      ['po.question', '❌', false],
    ])
    expect(events[0]).toMatchObject({ data: { reply: { payload: null } } })
    const { replies } = await findHistory(database, id)
    expect(new Set(replies.map(({ text }) => text))).toEqual(new Set(['👍', '❌']))
  })

  it('are judged by the message a reaction names, not by one it quotes, and not from another person', async () => {
    const [reacted, quoted] = [nextWamid(), nextWamid()]
    const id = await acceptedMessage(database, reacted)
    const other = await acceptedMessage(database, quoted)
    const content = { ...reaction(reacted, '👍'), context: { id: quoted } }
    await receive(quoted, { content }, { content, from: '34699999999' })
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 1, foreign: 1 })
    expect(summary(await published(id))).toEqual([['po.question', '👍', false]])
    expect(await published(other)).toEqual([])
  })

  it('open the window of 24 hours as a reaction, too, and also where it is taken back', async () => {
    const wamid = nextWamid()
    const now = Math.floor(Date.now() / 1000)
    const emojis = ['👍', undefined]
    for (const [place, emoji] of emojis.entries()) {
      const from = `3469999000${String(place)}`
      const recipients = [{ phone: `+${from}`, userId: null }]
      expect((await findWindows(database, NUMBER, recipients)).size).toBe(0)
      const content = { ...reaction(wamid, emoji), timestamp: String(now) }
      await receive(wamid, { from, content })
      const windows = await findWindows(database, NUMBER, recipients)
      expect(windows.get(0)).toEqual(new Date((now + 24 * HOUR) * 1000))
    }
  })

  it('do not count from another person, and are not looked at again', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await receive(wamid, { from: '34699999999' })
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 0, foreign: 1 })
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 0, foreign: 0 })
    expect(await published(id)).toEqual([])
    expect((await findHistory(database, id)).replies).toEqual([])
  })

  it('wait until the message they quote is known', async () => {
    const wamid = nextWamid()
    const [id = ''] = await queueMessages(database, 1)
    await claim(database)
    await receive(wamid, {})
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 0, foreign: 0 })
    await recordAcceptances(database, [acceptance(id, 1, wamid)])
    expect(await matchReplies(database, HOUR)).toEqual({ linked: 1, foreign: 0 })
    expect(summary(await published(id))).toEqual([['po.acknowledged', 'Confirmar', false]])
  })

  it('say nothing of an order where the message is about none, and are not published where nobody asks', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await database.query('update whatsapp_messages set po_id = null where id = $1 returning 1', [
      id,
    ])
    await receive(wamid, {})
    await matchReplies(database, HOUR)
    expect(await published(id)).toEqual([])
    expect((await findHistory(database, id)).replies).toHaveLength(1)
  })

  it('are judged once where several processes look at the same time', async () => {
    const wamid = nextWamid()
    const id = await acceptedMessage(database, wamid)
    await receive(wamid, { at: 1 }, { at: 2, content: REJECT })
    const reports = await Promise.all([1, 2, 3].map(() => matchReplies(database, HOUR)))
    expect(reports.reduce((sum, { linked }) => sum + linked, 0)).toBe(2)
    expect(summary(await published(id))).toHaveLength(2)
  })
})
