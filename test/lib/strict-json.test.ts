import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fieldPath, findUnstorable, MAX_JSON_DEPTH, parseJson } from '../../src/lib/strict-json.ts'
import type { LongNumber } from '../../src/lib/strict-json.ts'

const valueOf = (text: string): unknown => {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.value
}
const faultsOf = (text: string): string[] =>
  findUnstorable(valueOf(text)).map(({ field, code }) => `${field} ${code}`)

describe('parseJson', () => {
  it('reads bytes and text alike and skips a byte order mark', () => {
    const value = { a: [1, 'ñ', null] }
    const text = `\uFEFF${JSON.stringify(value)}`
    expect(parseJson(text)).toEqual({ ok: true, value })
    expect(parseJson(Buffer.from(text))).toEqual({ ok: true, value })
  })

  it.each([
    ['nothing', ''],
    ['spaces', ' \n'],
    ['a word', 'hello'],
    ['a comma at the end', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['two documents', '{}{}'],
    ['half a document', '{"a":'],
    ['a raw control character', '{"a":"\u0000"}'],
    ['a comment', '{} // all'],
    ['NaN', 'NaN'],
  ])('says of %s that it is not JSON', (_name, text) => {
    const parsed = parseJson(Buffer.from(text))
    expect(parsed.ok).toBe(false)
    expect(parsed).toHaveProperty('detail', expect.stringMatching(/^the body is /))
  })

  it('does not repair what is not UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc3, 0x22],
    ]) {
      expect(parseJson(Buffer.from(bytes))).toEqual({ ok: false, detail: 'the body is not UTF-8' })
    }
    expect(parseJson(Buffer.from('{"a":1}', 'utf16le')).ok).toBe(false)
  })

  it('quotes nothing of the input', () => {
    for (const text of ['+34612345678', '{"phone":+34612345678}', '{"phone":"+34612345678" x}']) {
      expect(JSON.stringify(parseJson(text))).not.toContain('345678')
    }
  })

  it('takes the last of two values under one key', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ ok: true, value: { a: 2 } })
  })

  it('survives the deepest nesting that fits into an event', () => {
    const depth = 131_000
    const parsed = parseJson('['.repeat(depth) + ']'.repeat(depth))
    expect(parsed.ok).toBe(true)
  })

  it('keeps the digits of whole numbers that a double would round, wherever they stand', () => {
    const text =
      '{"a":12345678901234567890,"b":[-9007199254740993,{"c":9007199254740992}],"d":"\\"12345678901234567890\\\\","e":9007199254740991}'
    expect(JSON.parse(JSON.stringify(valueOf(text)))).toEqual({
      a: '12345678901234567890',
      b: ['-9007199254740993', { c: '9007199254740992' }],
      d: '"12345678901234567890\\',
      e: 9007199254740991,
    })
    expect(faultsOf(text)).toEqual([])
  })

  it('loses no digit of a whole number, and reads everything else as JSON.parse does', () => {
    // What fast-check makes has long numbers and texts of long digits, too: compared by their digits alone.
    const bare = (value: unknown): string =>
      JSON.stringify(value).replaceAll(/"(-?\d{16,})"/g, '$1')
    const number = fc.bigInt().map((value) => `{"n":${String(value)}}`)
    fc.assert(
      fc.property(number, (text) => {
        expect(bare(valueOf(text))).toBe(text)
      }),
    )
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 1, max: 9 }), (json, digit) => {
        const text = `[${json},1234567890123456${String(digit)}000]`
        const [value, long] = valueOf(text) as [unknown, LongNumber]
        expect(bare(value)).toBe(bare(JSON.parse(json)))
        expect(long.digits).toBe(`1234567890123456${String(digit)}000`)
      }),
    )
  })

  it('reads what is nested too deep for that all the same, so that it is refused for its depth', () => {
    const depth = 20_000
    const parsed = parseJson(`${'['.repeat(depth)}12345678901234567890${']'.repeat(depth)}`)
    expect(parsed.ok && findUnstorable(parsed.value).map(({ code }) => code)).toEqual(['too_deep'])
  })

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(typeof parseJson(bytes).ok).toBe('boolean')
      }),
    )
  })
})

describe('findUnstorable', () => {
  it('finds nothing in ordinary values, whole emoji and look-alike keys included', () => {
    const text =
      '{"a":["👩‍🌾","\\ud83c\\udf5e",1e308,true,null],"constructor":"Bauer AG","proto":{},"prototype":1,"":0}'
    expect(faultsOf(text)).toEqual([])
  })

  it.each([
    ['{"a":"x\\u0000"}', 'a nul_character'],
    ['{"a\\u0000":1}', '["a\\u0000"] nul_character'],
    ['["\\ud800"]', '[0] lone_surrogate'],
    ['{"a":{"b":"\\udc00\\ud800"}}', 'a.b lone_surrogate'],
    ['{"\\udc00":1}', '["\\udc00"] lone_surrogate'],
    ['{"a":1e999}', 'a out_of_range'],
    ['[[-1e999]]', '[0][0] out_of_range'],
    ['{"__proto__":1}', '__proto__ forbidden_key'],
    ['{"a":[{"__proto__":{"x":1}}]}', 'a[0].__proto__ forbidden_key'],
    ['{"constructor":{"prototype":{}}}', 'constructor forbidden_key'],
    ['"\\u0000"', ' nul_character'],
  ])('finds the fault in %s', (text, fault) => {
    expect(faultsOf(text)).toEqual([fault])
  })

  it('finds all faults at once, up to a hundred', () => {
    expect(faultsOf('{"a":"\\u0000","b":["\\ud800",1e999],"c":{"__proto__":1}}')).toHaveLength(4)
    expect(faultsOf(JSON.stringify(Array(5000).fill('\0')))).toHaveLength(100)
  })

  it('reports nesting that is too deep without following it', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(faultsOf(nested(MAX_JSON_DEPTH))).toEqual([])
    for (const depth of [MAX_JSON_DEPTH + 1, 10_000, 100_000]) {
      expect(faultsOf(nested(depth))).toEqual([expect.stringMatching(/… too_deep$/)])
    }
    expect(faultsOf('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))).toHaveLength(1)
  })

  it('finds a fault wherever it is put into any value, and none without it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const clean = JSON.parse(
          JSON.stringify(value).replace(/\\u(0000|d[89a-f]..)/g, '?'),
        ) as unknown
        expect(findUnstorable(clean).filter(({ code }) => code !== 'forbidden_key')).toEqual([])
        expect(findUnstorable([clean, { x: 'a\0' }]).map(({ field }) => field)).toContain('[1].x')
      }),
    )
  })

  it('writes paths that can themselves be stored', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(), fc.string({ unit: 'binary' })), { maxLength: 20 }),
        (path) => {
          const text = fieldPath([...path, 'a\0\ud800'.repeat(50)])
          expect(text).not.toMatch(/[\0-\x1f]|\p{Surrogate}/u)
          expect(text.length).toBeLessThan(8000)
        },
      ),
    )
  })
})
