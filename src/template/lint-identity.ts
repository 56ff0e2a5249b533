/** Name, language, category, lifetime of a draft (reference, sections 2.7, 3.2 and 3.5). Pure. */

import { nearest } from './choose-template.ts'
import { textOf } from './lint-draft.ts'
import type { Draft, Given } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import LANGUAGES from './template-languages.json' with { type: 'json' }

const NAME = /^[a-z0-9_]{1,512}$/
const LANGUAGE = /^[a-z]{2,3}(?:_[A-Z]{2,3})?$/
const CATEGORIES = ['UTILITY', 'MARKETING', 'AUTHENTICATION']
const FIELDS = new Set([
  'name',
  'language',
  'category',
  'parameter_format',
  'components',
  'message_send_ttl_seconds',
  'allow_category_change',
  'cta_url_link_tracking_opted_out',
  'sub_category',
  'display_format',
  'bid_spec',
  'template_key',
])
/** Seconds; -1 stands for 30 days. */
const TTL: Readonly<Record<string, readonly [number, number]>> = {
  UTILITY: [30, 43_200],
  AUTHENTICATION: [30, 900],
  MARKETING: [43_200, 2_592_000],
}

export function lintIdentity(draft: Draft): Finding[] {
  const { given } = draft
  return [
    ...lintName(given['name']),
    ...lintLanguage(given['language']),
    ...lintCategory(draft),
    ...lintFormat(given),
    ...lintTtl(draft),
    ...lintFields(given),
  ]
}

function lintName(name: unknown): Finding[] {
  if (typeof name === 'string' && NAME.test(name)) return []
  const better = textOf(name)
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9_]+/g, '_')
    .slice(0, 512)
  const remedy = /[a-z0-9]/.test(better)
    ? `Call it ${better}.`
    : 'Give it a name, such as po_notification.'
  const detail = 'is not 1 to 512 lower-case letters, digits and underscores'
  return [finding('name_format', 'name', detail, remedy)]
}

function lintLanguage(language: unknown): Finding[] {
  const code = textOf(language)
  if (LANGUAGES.includes(code)) return []
  const family = nearest(LANGUAGES, code.replaceAll('-', '_'))
  const choices = family.length === 0 ? 'es, en_US or pt_BR' : family.slice(0, 6).join(', ')
  if (!LANGUAGE.test(code)) {
    const detail =
      'is none of the language codes of Meta, which have an underscore before the region'
    return [finding('language_format', 'language', detail, `Send a code such as ${choices}.`)]
  }
  if (!code.includes('_') && family.length > 0) {
    const detail = 'is a language that Meta has by region only'
    return [finding('language_region', 'language', detail, `Send one of: ${choices}.`)]
  }
  const detail = "is not in the list of Meta's languages that this version knows"
  const remedy = `Check it in Meta's list of supported languages${family.length === 0 ? '' : `; near it are ${choices}`}.`
  return [finding('language_unknown', 'language', detail, remedy)]
}

function lintCategory({ category }: Draft): Finding[] {
  if (CATEGORIES.includes(category)) return []
  const remedy =
    'Send UTILITY for what tells of an order; MARKETING and AUTHENTICATION are the others.'
  return [finding('category_unknown', 'category', 'is no category of Meta', remedy)]
}

function lintFormat(given: Given): Finding[] {
  const format = given['parameter_format'] ?? 'POSITIONAL'
  if (['POSITIONAL', 'NAMED'].includes(textOf(format).toUpperCase())) return []
  const remedy = 'Send POSITIONAL for {{1}}, {{2}}, or NAMED for {{po_number}}.'
  return [
    finding('parameter_format', 'parameter_format', 'is neither POSITIONAL nor NAMED', remedy),
  ]
}

function lintTtl({ given, category }: Draft): Finding[] {
  const ttl = given['message_send_ttl_seconds']
  const [least, most] = TTL[category] ?? [30, 2_592_000]
  if (ttl === undefined || ttl === -1) return []
  if (typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= least && ttl <= most) return []
  const remedy = `Send whole seconds from ${String(least)} to ${String(most)}, or -1 for 30 days.`
  const detail = `is no lifetime that a template of category ${category || 'unknown'} may have`
  return [finding('ttl_range', 'message_send_ttl_seconds', detail, remedy)]
}

function lintFields(given: Given): Finding[] {
  return Object.keys(given)
    .filter((key) => !FIELDS.has(key))
    .map((key) =>
      finding(
        'field_unknown',
        key,
        "is no field of Meta's create body that is known here",
        'Correct its name, or leave it out.',
      ),
    )
}
