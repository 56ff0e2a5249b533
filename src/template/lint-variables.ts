/** Variables of a text, and their examples (reference, section 3.2). Pure. */

import { fieldWithin } from '../lib/strict-json.ts'
import type { Draft, Given } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import { isObject } from './parameter-faults.ts'

const VARIABLE = /\{\{([^{}]*)\}\}/g
const RENUMBER = 'Number them {{1}}, {{2}}, {{3}} without a gap.'

/** The names of a text's variables as written, each once, in order of appearance. */
export function namesOf(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(VARIABLE), (match) => match[1] ?? ''))]
}

export function lintVariables(text: string, path: string, format: Draft['format']): Finding[] {
  const names = namesOf(text)
  const clean = names.map((name) => name.trim())
  const known = clean.filter((name) => isNameOf(name, format))
  return [
    ...lintBraces(text, path),
    ...names.flatMap((name) => lintName(name, path, format)),
    ...(format === 'POSITIONAL' && known.length === clean.length ? lintNumbers(known, path) : []),
  ]
}

function lintBraces(text: string, path: string): Finding[] {
  const rest = text.replaceAll(VARIABLE, '')
  const isEmpty = namesOf(text).some((name) => name.trim() === '')
  if (!isEmpty && !rest.includes('{{') && !rest.includes('}}')) return []
  const detail = isEmpty ? 'has a variable without a name' : 'has braces that do not close'
  return [finding('variable_malformed', path, detail, 'Write each variable as {{1}}.')]
}

