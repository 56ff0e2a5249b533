import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { InboundItem } from '../../src/webhook/parse-webhook.ts'
import { findSupplier, writeSuppliers } from '../../src/supplier/supplier-store.ts'
import type { SupplierInput } from '../../src/supplier/supplier.ts'
import { claim, nextRecipient, NUMBER, queueMessages, rowOf } from '../support/messages.ts'
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
