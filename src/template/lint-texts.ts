/** Header, body and footer of a draft (reference, section 3.2). Pure. */

import { lengthInWords } from '../lib/text-length.ts'
import type { Draft, DraftComponent } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding, LintRule } from './lint-rules.ts'
import { lintExamples, lintPlaces, lintVariables, namesOf } from './lint-variables.ts'
import { isObject } from './parameter-faults.ts'

const MEDIA = ['IMAGE', 'VIDEO', 'DOCUMENT']
export const TEXT_LIMITS = { header: 60, body: 1024, footer: 60 } as const

export function lintHeader(component: DraftComponent, format: Draft['format']): Finding[] {
  const { path } = component
  if (component.format === 'LOCATION') return []
  if (MEDIA.includes(component.format)) return lintHandle(component)
  if (component.format !== 'TEXT') {
    const remedy = 'Send TEXT, IMAGE, VIDEO, DOCUMENT or LOCATION.'
    return [finding('header_format', `${path}.format`, 'is no format of a header', remedy)]
  }
  const text = component.text ?? ''
  const at = `${path}.text`
  const many =
    namesOf(text).length > 1
      ? [finding('header_variables', at, 'has more than one variable', 'Keep one at most.')]
      : []
  return [
    ...lintLength(text, at, 'header_length', TEXT_LIMITS.header),
    ...lintVariables(text, at, format),
    ...many,
    ...lintExamples(text, component, format, 'header'),
    ...lintHeaderFormatting(text, at),
  ]
}

/** The sample of a media header: a handle of the Resumable Upload API, not an id or a link. */
function lintHandle({ path, format, given }: DraftComponent): Finding[] {
  const example = given['example']
  const handles = isObject(example) ? example['header_handle'] : undefined
  const handle: unknown = Array.isArray(handles) ? handles[0] : undefined
  const at = `${path}.example.header_handle`
  const remedy = `Upload a sample ${format.toLowerCase()} and put its handle here: aviso templates upload FILE.`
  if (typeof handle !== 'string' || handle === '') {
    return [finding('header_handle', at, 'is missing: Meta reviews a sample of the file', remedy)]
  }
  if (!/^\d+$|^https?:/.test(handle)) return []
  const detail = `is ${/^\d+$/.test(handle) ? 'the id of an uploaded file' : 'a link'}, not a handle`
  return [finding('header_handle', at, detail, remedy)]
}

function lintHeaderFormatting(text: string, path: string): Finding[] {
  if (!/[\n*_~`]|\p{Extended_Pictographic}/u.test(text.replaceAll(/\{\{[^{}]*\}\}/g, ''))) return []
  const detail = 'has a line break, an emoji or a sign of formatting'
  return [finding('header_formatting', path, detail, 'Leave it out of the header.')]
}

export function lintBody(component: DraftComponent, draft: Draft): Finding[] {
  const { text } = component
  // Meta writes the text of these itself.
  if (text === null && draft.category === 'AUTHENTICATION') return []
  const path = `${component.path}.text`
  return [
    ...lintLength(text ?? '', path, 'body_length', TEXT_LIMITS.body),
    ...lintVariables(text ?? '', path, draft.format),
    ...lintPlaces(text ?? '', path),
    ...lintExamples(text ?? '', component, draft.format, 'body'),
  ]
}

export function lintFooter(component: DraftComponent, draft: Draft): Finding[] {
  if (component.text === null && draft.category === 'AUTHENTICATION') return []
  const text = component.text ?? ''
  const path = `${component.path}.text`
  const variables = text.includes('{{')
    ? [finding('footer_variables', path, 'has a variable', 'Put it into the body.')]
    : []
  return [...lintLength(text, path, 'footer_length', TEXT_LIMITS.footer), ...variables]
}

function lintLength(text: string, path: string, rule: LintRule, limit: number): Finding[] {
  if (text.trim() !== '' && text.length <= limit) return []
  if (text.trim() === '') {
    return [finding(rule, path, 'is empty', `Write 1 to ${String(limit)} characters.`)]
  }
  const detail = `has ${lengthInWords(text)}; Meta allows ${String(limit)}`
  const remedy =
    rule === 'footer_length' || rule === 'header_length'
      ? 'Shorten it, or move a part into the body.'
      : 'Shorten it.'
  return [finding(rule, path, detail, remedy)]
}
