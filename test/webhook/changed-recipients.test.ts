import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { MessageDraft } from '../../src/intake/event-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { findHistory } from '../../src/message/message-store.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { replyPayload } from '../../src/message/reply-payload.ts'
import { writeSuppliers } from '../../src/supplier/supplier-store.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { matchReplies } from '../../src/webhook/match-replies.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import { acceptance, claim, nextRecipient, NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const HOUR = 3600
/** Who counts, and who does not. */
const [HIS, FOREIGN] = [
  { linked: 1, foreign: 0 },
  { linked: 0, foreign: 1 },
]

interface Sender {
  from?: string
  from_user_id?: string
}

describeEachMigratedDatabase('answers of somebody who is known by another name now', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  let count = 0
  const next = (prefix: string): string => {
    count += 1
    return `${prefix}${String(count)}`
  }
  const newUser = () => next('ES.')
  const newNumber = () => nextRecipient().slice(1)
  /** An order that Meta took, and of whom Meta said so. */
  const send = async (
    { wa_id, user_id = null }: { wa_id: string; user_id?: string | null },
    more: Partial<MessageDraft> = {},
  ) => {
    const wamid = next('wamid.order.')
    const [id = ''] = await queueMessages(database, 1, { recipient_phone: `+${wa_id}`, ...more })
    await database.execute('delete from recipient_pace')
    await claim(database)
    await recordAcceptances(database, [{ ...acceptance(id, 1, wamid), wa_id, user_id }])
    return { id, wamid }
  }
  const receive = async (message: Sender & Record<string, unknown>, number = NUMBER) => {
    const messages = [{ id: next('wamid.in.'), timestamp: '1750000000', ...message }]
    const value = { metadata: { phone_number_id: number }, messages }
    const parsed = parseWebhook({ entry: [{ changes: [{ field: 'messages', value }] }] })
    const items = parsed.inbound.map((inbound) => ({ kind: 'inbound' as const, inbound }))
    await applyWebhooks(database, items, createId)
  }
  const announce = (sender: Sender, system: Record<string, unknown>) =>
    receive({ ...sender, type: 'system', system })
  const answer = async (sender: Sender, wamid: string, number = NUMBER) => {
    const button = { payload: replyPayload('rejected'), text: 'Rechazar' }
    await receive({ ...sender, type: 'button', button, context: { id: wamid } }, number)
    return matchReplies(database, HOUR)
  }

  it('count after the number that WhatsApp announced, and stand in the history', async () => {
    const [from, wa_id] = [newNumber(), newNumber()]
    const order = await send({ wa_id: from })
    await announce({ from }, { type: 'user_changed_number', wa_id })
    expect(await answer({ from: wa_id }, order.wamid)).toEqual(HIS)
    expect((await findHistory(database, order.id)).replies).toMatchObject([{ text: 'Rechazar' }])
  })

  it('count after a number and a user id that were announced together, by either', async () => {
    const [from, wa_id, former, user_id] = [newNumber(), newNumber(), newUser(), newUser()]
    const order = await send({ wa_id: from, user_id: former })
    const change = { wa_id, user_id, previous_user_id: former }
    await announce({ from, from_user_id: former }, { type: 'user_changed_number', ...change })
    expect(await answer({ from: wa_id, from_user_id: user_id }, order.wamid)).toEqual(HIS)
    expect(await answer({ from_user_id: user_id }, order.wamid)).toEqual(HIS)
    expect(await answer({ from: wa_id }, order.wamid)).toEqual(HIS)
  })

  it.each(['former', 'new', 'none'])(
    'count after a user id that was announced alone, by the %s one and the number',
    async (named) => {
      const [wa_id, former, user_id] = [newNumber(), newUser(), newUser()]
      const order = await send({ wa_id, user_id: former })
      const sender = {
        former: { from_user_id: former },
        new: { from_user_id: user_id },
        none: { from: wa_id },
      }[named]
      const change = { user_id, previous_user_id: former }
      await announce(sender ?? {}, { type: 'user_changed_user_id', ...change })
      expect(await answer({ from_user_id: user_id }, order.wamid)).toEqual(HIS)
    },
  )

  it('count after a second change, and where the order was dialled in another form', async () => {
    const [second, third] = [newNumber(), newNumber()]
    const order = await send({ wa_id: '525598765432' })
    await announce({ from: '5215598765432' }, { wa_id: second })
    await announce({ from: second }, { wa_id: third })
    expect(await answer({ from: third }, order.wamid)).toEqual(HIS)
  })

  it('count from a number that the directory has of the same supplier', async () => {
    const [wa_id, corrected] = [newNumber(), newNumber()]
    const order = await send({ wa_id }, { supplier_id: 'horno' })
    const supplier = { supplierId: 'horno', name: 'Horno', phones: [`+${corrected}`] }
    const context = { tenantId: TENANT, actor: 'test', createId }
    await database.transaction((tx) => writeSuppliers(tx, [supplier], context))
    expect(await answer({ from: corrected }, order.wamid)).toEqual(HIS)
    const other = await send({ wa_id: newNumber() }, { supplier_id: 'molino' })
    expect(await answer({ from: corrected }, other.wamid)).toEqual(FOREIGN)
  })

  it('count by a user id alone that an earlier message of theirs named with the number', async () => {
    const [from, from_user_id] = [newNumber(), newUser()]
    await receive({ from, from_user_id, type: 'text', text: { body: 'Hola' } })
    const order = await send({ wa_id: from })
    expect(await answer({ from_user_id }, order.wamid)).toEqual(HIS)
  })

  it('count by a user id alone that Meta named with the number of another order', async () => {
    const [wa_id, user_id] = [newNumber(), newUser()]
    const order = await send({ wa_id })
    await send({ wa_id, user_id })
    expect(await answer({ from_user_id: user_id }, order.wamid)).toEqual(HIS)
  })

  it('count no more than before from somebody whom nothing makes the recipient', async () => {
    const [mine, new_wa_id, user_id] = [newNumber(), newNumber(), newUser()]
    await announce({ from: mine }, { wa_id: newNumber(), user_id: newUser() })
    const order = await send({ wa_id: mine, user_id })
    await announce({ from: newNumber() }, { wa_id: new_wa_id, user_id: newUser() })
    await receive({ from: newNumber(), from_user_id: 'ES.other', type: 'text' })
    for (const sender of [{ from: new_wa_id }, { from_user_id: 'ES.other' }, {}]) {
      expect(await answer(sender, order.wamid)).toEqual(FOREIGN)
    }
  })

  it('count for no message to somebody who had the number later', async () => {
    const [mine, theirs] = [newNumber(), newNumber()]
    await announce({ from: mine }, { wa_id: theirs })
    const order = await send({ wa_id: mine })
    expect(await answer({ from: theirs }, order.wamid)).toEqual(FOREIGN)
  })

  it('count only at the business number that sent the order', async () => {
    const [from, wa_id] = [newNumber(), newNumber()]
    const order = await send({ wa_id: from })
    await announce({ from }, { wa_id })
    expect(await answer({ from: wa_id }, order.wamid, '999')).toEqual(FOREIGN)
  })
})
