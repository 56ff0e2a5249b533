import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPhone } from '../../src/message/phone-number.ts'

const read = (input: string | null | undefined, country?: string): string => {
  const phone = readPhone(input, country)
  return phone.ok ? phone.e164 : phone.code
}

describe('readPhone', () => {
  it.each([
    '+34612345678',
    '+34 612 345 678',
    '+34-612-345-678',
    '+34–612—345−678',
    '+34.612.345.678',
    '+34/612/345678',
    '(+34) 612 345 678',
    '+ 34 612345678',
    '+(34)612345678',
    '0034612345678',
    '00 34 612 34 56 78',
    '+0034612345678',
    'tel:+34-612-345-678',
    'Tel.: +34 612 345 678',
    'TEL: 0034612345678',
    'whatsapp:+34612345678',
    'WhatsApp: +34 612 345 678',
    'https://wa.me/34612345678',
    'wa.me/+34612345678',
    '＋３４　６１２　３４５　６７８',
    '+٣٤٦١٢٣٤٥٦٧٨',
    '+३४६१२३४५६७८',
    '\u202a+34 612\u00a0345\u202f678\u202c',
    '\u200e+34612345678\u200b',
    ' +34612345678\r\n',
    '+34 612 345 678 ext. 5',
  ])('reads %j without a country', (input) => {
    expect(read(input)).toBe('+34612345678')
  })

  it.each([
    ['612 34 56 78', 'ES', '+34612345678'],
    ['612345678', 'es', '+34612345678'],
    ['34612345678', 'ES', '+34612345678'],
    ['+34612345678', 'MX', '+34612345678'],
    ['011 34 612345678', 'US', '+34612345678'],
    ['0011 34 612345678', 'AU', '+34612345678'],
    ['0034 612 345 678', 'US', '+34612345678'],
    ['(631) 555-1234', 'US', '+16315551234'],
    ['1 (631) 555-1234', 'US', '+16315551234'],
    ['06 12 34 56 78', 'FR', '+33612345678'],
    ['+33 (0)6 12 34 56 78', undefined, '+33612345678'],
    ['+44 (0) 7911 123456', undefined, '+447911123456'],
    ['+44 07911 123456', undefined, '+447911123456'],
    ['07911 123456', 'GB', '+447911123456'],
    ['8 (912) 345-67-89', 'RU', '+79123456789'],
    ['06 1234 5678', 'IT', '+390612345678'],
    ['+39 06 1234 5678', undefined, '+390612345678'],
    ['(11) 98765-4321', 'BR', '+5511987654321'],
    ['(011) 15-2345-6789', 'AR', '+5491123456789'],
    ['+54 11 15 2345 6789', undefined, '+5491123456789'],
    ['+54 9 11 2345 6789', undefined, '+5491123456789'],
    ['+52 1 55 1234 5678', undefined, '+5215512345678'],
    ['55 1234 5678', 'MX', '+525512345678'],
    ['1 55 1234 5678', 'MX', '+525512345678'],
    ['044 55 1234 5678', 'MX', '+525512345678'],
    ['01 55 1234 5678', 'MX', '+525512345678'],
  ])('reads %j of %s as %s', (input, country, e164) => {
    expect(read(input, country)).toBe(e164)
  })

  it.each([
    '+999123456789',
    '+1234567',
    '+5215512345678',
    '+22507000000',
    '+13812345678',
    '+210123456789012',
  ])('never refuses nor alters %s, which is in full E.164 form', (input) => {
    expect(read(input)).toBe(input)
    expect(read(input, 'ES')).toBe(input)
  })

  it('never refuses a full number with separators that the plan does not know', () => {
    expect(read('+999 12-34 (56) 789')).toBe('+999123456789')
    expect(read('tel:+999 123 456 789')).toBe('+999123456789')
    expect(read('+210 (0) 123 456 789')).toBe('+210123456789')
  })

  it.each([undefined, null, '', ' ', '\u200b\u2066\n'])(
    'says of %j that there is no phone',
    (none) => {
      expect(read(none)).toBe('no_phone')
      expect(read(none, 'ES')).toBe('no_phone')
    },
  )

  it.each([
    'call me',
    '+',
    '0',
    '00',
    '000000000',
    '112',
    '12345',
    '+123456',
    '+1234567890123456',
    '+0612345678',
    '++34612345678',
    '+34612345678 / +34612345679',
    '+34612345678, +34612345679',
    '612345678 o 612345679',
    '3.4612345678e+10',
    '1-800-FLOWERS',
    '+34 612 345 67X',
    'pedidos@harinas.example',
    '<script>alert(1)</script>',
    "'; drop table whatsapp_messages; --",
    '[object Object]',
    'x'.repeat(5000),
    '1'.repeat(5000),
    `+34${' '.repeat(5000)}612345678`,
  ])('does not read %j', (input) => {
    expect(read(input)).toBe('invalid_phone')
    expect(read(input, 'ES')).toBe('invalid_phone')
  })

  it('does not guess the country of a number without one', () => {
    for (const digits of ['612345678', '34612345678', '2025550123', '13812345678']) {
      expect(read(digits)).toBe('invalid_phone')
      expect(read(digits, 'XX')).toBe('invalid_phone')
      expect(read(digits, 'Spain')).toBe('invalid_phone')
    }
  })

  it('does not read a national number that the plan does not know', () => {
    expect(read('112', 'ES')).toBe('invalid_phone')
    expect(read('123456789', 'ES')).toBe('invalid_phone')
    expect(read('34612345678', 'MX')).toBe('invalid_phone')
    // 0011 is the prefix of Australia: without it, this would be 00 and a number of North America
    expect(read('0011 34 612345678')).toBe('invalid_phone')
    expect(read('00 1 381 234 5678', 'ES')).toBe('invalid_phone')
  })

  it('lets every number in full E.164 form pass as it is, with any country', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\+[1-9]\d{6,14}$/),
        fc.constantFrom(undefined, null, 'ES', 'AR', 'MX', 'US', 'zz'),
        (number, country) => {
          expect(readPhone(number, country)).toEqual({ ok: true, e164: number })
        },
      ),
    )
  })

  it('answers any text without a throw, with E.164 or a reason, and its results read as themselves', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.stringMatching(/^[\d +()./-]{0,12}$/),
      fc.constantFrom(
        '+34',
        '0034',
        'tel:',
        'whatsapp:',
        ';ext=1',
        ';phone-context=+34',
        '\0',
        '٣',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
        fc.constantFrom(undefined, 'ES', 'MX', 'AR', 'US'),
        (text, country) => {
          const phone = readPhone(text, country)
          if (!phone.ok) {
            expect(['no_phone', 'invalid_phone']).toContain(phone.code)
          } else {
            expect(phone.e164).toMatch(/^\+[1-9]\d{6,14}$/)
            expect(readPhone(phone.e164)).toEqual(phone)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
