import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'

export type PhoneReading =
  { ok: true; e164: string } | { ok: false; code: 'invalid_phone' | 'no_phone' }

/** ITU-T E.164: at most 15 digits, no country code begins with 0. Under 7 it is no subscriber. */
const E164 = /^\+[1-9]\d{6,14}$/

/** More is a sentence, not a number. */
const MAX_LENGTH = 64

/** What people and programs write before a number. */
const LABEL =
  /^(?:https?:\/\/)?wa\.me\/\+?|^(?:(?:tel|phone|mobile|mob|whatsapp|callto|sms)\s*[.:]+\s*)+/i

/** Between the digits of an international number. */
const SEPARATORS = /[\s().\-/·]+/g

/**
 * Prefixes a numbering plan has given up and records still hold: Mexico's 01 (trunk), 044 and 045
 * (to mobiles) and the 1 before mobiles, without meaning since 2019.
 */
const FORMER_PREFIX: Partial<Record<CountryCode, RegExp>> = { MX: /^(?:01|04[45]|1)(?=\d{10}$)/ }

/**
 * Reads a phone number however people write it: spaces, dashes, brackets, `(0)`, `00` or the
 * country's own international prefix, `tel:`, `whatsapp:`, `wa.me/`, digits and dashes of other
 * scripts, Argentina's 15.
 *
 * - In E.164 form (`+` and 7 to 15 digits) it passes as it is, whatever the numbering plan at hand
 *   says. With `+` and separators the plan mends what is national habit (`+44 (0) 7911…`), and never
 *   refuses.
 * - Without `+` it must be right by the numbering plan of the country; a longer number may be its
 *   own international form (`34612345678` in Spain). Without a country such digits are refused: Meta
 *   itself would put the sender's country code before them (reference, section 2.6), and a guess would
 *   send an order to a stranger.
 *
 * An extension is dropped. The number is meant for `to`, always with its `+`; what WhatsApp makes of
 * it (`wa_id`) may differ in Brazil, Mexico and Argentina.
 *
 * @param defaultCountry ISO 3166, the supplier's or the configured one; an unknown one counts as none
 */
export function readPhone(
  input: string | null | undefined,
  defaultCountry?: string | null,
): PhoneReading {
  if (input === null || input === undefined) return { ok: false, code: 'no_phone' }
  if (E164.test(input)) return { ok: true, e164: input }
  if (input.length > 4 * MAX_LENGTH) return { ok: false, code: 'invalid_phone' }

  const text = plainCharacters(input)
  if (text === '') return { ok: false, code: 'no_phone' }
  if (text.length > MAX_LENGTH) return { ok: false, code: 'invalid_phone' }

  const number = withoutLabel(text)
  const e164 = number.startsWith('+')
    ? readInternational(number)
    : readNational(number, readCountry(defaultCountry))
  return e164 === undefined ? { ok: false, code: 'invalid_phone' } : { ok: true, e164 }
}

/** Digits as people type them to look for a number, the `+` forgotten or lost in an address. */
const TYPED = /^\+?[1-9]\d{6,14}$/

/**
 * The numbers that somebody may mean who looks for one: what {@link readPhone} makes of it, and its digits as an
 * international number. None: it is no phone number.
 */
export function phonesMeant(input: string, defaultCountry: string | null): string[] {
  const read = readPhone(input, defaultCountry)
  const typed = input.replace(SEPARATORS, '')
  return [
    ...new Set([
      ...(read.ok ? [read.e164] : []),
      ...(TYPED.test(typed) ? [`+${typed.replace('+', '')}`] : []),
    ]),
  ]
}

/** Latin digits, hyphens and spaces in place of all others; nothing invisible. */
function plainCharacters(input: string): string {
  return input
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[^\P{Nd}0-9]/gu, (digit) => String(digitValue(digit)))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

/** The digits of a script stand in a row from 0 to 9, and what stands before them is no digit. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1
  return value
}

/** `wa.me/34…` and `+00 34…` are international; `(+34)` is `+34`. */
function withoutLabel(text: string): string {
  const isLink = /^(?:https?:\/\/)?wa\.me\//i.test(text)
  return text
    .replace(LABEL, isLink ? '+' : '')
    .replace(/^\(\s*(\+\s*\d{1,4})\s*\)/, '$1 ')
    .replace(/^\+\s*00(?=[1-9])/, '+')
}

function readInternational(number: string): string | undefined {
  const known = readByPlan(number, undefined)
  if (known?.valid === true) return known.e164
  const bare = number.replace(/(?<=\d\s*)\(0\)/, '').replace(SEPARATORS, '')
  return E164.test(bare) ? bare : known?.e164
}

function readNational(number: string, country: CountryCode | undefined): string | undefined {
  const byPlan = readByPlan(withoutFormerPrefix(number, country), country)
  if (byPlan?.valid === true) return byPlan.e164
  // 00 is the international prefix of most of the world; the rest of it was read above.
  const bare = number.replace(SEPARATORS, '')
  const international = /^00[1-9]/.test(bare)
    ? readByPlan(`+${bare.slice(2)}`, undefined)
    : undefined
  return international?.valid === true ? international.e164 : undefined
}

function withoutFormerPrefix(number: string, country: CountryCode | undefined): string {
  const former = country === undefined ? undefined : FORMER_PREFIX[country]
  return former === undefined ? number : number.replace(SEPARATORS, '').replace(former, '')
}

function readByPlan(
  number: string,
  country: CountryCode | undefined,
): { e164: string; valid: boolean } | undefined {
  const parsed = parsePhoneNumberFromString(number, {
    extract: false,
    ...(country !== undefined && { defaultCountry: country }),
  })
  if (parsed === undefined || !E164.test(parsed.number)) return undefined
  return { e164: parsed.number, valid: parsed.isValid() }
}

function readCountry(country: string | null | undefined): CountryCode | undefined {
  const code = country?.trim().toUpperCase() ?? ''
  return isSupportedCountry(code) ? code : undefined
}
