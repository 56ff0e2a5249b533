/**
 * ISO 4217: what the Unicode data of the runtime lists as money in use, and the codes of the standard
 * that it leaves out (funds and units of account). Codes that stand for no money (XXX, XTS, metals)
 * are no currency of an order.
 */
const CURRENCIES = new Set([
  ...Intl.supportedValuesOf('currency').filter((code) => !/^X(?:XX|TS|AU|AG|PT|PD)$/.test(code)),
  ...'BOV CHE CHW CLF COU MXV USN UYI UYW VED XAD XUA'.split(' '),
])

/** Capital letters only, as the standard has them. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code)
}
