/** From Meta's list to what changes in the registry. Pure. */

import { DEFAULT_TEMPLATE, ORDER_KEY } from './po-notification.ts'
import { DELETED } from './registered-template.ts'
import type { StoredTemplate, TemplateWrite } from './template-store.ts'
import type { SaidOfStatus } from './template-event.ts'
import { readShape } from './template-shape.ts'

/** A template as Meta lists it (reference, section 3.1). */
export interface ListedTemplate {
  /** Decimal digits. */
  id: string
  name: string
  language: string
  status: string
  category: string
  correct_category?: string
  previous_category?: string
  parameter_format?: string
  components?: unknown[]
  quality_score?: { score?: string }
  rejected_reason?: string
}

/** What became another one; null: there was none before, or there is none now. */
export interface TemplateChange {
  template_name: string
  language: string
  template_key: string | null
  status: { from: string | null; to: string }
  category: { from: string | null; to: string }
  /** Meta has announced that the category will become this one. */
  correct_category: string | null
  quality: string | null
  previous_quality: string | null
  rejected_reason: string | null
  /** Meta's words beside the status, where a webhook had some. */
  said?: SaidOfStatus
}

export interface Merge {
  writes: TemplateWrite[]
  changes: TemplateChange[]
  created: number
  deleted: number
}

/**
 * @param startedAt when the list was asked for: what was touched since then is newer than the list
 */
export function mergeTemplates(
  stored: readonly StoredTemplate[],
  listed: readonly ListedTemplate[],
  startedAt: Date,
  createId: () => string,
): Merge {
  const merge: Merge = { writes: [], changes: [], created: 0, deleted: 0 }
  const known = new Map(stored.map((row) => [keyOf(row.template_name, row.language), row]))
  const names = keysOfNames(stored)
  for (const template of new Map(
    listed.map((one) => [keyOf(one.name, one.language), one]),
  ).values()) {
    const key = keyOf(template.name, template.language)
    const before = known.get(key)
    known.delete(key)
    if (before !== undefined && isNewer(before, startedAt)) continue
    const after = writeOf(template, before, names.get(template.name), createId)
    if (before !== undefined && isSame(before, after)) continue
    if (before === undefined || before.status === DELETED) merge.created += 1
    merge.writes.push(after)
    merge.changes.push(changeOf(before, after))
  }
  for (const before of known.values()) {
    const isYoung = before.created_at > startedAt
    if (before.status === DELETED || isYoung || isNewer(before, startedAt)) continue
    const after = { ...before, status: DELETED }
    merge.deleted += 1
    merge.writes.push(after)
    merge.changes.push(changeOf(before, after))
  }
  return merge
}

/** A template's own word as the change that it is. */
export function changeOf(before: TemplateWrite | undefined, after: TemplateWrite): TemplateChange {
  return {
    template_name: after.template_name,
    language: after.language,
    template_key: after.template_key,
    status: { from: before?.status ?? null, to: after.status },
    category: { from: before?.category ?? null, to: after.category },
    correct_category: after.correct_category,
    quality: after.quality,
    previous_quality: before?.quality ?? null,
    rejected_reason: after.rejected_reason,
  }
}

/** `po_notification/es`, the way gates and messages name a template. */
export function keyOf(name: string, language: string): string {
  return `${name}/${language}`
}

interface NameKey {
  template_key: string | null
  keyed_at: Date | null
  is_active: boolean
}

/** A key is given to a name: a language that comes later has it, too. */
export function keysOfNames(stored: readonly StoredTemplate[]): Map<string, NameKey> {
  return new Map(stored.map((row) => [row.template_name, row]))
}

/** A row as Meta lists it; `ofName`: what its other languages are chosen for. */
export function writeOf(
  template: ListedTemplate,
  before: StoredTemplate | undefined,
  ofName: NameKey | undefined,
  createId: () => string,
): TemplateWrite {
  const isDefault = template.name === DEFAULT_TEMPLATE
  const key = before ??
    ofName ?? { template_key: isDefault ? ORDER_KEY : null, keyed_at: null, is_active: true }
  const { category } = template
  return {
    id: before?.id ?? createId(),
    template_name: template.name,
    language: template.language,
    template_key: key.template_key,
    keyed_at: key.keyed_at,
    is_active: key.is_active,
    category,
    previous_category:
      template.previous_category ??
      (before === undefined || before.category === category
        ? (before?.previous_category ?? null)
        : before.category),
    correct_category:
      template.correct_category === undefined || template.correct_category === category
        ? null
        : template.correct_category,
    status: template.status,
    ...contentOf(template.components ?? [], template.parameter_format),
    meta_id: template.id,
    quality: template.quality_score?.score ?? before?.quality ?? null,
    rejected_reason: reasonOf(template.rejected_reason) ?? reasonKept(template, before),
    meta_at: before?.meta_at ?? null,
  }
}

/** What is kept of components, beside themselves. */
export function contentOf(components: unknown[], format: string | undefined) {
  const shape = readShape(components, format ?? null)
  return {
    body_text: shape.body.text === '' ? null : shape.body.text,
    parameter_count: shape.body.variables.length,
    parameter_format: shape.format,
    components,
  }
}

/** A webhook may have said in words what the list has no code for. */
function reasonKept({ status }: ListedTemplate, before: StoredTemplate | undefined): string | null {
  return status === 'REJECTED' && before?.status === status ? before.rejected_reason : null
}

/** Meta says NONE where there is none. */
export function reasonOf(reason: string | null | undefined): string | null {
  return reason === undefined || reason === null || reason === 'NONE' ? null : reason
}

function isNewer({ touched_at }: StoredTemplate, startedAt: Date): boolean {
  return touched_at !== null && touched_at > startedAt
}

function isSame(before: StoredTemplate, after: TemplateWrite): boolean {
  return (Object.keys(after) as (keyof TemplateWrite)[]).every((key) => {
    const [one, other] = [before[key], after[key]]
    return key === 'components' ? sorted(one) === sorted(other) : one === other
  })
}

/** The database keeps the keys of JSON in an order of its own. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
