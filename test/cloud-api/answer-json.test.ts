import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnswer, parseAnswerLossless } from '../../src/cloud-api/answer-json.ts'

/** What jsonb takes and JSON gives back unchanged. */
const storable = fc.jsonValue({ noUnicodeString: true })

describe('an answer of Meta', () => {
  it('is read as any other JSON', () => {
    fc.assert(
      fc.property(storable, (value) => {
        expect(parseAnswer(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('keeps every whole number exact, as a number or as its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.string(), (big, key) => {
        const text = `{${JSON.stringify(key)}:[${String(big)}, "${String(big)}"]}`
        const [value] = Object.values(parseAnswerLossless(text) as Record<string, unknown[]>)
        expect(value?.map(String)).toEqual([String(big), String(big)])
      }),
    )
  })

  it('keeps what is not a long whole number as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), storable, (n, value) => {
        fc.pre(!Number.isInteger(n) || Number.isSafeInteger(n))
        const text = JSON.stringify([n, value, '1234567890123456'])
        fc.pre(!/[^.\d]\d{16,}[^.\de]/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '')))
        expect(parseAnswerLossless(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('that is not JSON, or nested without sense, is undefined', () => {
    expect(parseAnswer('')).toBeUndefined()
    expect(parseAnswer('<html>')).toBeUndefined()
    expect(parseAnswer('['.repeat(30_000) + ']'.repeat(30_000))).toBeUndefined()
    expect(parseAnswer(JSON.stringify(Array(2000).fill({ a: '[{' })))).toHaveLength(2000)
  })
})
