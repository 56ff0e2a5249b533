import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/lib/canonical-json.ts'
import { fingerprintOf } from '../../src/lib/fingerprint.ts'

const same = (a: string, b: string): boolean =>
  fingerprintOf(JSON.parse(a)) === fingerprintOf(JSON.parse(b))

/** The same value with the keys of every object in another order. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner)] as const)
  return Object.fromEntries(entries.reverse())
}

describe('fingerprintOf', () => {
  it('is SHA-256 in hex of the canonical form', () => {
    // echo -n '{"a":[1,"ñ",null,true]}' | sha256sum
    expect(fingerprintOf({ a: [1, 'ñ', null, true] })).toBe(
      '76f46992f1d392290615e65b234c96f79eb741c9f7c3288661bb1c9f4e5e0934',
    )
  })

  it.each([
    ['the order of keys', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ['spaces', '{"a":[1,2]}', '{ "a" : [ 1 , 2 ] }'],
    ['the writing of numbers', '[1.50,100,0]', '[1.5,1e2,-0]'],
    ['escapes', '["\\u00f1","/"]', '["ñ","\\/"]'],
    ['a key that comes twice', '{"a":1,"a":2}', '{"a":2}'],
  ])('does not depend on %s', (_name, a, b) => {
    expect(same(a, b)).toBe(true)
  })

  it.each([
    ['the order of a list', '[1,2]', '[2,1]'],
    ['a type', '{"a":"1"}', '{"a":1}'],
    ['null and absent', '{"a":null}', '{}'],
    ['an empty list and an empty object', '[]', '{}'],
    ['nesting', '[[1],2]', '[[1,2]]'],
    ['a decimal written as text', '{"a":"1.50"}', '{"a":"1.5"}'],
    ['capital letters', '{"A":1}', '{"a":1}'],
    ['what looks like a separator', '["a,b"]', '["a","b"]'],
    ['a composed letter', '["\\u00e9"]', '["e\\u0301"]'],
  ])('depends on %s', (_name, a, b) => {
    expect(same(a, b)).toBe(false)
  })

  it('is equal for any value with its keys in another order, and after a round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const print = fingerprintOf(value)
        expect(fingerprintOf(shuffled(value))).toBe(print)
        expect(fingerprintOf(JSON.parse(JSON.stringify(value)))).toBe(print)
      }),
    )
  })

  it('is over texts and keys as JSON writes them, whatever characters they have', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(text, text, (key, value) => {
        expect(canonicalJson({ [key]: value })).toBe(JSON.stringify({ [key]: value }))
        expect(canonicalJson([`${key}\ud800`, `"${value}\\`])).toBe(
          JSON.stringify([`${key}\ud800`, `"${value}\\`]),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it('differs for values that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const equal = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
        expect(fingerprintOf(a) === fingerprintOf(b)).toBe(equal)
      }),
    )
  })
})

/** A form in which two values are the same text exactly where they are equal. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)]
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return ['object', ...members.map(([key, inner]) => [key, sorted(inner)])]
}
