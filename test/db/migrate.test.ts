import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { afterEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { migrate, migrationStatus } from '../../src/db/migrate.ts'
import { ensurePartitions, readPartitions } from '../../src/db/partitions.ts'
import { createPgliteDatabase } from '../../src/db/pglite.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { idBound } from '../../src/lib/uuid-v7.ts'
import { describeEachDatabase } from '../support/databases.ts'
import type { TestDatabase } from '../support/databases.ts'
import { queueMessages } from '../support/messages.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const MONDAY = 1

async function connect(target: TestDatabase): Promise<Database> {
  if (target.kind === 'pglite') return createPgliteDatabase(await PGlite.create())
  return openPostgres({
    url: target.url,
    applicationName: 'aviso test',
    size: 3,
    statementTimeoutMs: 30_000,
  })
}

describeEachDatabase('migrations', (open) => {
  const opened: Database[] = []
  const connectTo = async (target: TestDatabase): Promise<Database> => {
    const database = await connect(target)
    opened.push(database)
    return database
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()))
  })

  it('begin with whatsapp001, are applied once, and are shown as applied', async () => {
    const database = await connectTo(await open())
    const before = await migrationStatus(database)
    expect(before).toMatchObject({ current: null, applied: [], unknown: [] })
    expect(before.pending[0]).toBe('whatsapp001')
    expect(await migrate(database)).toEqual(before.pending)
    expect(await migrate(database)).toEqual([])
    expect(await migrationStatus(database)).toMatchObject({
      current: before.pending.at(-1),
      applied: before.pending,
      pending: [],
    })
  })

  it('are applied once when two processes start together', async () => {
    const target = await open()
    const one = await connectTo(target)
    const two = target.kind === 'pglite' ? one : await connectTo(target)
    await Promise.all([migrate(one), migrate(two)])
    expect(await migrationStatus(two)).toMatchObject({ pending: [] })
  })

  it('leave tables of our names alone that we did not make, and name them', async () => {
    const database = await connectTo(await open())
    await database.execute(
      'create table whatsapp_messages (id integer); insert into whatsapp_messages values (7)',
    )
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('whatsapp_messages') as unknown,
    })
    expect(await database.query('select id from whatsapp_messages')).toEqual([{ id: 7 }])
  })

  it('tell a database of a newer version from an older one', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    await database.query(
      `insert into aviso_migrations (name, timestamp) values ($1, '2030-01-01') returning name`,
      ['whatsapp999'],
    )
    expect(await migrationStatus(database)).toMatchObject({ unknown: ['whatsapp999'], pending: [] })
    expect(await migrate(database)).toEqual([])
  })

  it('refuse a database that a newer version has changed in a breaking way, whatever else is pending', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    await database.query(
      `insert into aviso_migrations (name, timestamp) values ($1, '2030-01-01') returning name`,
      ['whatsapp999_breaking'],
    )
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringContaining('whatsapp999_breaking') as unknown,
    })
  })

  it('give the two tables every column that reports rely on', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    const columns = async (table: string) =>
      (
        await database.query<{ name: string }>(
          'select column_name as name from information_schema.columns where table_name = $1',
          [table],
        )
      ).map((row) => row.name)
    expect(await columns('whatsapp_messages')).toEqual(
      expect.arrayContaining(
        'id tenant_id notification_id whatsapp_message_id recipient_phone message_type status state template_name template_parameters sent_at delivered_at read_at accepted_at error_message provider_response metadata created_at updated_at'.split(
          ' ',
        ),
      ),
    )
    expect(await columns('whatsapp_templates')).toEqual(
      expect.arrayContaining(
        'id template_name template_key category language status body_text parameter_count sent_count is_active'.split(
          ' ',
        ),
      ),
    )
  })

  it('put this month’s messages into a partition of their own', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    await queueMessages(database, 1)
    const rows = await database.query<{ part: string }>(
      'select tableoid::regclass::text as part from whatsapp_messages',
    )
    expect(rows[0]?.part).toMatch(/^whatsapp_messages_\d{4}_\d{2}$/)
  })

  it('make partitions where none covers the time, also beside one that was made otherwise', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    const weeks = await readPartitions(database, ['webhook_bodies'])
    const [first, second] = weeks
    if (first === undefined || second === undefined) throw new Error('there are no weeks')
    expect(weeks.map(({ from }) => from?.getUTCDay())).toEqual(weeks.map(() => MONDAY))
    const merged = `for values from ('${idBound(first.from ?? new Date(0))}') to ('${idBound(second.to ?? new Date(0))}')`
    await database.execute(
      `drop table ${first.name}, ${second.name}; create table by_hand partition of webhook_bodies ${merged}`,
    )
    await ensurePartitions(database, first.from ?? new Date())
    const after = await readPartitions(database, ['webhook_bodies'])
    expect(after.map(({ name }) => name)).toEqual(['by_hand', ...weeks.slice(2).map((w) => w.name)])
  })

  it('keep the statistics of every partition lean, also of one that is made later', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    await ensurePartitions(database, new Date('2031-05-05T00:00:00Z'))
    const rows = await database.query<{ part: string; name: string; target: number }>(
      `select attrelid::regclass::text as part, attname as name, attstattarget::integer as target
       from pg_attribute where attname in ('metadata', 'tenant_id') and attrelid in (
         select inhrelid from pg_inherits where inhparent = 'whatsapp_messages'::regclass)`,
    )
    expect(rows.map(({ part }) => part)).toContain('whatsapp_messages_2031_05')
    for (const { part, name, target } of rows) {
      expect({ part, name, target }).toEqual({ part, name, target: name === 'metadata' ? 0 : 25 })
    }
  })

  it('lay out a month with what changes last, and with every rule, index and trigger of the others', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    const layoutOf = async (part: string) => {
      const [row] = await database.query<{ last: string; rules: string[] }>(
        `select (select attname::text from pg_attribute where attrelid = t.part and attnum > 0 order by attnum desc limit 1) as last,
           array(select pg_get_constraintdef(oid) from pg_constraint where conrelid = t.part
             union all select substring(pg_get_indexdef(indexrelid) from 'USING .*') from pg_index where indrelid = t.part
             union all select tgname::text from pg_trigger where tgrelid = t.part
             union all select concat(attname, attnotnull, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid))
             from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
             where attrelid = t.part and attnum > 0 and not attisdropped order by 1) as rules
         from (select $1::text::regclass as part) t`,
        [part],
      )
      return row
    }
    const [present, next, later] = await readPartitions(database, ['whatsapp_messages'])
    if (!present || !next || !later) throw new Error('there are no months')
    const { rules } = (await layoutOf('whatsapp_messages_default')) ?? {}
    expect(await layoutOf(present.name)).toEqual({ last: 'updated_at', rules })

    // As a former version has made them, and one has a message.
    await database.execute('drop function whatsapp_make_month')
    for (const { name, from, to } of [next, later]) {
      const bounds = [from, to].map((at) => `'${idBound(at ?? new Date(0))}'`).join(') to (')
      await database.execute(
        `drop table ${name}; create table ${name} partition of whatsapp_messages for values from (${bounds})`,
      )
    }
    await queueMessages(database, 1, { id: idBound(next.from ?? new Date(0)) })
    await database.execute(
      readFileSync(new URL('../../migrations/whatsapp028.sql', import.meta.url), 'utf8'),
    )
    expect(await layoutOf(next.name)).toEqual({ last: 'read_received_at', rules })
    expect(await layoutOf(later.name)).toEqual({ last: 'updated_at', rules })
    expect(await readPartitions(database, ['whatsapp_messages'])).toEqual([present, next, later])
  })

  it('keep the raw webhooks of before as one partition, and write new ones to weeks', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    await database.execute(`
      drop table webhook_bodies, retention_walks;
      create table webhook_bodies (id uuid primary key, received_at timestamptz not null default clock_timestamp(),
        body bytea not null, lengths integer[]);`)
    const insert = async (at: Date) => {
      const id = idBound(at)
      await database.query(`insert into webhook_bodies (id, body) values ($1, 'x') returning 1`, [
        id,
      ])
      const rows = await database.query<{ part: string }>(
        'select tableoid::regclass::text as part from webhook_bodies where id = $1',
        [id],
      )
      return rows[0]?.part
    }
    const now = Date.now()
    await insert(new Date(now - 100 * DAY_MS))
    await insert(new Date(now))
    await database.execute(
      readFileSync(new URL('../../migrations/whatsapp021.sql', import.meta.url), 'utf8'),
    )
    await ensurePartitions(database, new Date(now))
    expect(await database.query('select id from webhook_bodies')).toHaveLength(2)
    expect(await insert(new Date(now + 1))).toBe('webhook_bodies_before')
    expect(await insert(new Date(now + 8 * DAY_MS))).toMatch(/^webhook_bodies_\d{4}_\d{2}_\d{2}$/)
    const storage = await database.query(
      `select 1 from pg_attribute a join pg_inherits i on i.inhrelid = a.attrelid
       where i.inhparent = 'webhook_bodies'::regclass and attname = 'body' and attstorage <> 'e' and inhrelid <> 'webhook_bodies_before'::regclass`,
    )
    expect(storage).toEqual([])
  })

  it('name status and state in no index, so that webhooks are HOT updates', async () => {
    const database = await connectTo(await open())
    await migrate(database)
    const indexes = await database.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where tablename like 'whatsapp_messages%'`,
    )
    expect(indexes.length).toBeGreaterThan(5)
    for (const { indexdef } of indexes)
      expect(indexdef).not.toMatch(/\b(?:status|state|updated_at)\b/)
  })
})
