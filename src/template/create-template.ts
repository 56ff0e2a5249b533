import { findUnstorable } from '../lib/strict-json.ts'
import { wrongKey } from './edit-rules.ts'
import { hasErrors, lintTemplate } from './lint-template.ts'
import type { Finding } from './lint-rules.ts'
import { faultsOf, refusedBy, storeTemplate } from './manage-templates.ts'
import type { ManageOptions, OwnChoice, Refused } from './manage-templates.ts'
import type { ListedTemplate } from './merge-templates.ts'
import { isObject } from './parameter-faults.ts'
import { ORDER_KEY } from './po-notification.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { listAllTemplates } from './template-store.ts'

export type CreateOutcome =
  { kind: 'created'; template: RegisteredTemplate; findings: Finding[] } | Refused

type Draft = Readonly<Record<string, unknown>>

/**
 * Checks a template, submits it, and has it in the registry at once. Where Meta's answer is lost, the
 * list tells whether it was made.
 *
 * @param draft Meta's create body, with `template_key` beside it or without
 * @param actor whose word it is
 */
export async function createTemplate(
  options: ManageOptions,
  draft: Draft,
  actor: string,
): Promise<CreateOutcome> {
  const { template_key: key, ...body } = draft
  const faults = [
    ...findUnstorable(draft),
    ...(key === undefined || key === null || isKey(key) ? [] : [wrongKey()]),
  ]
  if (faults.length > 0) return { kind: 'invalid', errors: faults }
  const existing = await listAllTemplates(options.database, options.businessAccountId)
  const findings = lintTemplate(draft, existing)
  if (hasErrors(findings)) return { kind: 'invalid', errors: faultsOf(findings) }

  const made = await submit(options, body)
  if ('kind' in made) return made
  const asked = String(body['category']).toUpperCase()
  const own: OwnChoice = {
    ...((key === null || isKey(key)) && { template_key: key }),
    // It would cost more with each order, and not reach all: a person has to want that.
    ...(key === ORDER_KEY && made.category !== asked && { is_active: false }),
  }
  const template = await storeTemplate(options, made, own, {
    kind: 'created',
    actor,
    detail: { status: made.status, category: { asked, given: made.category } },
  })
  if (made.category !== asked) {
    const { template_name, language, is_active: isActive } = template
    const line = { template: template_name, language, asked, given: made.category, isActive }
    options.logger.error(line, 'WhatsApp template.category_changed')
  }
  return { kind: 'created', template, findings }
}

async function submit(options: ManageOptions, body: Draft): Promise<ListedTemplate | Refused> {
  const { writer } = options
  const [name, language] = [String(body['name']), String(body['language'])]
  const outcome = await writer.create(body)
  if (outcome.kind === 'unknown') {
    const found = await writer.find(name, language)
    return found ?? { kind: 'unreachable', reason: outcome.reason, mayBeDone: true }
  }
  const refused = refusedBy(outcome)
  if (refused !== undefined || outcome.kind !== 'ok') {
    return refused ?? { kind: 'unreachable', reason: 'no answer', mayBeDone: true }
  }
  const answer = isObject(outcome.value) ? outcome.value : {}
  const components = body['components']
  const format = body['parameter_format']
  return {
    id: textOf(answer['id'], ''),
    name,
    language,
    status: textOf(answer['status'], 'PENDING'),
    category: textOf(answer['category'], String(body['category']).toUpperCase()),
    ...(typeof format === 'string' && { parameter_format: format.toUpperCase() }),
    ...(Array.isArray(components) && { components: components as unknown[] }),
  }
}

function isKey(key: unknown): key is string {
  return typeof key === 'string' && /^[\w.-]{1,128}$/.test(key)
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise
}
