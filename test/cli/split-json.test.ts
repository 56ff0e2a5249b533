import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLine, printable } from '../../src/cli/printable.ts'
import { findMember, splitArray } from '../../src/cli/split-json.ts'

const indent = fc.constantFrom(undefined, 1, 2)

describe('taking JSON apart', () => {
  it('gives the elements of any array, each equal to what was put in', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), indent, (values, spaces) => {
        const parts = splitArray(` ${JSON.stringify(values, null, spaces)}\n`)
        expect(parts.map((part) => JSON.parse(part) as unknown)).toEqual(
          JSON.parse(JSON.stringify(values)),
        )
      }),
    )
  })

  it('finds any member of any object, and nothing that is only inside one', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        indent,
        (object, key, spaces) => {
          const text = JSON.stringify(object, null, spaces)
          const copy = JSON.parse(text) as Record<string, unknown>
          for (const name of [...Object.keys(copy), key]) {
            const found = findMember(text, name)
            const expected = Object.hasOwn(copy, name) ? copy[name] : undefined
            expect(found === undefined ? undefined : JSON.parse(found)).toEqual(expected)
          }
        },
      ),
    )
  })

  it('keeps digits that a number of JavaScript would lose', () => {
    expect(splitArray('[1234.50, 12345678901234567890,1e400 ]')).toEqual([
      '1234.50',
      '12345678901234567890',
      '1e400',
    ])
    expect(findMember('{"a":{"data":1},"data" : [1.0] }', 'data')).toBe('[1.0]')
  })
})

describe('text for a terminal', () => {
  it('is one line without control characters, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
    expect(printable('Harinas\r\ndel\tSur \u001b[31m日本語 ñ')).toBe('Harinas del Sur [31m日本語 ñ')
  })

  it('is JSON on one line that says the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), indent, (value, spaces) => {
        const text = JSON.stringify(value, null, spaces)
        const line = jsonLine(text)
        expect(line).not.toMatch(/\p{Cc}/u)
        expect(JSON.parse(line)).toEqual(JSON.parse(text))
      }),
    )
    expect(jsonLine('{ "a": [1.50,\n "x \\" y\u009b"] }')).toBe('{"a":[1.50,"x \\" y\\u009b"]}')
  })
})
