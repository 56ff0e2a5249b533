import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/db/database.ts'
import { queryInMonth, wholeName } from '../../src/db/month-statements.ts'
import { startOf } from '../../src/db/partitions.ts'
import { createId, idBound } from '../../src/lib/uuid-v7.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const COUNT = {
  name: 'test.count',
  text: `select count(*)::integer as count, min(m.tableoid::regclass::text) as place
    from jsonb_array_elements_text($1::jsonb) as i(id) join whatsapp_messages m on m.id = i.id::uuid
    where m.state <> 'queued'::whatsapp_message_state`,
}

describeEachMigratedDatabase('statements of the present month', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const write = async (id: string) => {
    await database.query(
      `insert into whatsapp_messages (id, tenant_id, state, recipient_phone) values ($1, $1, 'sending', '+34') returning 1`,
      [id],
    )
    return id
  }
  const watched = (): { db: Queryable; names: string[] } => {
    const names: string[] = []
    const db: Queryable = {
      query(statement, parameters) {
        names.push(typeof statement === 'string' ? statement : statement.name)
        return database.query(statement, parameters)
      },
    }
    return { db, names }
  }
  const count = (db: Queryable, ids: string[]) =>
    queryInMonth<{ count: number; place: string }>(db, COUNT, ids, [JSON.stringify(ids)])

  it('go to its own partitions, where all their messages are of it', async () => {
    const { db, names } = watched()
    const ids = [await write(createId()), await write(createId())]
    const suffix = new Date().toISOString().slice(0, 7).replace('-', '_')
    expect(await count(db, ids)).toEqual([{ count: 2, place: `whatsapp_messages_${suffix}` }])
    expect(names).toEqual([`test.count@${suffix}`])
    expect(names.map(wholeName)).toEqual(['test.count'])
  })

  it('go to the whole tables where one message is older, or none is named', async () => {
    const { db, names } = watched()
    const before = startOf('month', new Date()).getTime() - 1
    const ids = [await write(createId()), await write(idBound(new Date(before)))]
    expect(await count(db, ids)).toMatchObject([{ count: 2 }])
    await count(db, [])
    expect(names).toEqual(['test.count', 'test.count'])
  })

  it('go to the whole tables where the month has no partitions, and ask once', async () => {
    const { db, names } = watched()
    const id = await write(createId())
    const suffix = new Date().toISOString().slice(0, 7).replace('-', '_')
    const name = `whatsapp_messages_${suffix}`
    await database.execute(`alter table ${name} rename to messages_of_an_operator`)
    try {
      expect(await count(db, [id])).toEqual([{ count: 1, place: 'messages_of_an_operator' }])
      expect(await count(db, [id])).toMatchObject([{ count: 1 }])
    } finally {
      await database.execute(`alter table messages_of_an_operator rename to ${name}`)
    }
    expect(names).toEqual([`test.count@${suffix}`, 'test.count', 'test.count'])
  })
})
