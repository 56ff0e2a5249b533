/**
 * Which market a recipient belongs to: Meta prices by the country calling code (reference, section 7.1). A
 * dial is the beginning of a number that decides it, short enough to be counted by. Pure.
 */

import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'

/** Calling codes that several countries share: the one that Meta's markets name. */
const MAIN: Readonly<Record<string, string>> = {
  '7': 'RU',
  '39': 'IT',
  '44': 'GB',
  '47': 'NO',
  '61': 'AU',
  '212': 'MA',
  '358': 'FI',
}

let byCode: ReadonlyMap<string, string> | undefined

/**
 * SQL: the dial of a message. The first three digits, of the North American plan four, where the area
 * decides; of a recipient known by a user id alone, the country that it begins with (section 5.8).
 */
export function dialSql(m: string): string {
  return `coalesce(left(${m}.recipient_phone, case when ${m}.recipient_phone like '+1%' then 5 else 4 end),
    left(${m}.recipient_user_id, 2), '')`
}

/** The same of values. */
export function dialOf(message: {
  recipient_phone: string | null
  recipient_user_id: string | null
}): string {
  const { recipient_phone: phone, recipient_user_id: userId } = message
  if (phone !== null) return phone.slice(0, phone.startsWith('+1') ? 5 : 4)
  return userId?.slice(0, 2) ?? ''
}

/** ISO 3166; undefined where the dial names none. */
export function countryOf(dial: string): string | undefined {
  if (/^[A-Z]{2}$/.test(dial)) return dial
  const digits = dial.replace(/^\+/, '')
  if (digits.startsWith('1'))
    return parsePhoneNumberFromString(`+${digits}5550123`)?.country ?? 'US'
  if (digits.startsWith('76') || digits.startsWith('77')) return 'KZ'
  const codes = (byCode ??= readCodes())
  for (const length of [1, 2, 3]) {
    const country = codes.get(digits.slice(0, length))
    if (country !== undefined) return country
  }
  return undefined
}

function readCodes(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>()
  for (const country of getCountries()) {
    const code = getCountryCallingCode(country)
    if (!codes.has(code)) codes.set(code, MAIN[code] ?? country)
  }
  return codes
}
