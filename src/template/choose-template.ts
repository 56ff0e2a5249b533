/** Which template, in which language, an order is written in. Pure, so that the rule can be read. */

import { templateLanguage } from './language.ts'
import { DEFAULT_TEMPLATE, unfitForOrders } from './po-notification.ts'
import { holdOfStatus, USABLE } from './registered-template.ts'
import type { RegisteredTemplate, TemplateHold } from './registered-template.ts'
import { readShape } from './template-shape.ts'
import type { TemplateShape } from './template-shape.ts'

/** A template that orders may use: active under the key, and one that an order can fill. */
export interface OrderTemplate {
  template_name: string
  language: string
  status: string
  shape: TemplateShape
}

/** Those that an order can fill, in the order given. */
export function fitForOrders(
  rows: readonly Pick<
    RegisteredTemplate,
    'template_name' | 'language' | 'status' | 'components' | 'parameter_format'
  >[],
): OrderTemplate[] {
  return rows
    .map(({ template_name, language, status, components, parameter_format }) => ({
      template_name,
      language,
      status,
      shape: readShape(components, parameter_format),
    }))
    .filter(({ shape }) => unfitForOrders(shape) === null)
}

export interface TemplateChoice {
  name: string
  language: string
  /** The language asked for, where it is not the one used. */
  asked: string | null
  /** Null: it may be sent. */
  hold: TemplateHold | null
  /** Undefined where no template was found. */
  shape: TemplateShape | undefined
}

/**
 * The languages are gone through in this order; the first approved one is used:
 *
 * 1. the language asked for, `es_MX`;
 * 2. the language without its region, `es`;
 * 3. the same language of any region: the most likely one first (`es_ES`), then by the alphabet;
 * 4. the default language, in the same three steps.
 *
 * A template that exists in the supplier's language and may not be sent just now is waited for: only
 * what does not exist at all is replaced by the default language. Of several templates in one
 * language, the one chosen last goes first.
 *
 * @param templates the newest choice first; null: nobody has read Meta's list yet
 * @param asked a language tag in any form
 */
export function chooseForOrder(
  templates: readonly OrderTemplate[] | null,
  asked: string,
  defaultLanguage: string,
): TemplateChoice {
  if (templates === null) return choose(templates, asked, defaultLanguage)
  const choices = chosen.get(templates) ?? new Map<string, TemplateChoice>()
  chosen.set(templates, choices)
  const key = `${asked} ${defaultLanguage}`
  const known = choices.get(key)
  if (known !== undefined) return known
  const choice = choose(templates, asked, defaultLanguage)
  if (choices.size < MAX_REMEMBERED) choices.set(key, choice)
  return choice
}

/** By the list it was made of, which is replaced as a whole: orders ask for a few languages again and again. */
const chosen = new WeakMap<readonly OrderTemplate[], Map<string, TemplateChoice>>()
const MAX_REMEMBERED = 1000

function choose(
  templates: readonly OrderTemplate[] | null,
  asked: string,
  defaultLanguage: string,
): TemplateChoice {
  const wanted = templateLanguage(asked)
  if (templates === null) return nothing(DEFAULT_TEMPLATE, wanted, 'templates_unknown')
  for (const language of [wanted, templateLanguage(defaultLanguage)]) {
    const family = inLanguage(templates, language)
    const found = family.find((one) => one.status === USABLE) ?? family[0]
    if (found === undefined) continue
    return {
      name: found.template_name,
      language: found.language,
      asked: found.language === wanted ? null : wanted,
      hold: holdOfStatus(found.status),
      shape: found.shape,
    }
  }
  const name = templates[0]?.template_name ?? DEFAULT_TEMPLATE
  return nothing(name, wanted, 'template_not_approved')
}

function nothing(name: string, language: string, hold: TemplateHold): TemplateChoice {
  return { name, language, asked: null, hold, shape: undefined }
}

/** Of the same language, the nearest first; of one nearness in the order given. */
function inLanguage<T extends { language: string }>(
  templates: readonly T[],
  language: string,
): T[] {
  const order = nearest(
    templates.map((one) => one.language),
    language,
  )
  return order.flatMap((code) => templates.filter((one) => one.language === code))
}

/**
 * Those of `languages` that are the same language, the nearest first: itself, without a region, the
 * most likely region (of `pt`: BR), the others by the alphabet.
 */
export function nearest(languages: readonly string[], language: string): string[] {
  const base = baseOf(language)
  const likely = `${base}_${likelyRegion(base)}`
  const rank = (code: string) =>
    code === language ? 0 : code === base ? 1 : code === likely ? 2 : 3
  return [...new Set(languages)]
    .filter((code) => baseOf(code) === base)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function baseOf(code: string): string {
  return code.split('_')[0] ?? code
}

function likelyRegion(base: string): string {
  try {
    return new Intl.Locale(base).maximize().region ?? ''
  } catch {
    return ''
  }
}