function lintName(written: string, path: string, format: Draft['format']): Finding[] {
  const name = written.trim()
  if (name === '') return []
  const shown = `{{${name}}}`
  if (/[#$%]/.test(name)) {
    const detail = `has a sign in the variable ${shown}`
    const remedy = 'Put #, $ and % into the text beside the variable, or into its value.'
    return [finding('variable_characters', path, detail, remedy)]
  }
  if (!isNameOf(name, format)) {
    const isOther = isNameOf(name, format === 'NAMED' ? 'POSITIONAL' : 'NAMED')
    const detail = isOther
      ? `has the variable ${shown}, but parameter_format is ${format}`
      : `has the variable ${shown}, which is no ${format === 'NAMED' ? 'name of lower-case letters and underscores' : 'number'}`
    const remedy = isOther
      ? `Send parameter_format ${format === 'NAMED' ? 'POSITIONAL' : 'NAMED'}, or write it the other way.`
      : format === 'NAMED'
        ? 'Name it like {{po_number}}.'
        : RENUMBER
    return [finding('variable_name', path, detail, remedy)]
  }
  const spaces = written === name ? [] : [spaced(shown, path)]
  const digits = format === 'NAMED' && /\d/.test(name) ? [digited(shown, path)] : []
  return [...spaces, ...digits]
}

function spaced(shown: string, path: string): Finding {
  const detail = `has spaces inside the braces of ${shown}`
  return finding('variable_spaces', path, detail, `Write ${shown}.`)
}

function digited(shown: string, path: string): Finding {
  const detail = `has a digit in the name ${shown}; Meta's pages name letters and underscores only`
  return finding('variable_digits', path, detail, 'Choose a name without digits.')
}

function isNameOf(name: string, format: Draft['format']): boolean {
  return format === 'NAMED' ? /^[a-z_][a-z0-9_]*$/.test(name) : /^[1-9]\d{0,2}$/.test(name)
}

function lintNumbers(names: readonly string[], path: string): Finding[] {
  const numbers = names.map(Number)
  const sorted = [...numbers].sort((a, b) => a - b)
  if (sorted.some((number, place) => number !== place + 1)) {
    const detail = `has the variables ${names.map((name) => `{{${name}}}`).join(', ')}: not 1 to ${String(names.length)}`
    return [finding('variable_sequence', path, detail, RENUMBER)]
  }
  if (numbers.every((number, place) => number === sorted[place])) return []
  const detail = 'has its variables in another order than their numbers'
  const remedy =
    'Number them in the order in which they appear: the values are easier to get right.'
  return [finding('variable_order', path, detail, remedy)]
}

/** Variables at the ends, side by side, or too many of them: rules of the body alone. */
export function lintPlaces(text: string, path: string): Finding[] {
  const trimmed = text.trim()
  const found: Finding[] = []
  if (/^\{\{[^{}]*\}\}/.test(trimmed) || /\{\{[^{}]*\}\}$/.test(trimmed)) {
    const detail = 'begins or ends with a variable (2388299)'
    const remedy = 'Put words before the first and after the last variable.'
    found.push(finding('variable_at_edge', path, detail, remedy))
  }
  if (/\}\}\s*\{\{/.test(text)) {
    const remedy = 'Put words between them.'
    found.push(finding('variables_adjacent', path, 'has two variables side by side', remedy))
  }
  const count = namesOf(text).length
  const words = text
    .replaceAll(VARIABLE, ' ')
    .split(/\s+/)
    .filter((word) => /\p{L}/u.test(word)).length
  if (count > 0 && words < count * 2 + 1) {
    const detail = `has too few words for its variables: ${String(words)} for ${String(count)} (2388293)`
    const remedy = `Add words: ${String(count * 2 + 1)} at least, or take variables away.`
    found.push(finding('variables_too_many', path, detail, remedy))
  }
  return found
}

/** @param kind `body` or `header`, as in Meta's names of the fields */
export function lintExamples(
  text: string,
  component: { path: string; given: Given },
  format: Draft['format'],
  kind: 'body' | 'header',
): Finding[] {
  const names = namesOf(text).map((name) => name.trim())
  if (names.length === 0) return []
  const field = `${kind}_text${format === 'NAMED' ? '_named_params' : ''}`
  const path = `${component.path}.example.${field}`
  const example = component.given['example']
  const given = isObject(example) ? example[field] : undefined
  const remedy = exampleRemedy(names, format, kind)
  if (given === undefined || given === null) {
    const detail = 'is missing: Meta asks for an example of each variable'
    return [finding('example_missing', path, detail, remedy)]
  }
  if (format === 'NAMED') return lintNamed(given, names, path, remedy)
  const list: unknown = kind === 'body' && Array.isArray(given) ? given[0] : given
  if (!Array.isArray(list) || list.length !== names.length) {
    const count = Array.isArray(list) ? String(list.length) : 'none'
    const detail = `has ${count} of ${String(names.length)} examples`
    return [finding('example_count', path, detail, remedy)]
  }
  return list.flatMap((value: unknown, index) =>
    lintValue(value, fieldWithin(kind === 'body' ? `${path}[0]` : path, index)),
  )
}

function lintNamed(
  given: unknown,
  names: readonly string[],
  path: string,
  remedy: string,
): Finding[] {
  const list = Array.isArray(given) ? given.filter(isObject) : []
  const named = list.map((one) => one['param_name'])
  const isWhole = named.length === names.length && names.every((name) => named.includes(name))
  if (!isWhole) {
    const detail = 'does not name each variable of the text once'
    return [finding('example_names', path, detail, remedy)]
  }
  return list.flatMap((one, index) =>
    lintValue(one['example'], `${fieldWithin(path, index)}.example`),
  )
}

function lintValue(value: unknown, path: string): Finding[] {
  const isFine = typeof value === 'string' && value.trim() !== '' && !value.includes('{{')
  if (isFine) return []
  const detail = 'is no value that a reviewer could take for a real one'
  return [finding('example_blank', path, detail, 'Give a value as it will be sent.')]
}

function exampleRemedy(
  names: readonly string[],
  format: Draft['format'],
  kind: 'body' | 'header',
): string {
  if (format === 'NAMED') {
    return `Send [{ "param_name": "${names[0] ?? ''}", "example": "…" }], one entry for each of: ${names.join(', ')}.`
  }
  const inner = `[${names.map(() => '"…"').join(', ')}]`
  return `Send ${kind === 'body' ? `[${inner}]` : inner}.`
}
