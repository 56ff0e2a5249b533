import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { parsePurchaseOrderEvent } from '../../src/intake/purchase-order-event.ts'
import { PurchaseOrderEventSchema } from '../../src/intake/purchase-order-schema.ts'
import { ROOT } from './source-files.ts'

const page = readFileSync(path.join(ROOT, 'docs/incoming-orders.md'), 'utf8')
const example = JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '') as {
  data: Record<string, unknown>
}

it('docs/incoming-orders.md has every field of an order, and says which must be there', () => {
  const { data, ...envelope } = PurchaseOrderEventSchema.shape
  const fields = Object.entries({ ...envelope, ...data.shape })
  const expected = fields.map(([name, schema]) =>
    schema.safeParse(undefined).success ? `\`${name}\`` : `**\`${name}\`**`,
  )
  const told = [...page.matchAll(/^\| (\*{0,2}`\w+`\*{0,2}) +\| /gm)].map(([, cell]) => cell)
  // The second table, of CloudEvents, begins with the first field anew.
  expect(told.slice(0, expected.length)).toEqual(expected)
})

it('docs/incoming-orders.md shows an order that is taken, with every field', () => {
  expect(parsePurchaseOrderEvent(example)).toMatchObject({ ok: true })
  expect(Object.keys(example.data)).toEqual(Object.keys(PurchaseOrderEventSchema.shape.data.shape))
})
