import { isSupportedCountry } from 'libphonenumber-js/max'
import type { Parser } from './setting.ts'

/** A country whose numbering plan is at hand: it is there to read phone numbers by. */
export const country: Parser<string> = (text) =>
  isSupportedCountry(text.toUpperCase())
    ? { ok: true, value: text.toUpperCase() }
    : {
        ok: false,
        problem: 'is not an ISO 3166 country code of two letters',
        remedy: 'Set one such as ES, MX or US.',
      }
