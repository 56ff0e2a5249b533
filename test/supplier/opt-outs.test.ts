import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances } from '../../src/message/outbox.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { InboundItem, StatusItem } from '../../src/webhook/parse-webhook.ts'
import { findOptOuts } from '../../src/supplier/opt-out-store.ts'
import { findSupplier, writeSuppliers } from '../../src/supplier/supplier-store.ts'
import type { SupplierInput } from '../../src/supplier/supplier.ts'
import {
  acceptance,
  claim,
  nextRecipient,
  NUMBER,
  queueMessages,
  rowOf,
} from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const OTHER = '22222222-2222-4222-8222-222222222222'

describeEachMigratedDatabase('opt-outs and new numbers', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await database.execute(
      'delete from whatsapp_messages; delete from opt_outs; delete from suppliers',
    )
  })

  const write = (input: SupplierInput, tenantId = TENANT) =>
    database.transaction((tx) => writeSuppliers(tx, [input], { tenantId, actor: 'test', createId }))
  let received = 0
  const inbound = (phone: string, more: Partial<InboundItem>) => {
    received += 1
    const item: InboundItem = {
      wamid: `wamid.in.${String(received)}`,
      type: 'text',
      phoneNumberId: NUMBER,
      fromWaId: phone.slice(1),
      fromUserId: null,
      contextWamid: null,
      text: null,
      payload: null,
      metaAt: null,
      content: {},
      ...more,
    }
    return applyWebhooks(database, [{ kind: 'inbound', inbound: item }], createId)
  }
  const optOutOf = async (supplierId: string, tenantId = TENANT) =>
    (await findSupplier(database, tenantId, supplierId))?.opted_out_at ?? null

  it('fail a message at its claim, with code, words and no attempt', async () => {
    const phone = nextRecipient()
    const [stopped = '', other = ''] = [
      ...(await queueMessages(database, 1, { recipient_phone: phone })),
      ...(await queueMessages(database, 1)),
    ]
    await write({ supplierId: 's1', name: 'A', phones: [phone], optedOutAt: new Date() })
    const claimed = await claim(database)
    expect(claimed.map(({ id }) => id)).toEqual([other])
    expect(await rowOf(database, stopped)).toMatchObject({
      state: 'failed',
      status: 'FAILED',
      error_code: 'opted_out',
      fence: 0,
      due_at: null,
    })
  })

  it('hold for a supplier under whatever number, and for one tenant only', async () => {
    await write({ supplierId: 's1', name: 'A', phones: [], optedOutAt: new Date() })
    const [mine = ''] = await queueMessages(database, 1, { supplier_id: 's1' })
    const [theirs = ''] = await queueMessages(database, 1, { supplier_id: 's1', tenant_id: OTHER })
    expect((await claim(database)).map(({ id }) => id)).toEqual([theirs])
    expect(await rowOf(database, mine)).toMatchObject({ error_code: 'opted_out' })
  })

  it('come by a word in the supplier’s language, for every tenant that writes to the number', async () => {
    const phone = nextRecipient()
    await write({ supplierId: 's1', name: 'A', phones: [phone, '+34699000001'], language: 'de' })
    await queueMessages(database, 1, {
      recipient_phone: phone,
      tenant_id: OTHER,
      template_language: 'de',
    })
    expect(await inbound(phone, { text: 'Baja' })).toMatchObject({ optedOut: 0 })
    expect(await optOutOf('s1')).toBeNull()
    await inbound(phone, { text: ' Abmelden! ' })
    expect(await optOutOf('s1')).not.toBeNull()
    const rows = await database.query<{ tenant_id: string; recipient: string }>(
      'select tenant_id, recipient from opt_outs order by tenant_id, recipient',
    )
    expect(rows.map((row) => `${row.tenant_id.slice(0, 1)} ${row.recipient}`)).toEqual([
      ...[phone, '+34699000001'].sort().map((one) => `0 ${one}`),
      '0 s:s1',
      `2 ${phone}`,
    ])
    expect(await claim(database)).toEqual([])
  })

  it('follow a supplier who is written to in another form of the number, by what is quoted', async () => {
    const id = (await queueMessages(database, 1, { recipient_phone: '+525512345678' }))[0] ?? ''
    await database.query(
      'insert into whatsapp_wamids (wamid, message_id, attempt) values ($1, $2, 1) returning 1',
      [`wamid.quoted.${id}`, id],
    )
    await inbound('+5215512345678', { text: 'baja', contextWamid: `wamid.quoted.${id}` })
    expect(await claim(database)).toEqual([])
    expect(await rowOf(database, id)).toMatchObject({ error_code: 'opted_out' })
  })

  it('of somebody known by a user id alone hold for messages to that id', async () => {
    await write({ supplierId: 's1', name: 'A' })
    const user = { fromWaId: null, fromUserId: 'ES.1' }
    await inbound('+1', { ...user, text: 'STOP' })
    const [id = ''] = await queueMessages(database, 1)
    await database.query(
      `update whatsapp_messages set recipient_phone = null, recipient_user_id = 'ES.1' where id = $1`,
      [id],
    )
    expect(await claim(database)).toEqual([])
  })

  describe('of a person with a number and a user id', () => {
    let users = 0
    const newUser = () => `ES.9${String((users += 1))}`
    const isOut = async (recipient: { phone?: string; userId?: string }) => {
      const { phone = null, userId = null } = recipient
      return (await findOptOuts(database, [{ tenantId: TENANT, phone, userId }])).size === 1
    }
    const stop = (userId: string) =>
      inbound('+1', { fromWaId: null, fromUserId: userId, text: 'STOP' })

    it('hold for the number that a status named with the id, where STOP names the id alone', async () => {
      const [phone, userId] = [nextRecipient(), newUser()]
      const [id = ''] = await queueMessages(database, 1, { recipient_phone: phone })
      await claim(database)
      await recordAcceptances(database, [
        { ...acceptance(id, 1, `wamid.${id}`), wa_id: phone.slice(1) },
      ])
      const status: StatusItem = {
        wamid: `wamid.${id}`,
        status: 'delivered',
        metaAt: '2026-11-22T09:30:00.000Z',
        phoneNumberId: NUMBER,
        recipientId: phone.slice(1),
        recipientUserId: userId,
        callbackData: callbackData(id, 1),
        pricing: null,
        error: null,
        detail: {},
      }
      await applyWebhooks(database, [{ kind: 'status', status }], createId)
      await stop(userId)
      const [next = ''] = await queueMessages(database, 1, { recipient_phone: phone })
      await database.execute('delete from recipient_pace')
      expect(await claim(database)).toEqual([])
      expect(await rowOf(database, next)).toMatchObject({ error_code: 'opted_out' })
    })

    it('hold for the number under which the same id wrote before, in both its forms', async () => {
      const userId = newUser()
      await write({ supplierId: 's1', name: 'A', phones: ['+525512345000', '+34699000003'] })
      await inbound('+5215512345000', { fromUserId: userId, text: 'Hola' })
      await stop(userId)
      expect(await optOutOf('s1')).not.toBeNull()
      for (const phone of ['+525512345000', '+5215512345000', '+34699000003']) {
        expect(await isOut({ phone })).toBe(true)
      }
    })

    it('go over to both the number and the id that WhatsApp announces together', async () => {
      const [phone, current] = [nextRecipient(), nextRecipient()]
      const [former, userId, other] = [newUser(), newUser(), newUser()]
      await write({ supplierId: 's1', name: 'A', phones: [phone] })
      await inbound(phone, { fromUserId: former, text: 'STOP' })
      const change = { wa_id: current.slice(1), user_id: userId, previous_user_id: former }
      const system = { type: 'user_changed_number', ...change }
      await inbound(phone, { type: 'system', fromUserId: former, content: { system } })
      expect(await isOut({ userId })).toBe(true)
      expect(await isOut({ phone: current })).toBe(true)
      expect(await isOut({ userId: other })).toBe(false)
    })

    it('go over to an id that is announced alone, also from the number', async () => {
      const [phone, userId] = [nextRecipient(), newUser()]
      await write({ supplierId: 's1', name: 'A', phones: [phone], optedOutAt: new Date() })
      const system = { user_id: userId, previous_user_id: newUser() }
      await inbound(phone, { type: 'system', content: { system } })
      expect(await isOut({ userId })).toBe(true)
    })
  })

  it('are heeded once: the webhook that Meta repeats does not undo a person’s decision', async () => {
    const phone = nextRecipient()
    const input = { supplierId: 's1', name: 'A', phones: [phone] }
    await write(input)
    await inbound(phone, { wamid: 'wamid.repeated', text: 'STOP' })
    expect(await write({ ...input, optedOutAt: null })).toEqual(['updated'])
    await inbound(phone, { wamid: 'wamid.repeated', text: 'STOP' })
    expect(await optOutOf('s1')).toBeNull()
    const audit = await database.query<{ action: string }>(
      `select action from audit_log where detail ->> 'supplier_id' = 's1' order by id desc limit 1`,
    )
    expect(audit[0]?.action).toBe('supplier_opted_in')
  })

  describe('change updated_at of their suppliers', () => {
    const updatedAt = async (supplierId: string, tenantId = TENANT) =>
      (await findSupplier(database, tenantId, supplierId))?.updated_at.getTime() ?? 0
    /** Two that share a number, one with it under another tenant, one without. */
    const setupDirectory = async (out: boolean) => {
      const phone = nextRecipient()
      const state = out && { optedOutAt: new Date() }
      const input = { supplierId: 's1', name: 'A', phones: [phone] }
      await write({ ...input, ...state })
      await write({ ...input, supplierId: 's2' })
      await write({ supplierId: 's3', name: 'C', phones: [nextRecipient()] })
      await write({ ...input, ...state }, OTHER)
      await database.execute(`update suppliers set updated_at = created_at - interval '1 day'`)
      return { phone, input }
    }
    /** Which of the directory were changed since it was made. */
    const touched = async () => {
      const rows = await database.query<{ tenant_id: string; supplier_id: string }>(
        `select tenant_id, supplier_id from suppliers where updated_at > created_at - interval '1 day'
         order by tenant_id, supplier_id`,
      )
      return rows.map((row) => `${row.tenant_id === OTHER ? 'other ' : ''}${row.supplier_id}`)
    }

    it('where the directory sets one, and where it takes it back', async () => {
      const { input } = await setupDirectory(false)
      expect(await write({ ...input, optedOutAt: new Date('2026-01-01') })).toEqual(['updated'])
      expect(await touched()).toEqual(['s1', 's2'])
      const [first, other] = [await updatedAt('s1'), await updatedAt('s2')]
      expect(await write({ ...input, optedOutAt: null })).toEqual(['updated'])
      expect(await updatedAt('s1')).toBeGreaterThan(first)
      expect(await updatedAt('s2')).toBeGreaterThan(other)
      expect(await touched()).toEqual(['s1', 's2'])
    })

    it('where an import sets many at once', async () => {
      const { phone } = await setupDirectory(false)
      const many = Array.from({ length: 40 }, (_, n) => ({
        supplierId: `many-${String(n + 10)}`,
        name: 'Many',
        phones: n === 0 ? [phone] : [nextRecipient()],
        optedOutAt: new Date(),
      }))
      await database.transaction((tx) =>
        writeSuppliers(tx, many, { tenantId: TENANT, actor: 'test', createId }),
      )
      const ids = many.map(({ supplierId }) => supplierId)
      expect(await touched()).toEqual([...ids, 's1', 's2'])
    })

    it('where somebody writes STOP, once', async () => {
      const { phone } = await setupDirectory(false)
      await inbound(phone, { text: 'STOP' })
      expect(await touched()).toEqual(['s1', 's2', 'other s1'])
      const first = await updatedAt('s1')
      await inbound(phone, { text: 'STOP' })
      expect(await updatedAt('s1')).toBe(first)
    })

    it('where a number that has opted out becomes one of theirs', async () => {
      const { phone } = await setupDirectory(true)
      const current = nextRecipient()
      await write({ supplierId: 's4', name: 'D', phones: [current] })
      await database.execute(`update suppliers set updated_at = created_at - interval '1 day'`)
      await inbound(phone, {
        type: 'system',
        content: { system: { type: 'user_changed_number', wa_id: current.slice(1) } },
      })
      expect(await optOutOf('s4')).not.toBeNull()
      expect(await touched()).toEqual(['s1', 's2', 's4', 'other s1'])
    })

    it('and nothing else does: what is said again, or taken back where there is none', async () => {
      const { input } = await setupDirectory(true)
      expect(await write({ ...input, optedOutAt: new Date() })).toEqual(['unchanged'])
      const none = { supplierId: 's3', name: 'C', optedOutAt: null }
      expect(await write(none)).toEqual(['unchanged'])
      expect(await touched()).toEqual([])
    })
  })

  it('move with a new number, which the directory and what waits follow, audited', async () => {
    const phone = nextRecipient()
    const current = nextRecipient()
    await write({ supplierId: 's1', name: 'A', phones: ['+34699000002', phone] })
    await write({ supplierId: 's2', name: 'B', phones: [phone], optedOutAt: new Date() }, OTHER)
    const [id = ''] = await queueMessages(database, 1, { recipient_phone: phone })
    const report = await inbound(phone, {
      type: 'system',
      content: { system: { type: 'user_changed_number', wa_id: current.slice(1) } },
    })
    expect(report).toMatchObject({ followed: 3 })
    expect(await findSupplier(database, TENANT, 's1')).toMatchObject({
      phones: ['+34699000002', current],
      opted_out_at: null,
    })
    expect(await optOutOf('s2', OTHER)).not.toBeNull()
    expect(await rowOf(database, id)).toMatchObject({ recipient_phone: current })
    const audit = await database.query<{ action: string; actor: string }>(
      `select action, actor from audit_log where detail ->> 'to' = $1 order by action`,
      [current],
    )
    expect(audit).toEqual([
      { action: 'number_changed', actor: 'whatsapp' },
      { action: 'supplier_number_changed', actor: 'whatsapp' },
      { action: 'supplier_number_changed', actor: 'whatsapp' },
    ])
  })
})
