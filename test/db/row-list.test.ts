import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { rowList } from '../../src/db/row-list.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

interface Row {
  id: string
  text: string | null
  count: number | null
  is_new?: boolean
  at?: string
  document?: unknown
}
const ROWS = rowList<Row>({
  id: 'uuid',
  text: 'text',
  count: 'bigint',
  is_new: 'boolean',
  at: 'timestamptz',
  document: 'jsonb',
})

/** What jsonb keeps as it is. */
const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))
const document = fc.oneof(
  fc.dictionary(storable, fc.oneof(storable, fc.integer(), fc.boolean(), fc.constant(null))),
  fc.array(fc.oneof(storable, fc.constant(null))),
)
const row = fc.record<Row>(
  {
    id: fc.uuid(),
    text: fc.option(storable),
    count: fc.option(fc.integer()),
    is_new: fc.boolean(),
    at: fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }).map(iso),
    document: fc.option(document),
  },
  { requiredKeys: ['id', 'text', 'count'] },
)

describeEachMigratedDatabase('a list of rows', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  it('comes to the statement as it was written, in its order, null where a row says nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (rows) => {
        const read = await database.query(
          `select id, text, count::float8, is_new, at, document from ${ROWS.from('$1')} as r`,
          [ROWS.write(rows)],
        )
        expect(read).toEqual(
          rows.map(({ id, text, count, is_new = null, at, document = null }) => ({
            id,
            text,
            count,
            is_new,
            at: at === undefined ? null : new Date(at),
            document,
          })),
        )
      }),
      { numRuns: 40 },
    )
  })

  it('has SQL’s null where a document is JSON’s, as jsonb_to_recordset has it', async () => {
    const rows = [{ id: '00000000-0000-0000-0000-000000000000', text: null, count: null }]
    expect(
      await database.query(
        `select document is null as is_null from ${ROWS.from('$1')} as r
         union all select document is null from jsonb_to_recordset($2::jsonb) as r(document jsonb)`,
        [ROWS.write(rows), '[{"document":null}]'],
      ),
    ).toEqual([{ is_null: true }, { is_null: true }])
  })
})

function iso(date: Date): string {
  return date.toISOString()
}
