/**
 * What Meta would refuse of a draft, and what would go wrong with it later: before it is submitted,
 * because a review takes up to a day and the name of a deleted template rests for thirty. Pure.
 */

import { lintButtons } from './lint-buttons.ts'
import { readDraft } from './lint-draft.ts'
import type { Draft, DraftComponent } from './lint-draft.ts'
import { lintExisting } from './lint-existing.ts'
import type { ExistingTemplate } from './lint-existing.ts'
import { lintIdentity } from './lint-identity.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import { lintBody, lintFooter, lintHeader } from './lint-texts.ts'
import { lintWording } from './lint-wording.ts'
import { isObject } from './parameter-faults.ts'

const TYPES = new Set(['HEADER', 'BODY', 'FOOTER', 'BUTTONS'])
/** Meta's, of which nothing is looked at here. */
const OTHER_TYPES = new Set(['CAROUSEL', 'LIMITED_TIME_OFFER', 'CALL_PERMISSION_REQUEST'])

/**
 * @param value Meta's create body, with `template_key` beside it or without
 * @param existing templates of the account, where they are known
 * @returns the gravest first; without an `error` Meta should take it into review
 */
export function lintTemplate(
  value: unknown,
  existing: readonly ExistingTemplate[] = [],
): Finding[] {
  if (!isObject(value)) {
    const remedy = 'Send { "name", "language", "category", "components": [ … ] }.'
    return [finding('draft_type', '', 'is no JSON object', remedy)]
  }
  const draft = readDraft(value)
  const found = [
    ...lintIdentity(draft),
    ...lintComponents(draft),
    ...lintWording(draft),
    ...lintExisting(draft, existing),
  ]
  return found.sort((a, b) => RANK[a.severity] - RANK[b.severity])
}

const RANK = { error: 0, warning: 1, info: 2 } as const

/** Meta would refuse it. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error')
}

function lintComponents(draft: Draft): Finding[] {
  const { components } = draft
  const bodies = components.filter(({ type }) => type === 'BODY')
  const missing =
    bodies.length > 0
      ? []
      : [
          finding(
            'body_missing',
            'components',
            'has no BODY',
            'Add { "type": "BODY", "text": "…" }.',
          ),
        ]
  const seen = new Set<string>()
  return [
    ...missing,
    ...components.flatMap((component) => {
      const repeated = seen.has(component.type) ? [repeats(component)] : []
      seen.add(component.type)
      return [...repeated, ...lintComponent(component, draft)]
    }),
  ]
}

function repeats({ path, type }: DraftComponent): Finding {
  return finding('component_repeated', path, `is a second ${type}`, 'Keep one of each type.')
}

function lintComponent(component: DraftComponent, draft: Draft): Finding[] {
  const { path, type, given } = component
  if (!TYPES.has(type)) {
    if (OTHER_TYPES.has(type)) return []
    const remedy = 'Send HEADER, BODY, FOOTER or BUTTONS.'
    return [finding('component_type', `${path}.type`, 'is no type of a component', remedy)]
  }
  if ('text' in given && component.text === null) {
    return [finding('text_type', `${path}.text`, 'is no text', 'Send a JSON string.')]
  }
  switch (type) {
    case 'HEADER':
      return lintHeader(component, draft.format)
    case 'BODY':
      return lintBody(component, draft)
    case 'FOOTER':
      return lintFooter(component, draft)
    default:
      return lintButtons(component)
  }
}
