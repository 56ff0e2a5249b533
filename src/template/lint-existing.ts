/** A draft beside the templates that are there already (reference, section 3.2). Pure. */

import { textOf } from './lint-draft.ts'
import type { Draft } from './lint-draft.ts'
import { finding } from './lint-rules.ts'
import type { Finding } from './lint-rules.ts'
import { DELETED } from './registered-template.ts'
import { readShape } from './template-shape.ts'

export interface ExistingTemplate {
  template_name: string
  language: string
  status: string
  parameter_format: string | null
  components: unknown
}

export function lintExisting(draft: Draft, existing: readonly ExistingTemplate[]): Finding[] {
  const there = existing.filter(({ status }) => status !== DELETED)
  return [...lintTaken(draft, there), ...lintDiffering(draft, there), ...lintSame(draft, there)]
}

function lintTaken({ given }: Draft, there: readonly ExistingTemplate[]): Finding[] {
  const taken = there.find((one) => isAlike(one, given['name'], given['language']))
  if (taken === undefined) return []
  const detail = `is there already in this language, ${taken.status} (2388024)`
  const remedy = `Edit it, or give this one a new name, such as ${taken.template_name}_v2.`
  return [finding('name_taken', 'name', detail, remedy)]
}

function isAlike(one: ExistingTemplate, name: unknown, language: unknown): boolean {
  return one.template_name === name && one.language === language
}

/** Who gives the values must not have to ask which language the template will be in. */
function lintDiffering({ given }: Draft, there: readonly ExistingTemplate[]): Finding[] {
  const shape = readShape(given['components'], textOf(given['parameter_format']))
  const other = there.find(({ template_name, parameter_format, components }) => {
    if (template_name !== given['name']) return false
    const theirs = readShape(components, parameter_format)
    return (
      theirs.format !== shape.format || theirs.body.variables.length !== shape.body.variables.length
    )
  })
  if (other === undefined) return []
  const detail = `has other variables than ${other.template_name} in ${other.language}`
  const remedy = 'Give all languages of a name the same variables.'
  return [finding('languages_differ', 'components', detail, remedy)]
}

function lintSame({ given }: Draft, there: readonly ExistingTemplate[]): Finding[] {
  const own = wordingOf(given['components'])
  if (own === null) return []
  const same = there.find(
    (one) =>
      !isAlike(one, given['name'], given['language']) &&
      one.language === given['language'] &&
      wordingOf(one.components) === own,
  )
  if (same === undefined) return []
  const detail = `has body and footer of ${same.template_name} in ${same.language}, which Meta refuses as a duplicate`
  return [finding('wording_taken', 'components', detail, 'Use that one, or word it differently.')]
}

function wordingOf(components: unknown): string | null {
  const { body, footer } = readShape(components, null)
  return body.text === '' ? null : `${body.text.trim()}\n${footer?.trim() ?? ''}`
}
