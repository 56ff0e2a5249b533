/** The most decimals that Intl takes on Node 20; later engines take 100. */
export const MAX_DECIMALS = 20

/**
 * The amount in words of the supplier's own country: grouped always (Spanish leaves 1234 alone
 * unless told), with all decimals given and at least the currency's, `1.234,50 €`.
 *
 * It never passes through a double: Intl reads decimal text exactly. How many decimals a currency has
 * and how it is written is what the Unicode data of the runtime says of its use (1 500 RSD, not
 * 1 500,00). Spaces come out as U+0020: Intl's no-break spaces (U+00A0, U+202F) look the same, but
 * neither a search nor a comparison finds them, and what is sent has plain ones anyway. The invisible
 * direction marks that Arabic and Hebrew need stay.
 *
 * @param amount digits with an optional minus and point, at most {@link MAX_DECIMALS} decimals
 * @param currency ISO 4217, upper case
 * @param language Meta's language code (`pt_BR`), read as a BCP 47 locale; one that is not known is
 *   written the English way
 * @throws RangeError more decimals than that, or a currency that is not three letters
 */
export function formatAmount(amount: string, currency: string, language: string): string {
  const point = amount.indexOf('.')
  const decimals = point < 0 ? 0 : amount.length - point - 1
  return formatter(language, currency, decimals)
    .format(amount as `${number}`)
    .replace(/[\u00a0\u202f]/g, ' ')
}

// A formatter costs 8 to 50 µs to make, a formatting 0.6 µs. Bounded, because languages and
// currencies come from outside.
const MAX_FORMATTERS = 500
const formatters = new Map<string, Intl.NumberFormat>()

function formatter(language: string, currency: string, decimals: number): Intl.NumberFormat {
  const key = `${language} ${currency} ${String(decimals)}`
  let found = formatters.get(key)
  if (found === undefined) {
    found = createFormatter(locales(language), currency, decimals)
    if (formatters.size >= MAX_FORMATTERS) formatters.clear()
    formatters.set(key, found)
  }
  return found
}

function createFormatter(locale: string[], currency: string, decimals: number): Intl.NumberFormat {
  const options = {
    style: 'currency',
    currency,
    useGrouping: 'always',
    // -0.00 is shown without its sign
    signDisplay: 'negative',
  } as const
  const usual = new Intl.NumberFormat(locale, options)
  const least = usual.resolvedOptions().minimumFractionDigits ?? 0
  if (decimals <= least) return usual
  return new Intl.NumberFormat(locale, {
    ...options,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
}

/** The locale asked for, then English: without it Intl would fall back to the machine's own. */
function locales(language: string): string[] {
  try {
    return [...Intl.getCanonicalLocales(language.replaceAll('_', '-')), 'en']
  } catch {
    return ['en']
  }
}
