/**
 * Meta's code of a language tag: `pt-br` and `pt_BR` are `pt_BR`, `ES` is `es`. Meta never falls back
 * (reference, section 2.2): `en` and `en_US` are two templates, so nothing is added or taken away but
 * what its codes do not know: a script (`sr-Latn-RS` is `sr_RS`), a numeric region, a variant. Chinese
 * exists at Meta by region only: Traditional is `zh_TW`, all else `zh_CN`.
 */
export function templateLanguage(tag: string): string {
  const [first = '', ...rest] = tag.trim().split(/[-_]/)
  const language = first.trim().toLowerCase()
  const region = rest.find((part) => /^[a-z]{2}$/i.test(part))?.toUpperCase()
  if (region !== undefined) return `${language}_${region}`
  if (language !== 'zh') return language
  return rest.some((part) => part.toLowerCase() === 'hant') ? 'zh_TW' : 'zh_CN'
}
