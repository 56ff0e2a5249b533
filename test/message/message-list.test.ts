import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { listMessages } from '../../src/message/message-store.ts'
import type { MessageFilter } from '../../src/message/message-store.ts'
import { acceptedMessage, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const NAME = 'Ölmühle 100%_Größe Straße & Söhne, '

describeEachMigratedDatabase('the search over messages', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const find = async (q: string, more: Partial<MessageFilter> = {}): Promise<string[]> => {
    const rows = await listMessages(database, { tenantId: null, limit: 2, q, ...more })
    return rows.map((row) => row.id)
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

  it('takes a phone however it is written, a wamid and an id exactly', async () => {
    const [id] = await queueMessages(database, 1, { recipient_phone: '+447911123456' })
    for (const q of ['+447911123456', '447911123456', '+44 7911 123-456', id ?? '']) {
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
