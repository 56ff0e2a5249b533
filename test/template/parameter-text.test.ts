import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BODY_LIMIT, wireText, wireTexts } from '../../src/template/parameter-text.ts'

/** Everything that is hard on a template's parameter, mixed with ordinary text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\t',
        ' '.repeat(9),
        '\0',
        '\ud800',
        '\udc00',
        '\u2028',
        '\u0085',
      ),
      fc.constantFrom('\u202e', '\u2066', '\ufeff', '\u200b', '\u00a0', '👩‍🌾', 'x'.repeat(600)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

describe('wireText', () => {
  it.each([
    ['Harinas del Sur', 'Harinas del Sur'],
    ['  A\r\n\tB  ', 'A B'],
    ['A     B', 'A B'],
    ['1 234,50 €', '1 234,50 €'],
    ['A\u2028B\u2029C\u0085D\vE\fF', 'A B C D E F'],
    ['A\0B\u0007C\u009bD', 'A B C D'],
    ['A\u3000\u00a0\u202fB', 'A B'],
    ['\u202e05.432,1 €\u202c', '05.432,1 €'],
    ['\u2067مخبز\u2069', 'مخبز'],
    ['\ufeffA', 'A'],
    ['می‌خواهم 👩‍🌾 \u200fש', 'می‌خواهم 👩‍🌾 \u200fש'],
    ['A\ud800B', 'A\uFFFDB'],
    ['<b>&amp; "quoted" {{1}} *bold* #$%', '<b>&amp; "quoted" {{1}} *bold* #$%'],
    ['', '-'],
    [' \n\t ', '-'],
    ['\u202a\u202c', '-'],
  ])('makes %j fit as %j', (given, wire) => {
    expect(wireText(given)).toBe(wire)
  })

  it('cuts what no body can hold, never inside a character', () => {
    expect(wireText('x'.repeat(2000))).toBe(`${'x'.repeat(BODY_LIMIT - 1)}…`)
    expect(wireText('🍞🍞🍞', 4)).toBe('🍞…')
    expect(wireText('ab cd', 4)).toBe('ab…')
    expect(wireText('abcd', 4)).toBe('abcd')
    expect(wireText('abcd', 1)).toBe('…')
  })

  it('has nothing of what Meta refuses, fits, and is its own normal form, whatever the text', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 1500 }), (text, limit) => {
        const wire = wireText(text, limit)
        expect(wire).toMatch(/^\S(?:[^\n\r\t]*\S)?$/u)
        expect(wire).not.toMatch(/\s\s|[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u)
        expect(wire.length).toBeLessThanOrEqual(limit)
        expect(wireText(wire, limit)).toBe(wire)
      }),
      { numRuns: 1000 },
    )
  })

  it('cleans a text that is nearly fit as it cleans any other', () => {
    const nearly = fc
      .array(
        fc.oneof(
          fc.integer({ min: 0x20, max: 0x24f }).map((code) => String.fromCharCode(code)),
          fc.constantFrom(' ', '€', '\u20ab', '\u202a', '\ufeff'),
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(nearly, (text) => {
        // The letters around it are none that the short way knows.
        const long = wireText(`ж ${text} ж`).slice(1, -1).trim()
        expect(wireText(text)).toBe(long === '' ? '-' : long)
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves text alone that has nothing of it', () => {
    const plain = fc.stringMatching(/^[\p{L}\d.,&'()/-]+(?: [\p{L}\d.,&'()/-]+){0,5}$/u)
    fc.assert(fc.property(plain, (text) => wireText(text, 10_000) === text))
  })
})

describe('wireTexts', () => {
  it('shortens the long name only', () => {
    const [name = '', ...rest] = wireTexts(['n'.repeat(2000), 'PO-2026-0042', '1.234,50 €'])
    expect(rest).toEqual(['PO-2026-0042', '1.234,50 €'])
    expect(name).toMatch(/^n+…$/)
    expect([name, ...rest].join('')).toHaveLength(768)
  })

  it('leaves parameters alone that fit into the room there is', () => {
    const texts = ['a'.repeat(500), 'b'.repeat(400)]
    expect(wireTexts(texts, 900)).toEqual(texts)
    expect(wireTexts([])).toEqual([])
  })

  it('fits into the room, keeps the number and is its own normal form, whatever the texts', () => {
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 8 }),
        fc.integer({ min: 8, max: 1024 }),
        (texts, room) => {
          const wire = wireTexts(texts, room)
          expect(wire).toHaveLength(texts.length)
          expect(wire.join('').length).toBeLessThanOrEqual(room)
          expect(wireTexts(wire, room)).toEqual(wire)
        },
      ),
    )
  })
})
