import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { nameFields, schemaFaults } from '../../src/lib/schema-faults.ts'

const faultsOf = (schema: z.ZodType, value: unknown) => {
  const read = schema.safeParse(value)
  return read.success ? [] : schemaFaults(read.error, value)
}

describe('a fault of a schema', () => {
  it.each([
    ['at least 1', z.number().min(1), 0, 'is below 1', 'Send at least 1.'],
    ['at most 1', z.number().max(1), 2, 'is above 1', 'Send at most 1.'],
    ['more than 0', z.number().gt(0), 0, 'is not above 0', 'Send more than 0.'],
    ['less than 1', z.number().lt(1), 1, 'is not below 1', 'Send less than 1.'],
  ])('says of a number that is to be %s what it is not', (_, number, given, detail, remedy) => {
    expect(faultsOf(z.object({ n: number }), { n: given })).toEqual([
      { field: 'n', code: 'out_of_range', detail, remedy },
    ])
  })

  it('of the whole is said with its reason, for there is no field whose name says where to look', () => {
    const schema = z.strictObject({ n: z.number() })
    for (const given of [5, null, []]) {
      const faults = faultsOf(schema, given)
      expect(faults).toEqual([
        { field: '', code: 'wrong_type', detail: 'is not an object', remedy: 'Send an object.' },
      ])
      expect(nameFields('It', faults)).toBe('It is not valid: the body is not an object')
    }
  })
})
