/** Calling codes of two digits; 1 and 7 have one digit, all others three (ITU-T E.164 assignments). */
const TWO_DIGITS = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 ' +
    '60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'
  ).split(' '),
)

const REGIONS: Readonly<Record<string, string>> = {
  1: 'US',
  34: 'ES',
  33: 'FR',
  39: 'IT',
  44: 'GB',
  49: 'DE',
  52: 'MX',
  54: 'AR',
  55: 'BR',
  91: 'IN',
  351: 'PT',
}

/** @param digits a full international number without `+` */
export function callingCodeOf(digits: string): string {
  if (digits.startsWith('1') || digits.startsWith('7')) return digits.charAt(0)
  const two = digits.slice(0, 2)
  return TWO_DIGITS.has(two) ? two : digits.slice(0, 3)
}

/**
 * The digits a `to` stands for, or undefined where it is no number. Without `+` the sender's country
 * code is put in front, even where the number has one already (reference, section 2.6).
 */
export function readRecipient(to: string, senderCallingCode: string): string | undefined {
  const bare = to.replace(/[-() ]/g, '')
  const international = bare.startsWith('+')
  const digits = international ? bare.slice(1) : bare
  if (!/^\d{5,15}$/.test(digits)) return undefined
  return international ? digits : `${senderCallingCode}${digits}`
}

/** The digits of a number with its country code, as people write it, with `+` or without; undefined: it is none. */
export function readInternational(text: string): string | undefined {
  const digits = text.replace(/[-(). ]/g, '').replace(/^\+/, '')
  return /^\d{5,15}$/.test(digits) ? digits : undefined
}

/**
 * The WhatsApp id of a number: the digits, but for the countries where Meta alters them (reference,
 * sections 2.6 and 10.13): Mexico gets a 1, Argentina a 9, Brazil outside the areas 11 to 28 loses its 9.
 */
export function waIdOf(digits: string): string {
  if (/^52[2-9]\d{9}$/.test(digits)) return `521${digits.slice(2)}`
  if (/^54[1-8]\d{9}$/.test(digits)) return `549${digits.slice(2)}`
  if (/^55[3-9]\d9\d{8}$/.test(digits)) return `${digits.slice(0, 4)}${digits.slice(5)}`
  return digits
}

/**
 * A business-scoped user id (reference, section 5.8): the country, and digits that depend on the
 * portfolio and the number, so that the same user has the same one in every run.
 */
export function userIdOf(waId: string, businessAccountId: string): string {
  const region = REGIONS[callingCodeOf(waId)] ?? 'XX'
  const one = hash(`${businessAccountId}:${waId}`)
  const other = hash(`${waId}:${businessAccountId}`)
  return `${region}.${String(one).padStart(10, '1')}${String(other).padStart(10, '1')}`
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
