import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAmount, MAX_DECIMALS } from '../../src/template/amount.ts'

describe('formatAmount', () => {
  it.each([
    ['1234.50', 'EUR', 'es', '1.234,50 €'],
    ['1234.5', 'EUR', 'es_ES', '1.234,50 €'],
    ['1234', 'EUR', 'es', '1.234,00 €'],
    ['1234.567', 'EUR', 'es', '1.234,567 €'],
    ['1234.50', 'EUR', 'en', '€1,234.50'],
    ['1234.50', 'MXN', 'es_MX', '$1,234.50'],
    ['1234.50', 'BRL', 'pt_BR', 'R$ 1.234,50'],
    ['1234.50', 'EUR', 'pt_PT', '1 234,50 €'],
    ['1234.50', 'EUR', 'fr', '1 234,50 €'],
    ['1234.50', 'EUR', 'de', '1.234,50 €'],
    ['1234567.50', 'INR', 'en_IN', '₹12,34,567.50'],
    ['98000', 'JPY', 'ja', '¥98,000'],
    ['1234.5', 'JPY', 'en', '¥1,234.5'],
    ['1234.5', 'KWD', 'en', 'KWD 1,234.500'],
    ['1', 'UYW', 'en', 'UYW 1.0000'],
    ['-1234.50', 'EUR', 'es', '-1.234,50 €'],
    ['-0.00', 'EUR', 'es', '0,00 €'],
    ['0', 'EUR', 'es', '0,00 €'],
  ])('writes %s %s for %s as %s', (amount, currency, language, text) => {
    expect(formatAmount(amount, currency, language).replace('￥', '¥')).toBe(text)
  })

  it('puts plain spaces only, so that a search and a comparison find it', () => {
    expect(formatAmount('1234.50', 'EUR', 'es')).toMatch(/0\u0020€$/)
    for (const language of ['fr', 'pt_PT', 'nb', 'ru', 'de_CH', 'ar', 'he', 'fa', 'sv']) {
      expect(formatAmount('1234567.50', 'SEK', language)).not.toMatch(/[^\S ]/)
    }
  })

  it('keeps every digit of an amount that no double holds', () => {
    expect(formatAmount('123456789012345678901234567890.12345678901234567891', 'EUR', 'es')).toBe(
      '123.456.789.012.345.678.901.234.567.890,12345678901234567891 €',
    )
    expect(formatAmount('0.1', 'EUR', 'en')).toBe('€0.10')
    expect(formatAmount('9007199254740993', 'EUR', 'en')).toBe('€9,007,199,254,740,993.00')
  })

  it.each(['zz', 'xx_YY', 'not a language', '', '../../es', 'e', 'toolonglanguage_XX'])(
    'writes the English way for %j, which is no locale',
    (language) => {
      expect(formatAmount('1234.50', 'EUR', language)).toBe('€1,234.50')
    },
  )

  it('does not fall back to the language of the machine', () => {
    const module = new URL('../../src/template/amount.ts', import.meta.url).href
    const program = `const { formatAmount } = await import('${module}')
      console.log(new Intl.NumberFormat().resolvedOptions().locale, formatAmount('1234.5', 'EUR', 'zz'))`
    const output = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { env: { ...process.env, LC_ALL: 'de_DE.UTF-8' }, encoding: 'utf8' },
    )
    expect(output.trim()).toBe('de-DE €1,234.50')
  })

  it('reads a language of an unknown region as the language', () => {
    expect(formatAmount('1234.50', 'EUR', 'es_XX')).toBe('1.234,50 €')
    expect(formatAmount('1234.50', 'EUR', 'prs_AF')).not.toBe('€1,234.50')
  })

  it('refuses what it cannot write, and never rounds', () => {
    expect(() => formatAmount(`0.${'1'.repeat(MAX_DECIMALS + 1)}`, 'EUR', 'es')).toThrow(RangeError)
    expect(() => formatAmount('1', 'EURO', 'es')).toThrow(RangeError)
  })

  it('loses and invents no digit, in any language and currency', () => {
    const whole = fc.oneof(fc.nat().map(String), fc.bigInt(0n, 10n ** 40n - 1n).map(String))
    const decimals = fc.stringMatching(new RegExp(`^\\d{0,${String(MAX_DECIMALS)}}$`))
    const languages = fc.constantFrom('es', 'en', 'pt_BR', 'fr', 'de_CH', 'en_IN', 'ja', 'pl', 'zz')
    const currencies = fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'CLP', 'INR', 'XOF', 'CLF')
    fc.assert(
      fc.property(
        whole,
        decimals,
        fc.boolean(),
        languages,
        currencies,
        (a, b, minus, lang, cur) => {
          const amount = `${minus ? '-' : ''}${a}${b === '' ? '' : `.${b}`}`
          const text = formatAmount(amount, cur, lang)
          // Symbols of currencies have no digits; zeros are added behind the decimals only.
          const digits = text.replace(/\D/g, '')
          expect(digits.startsWith(a + b)).toBe(true)
          expect(digits.slice((a + b).length)).toMatch(/^0{0,4}$/)
          expect(/[-−]/.test(text)).toBe(minus && /[1-9]/.test(a + b))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('groups always: no four digits stand in a row before the decimals', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1000n, 10n ** 30n),
        fc.constantFrom('es', 'es_MX', 'pt_PT', 'pl', 'it', 'en', 'hu', 'bg', 'lv'),
        (amount, language) => {
          expect(formatAmount(String(amount), 'EUR', language)).not.toMatch(/\d{4}/)
        },
      ),
    )
  })

  it('stays right while more formatters are asked for than are kept', () => {
    for (let n = 0; n < 1200; n += 1) {
      const letters = String.fromCharCode(97 + (n % 26), 97 + (Math.floor(n / 26) % 26))
      formatAmount('1.5', 'EUR', `${letters}_${letters.toUpperCase()}`)
    }
    expect(formatAmount('1234.50', 'EUR', 'es')).toBe('1.234,50 €')
  })
})
