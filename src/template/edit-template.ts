import { findUnstorable } from '../lib/strict-json.ts'
import { judgeEdit, readEdit } from './edit-rules.ts'
import type { Edit } from './edit-rules.ts'
import { readDraft } from './lint-draft.ts'
import { hasErrors, lintTemplate } from './lint-template.ts'
import type { Finding } from './lint-rules.ts'
import { lintOrders } from './lint-wording.ts'
import { faultsOf, refusedBy, storeTemplate } from './manage-templates.ts'
import type { ManageOptions, Refused } from './manage-templates.ts'
import type { ListedTemplate } from './merge-templates.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { listApprovedEdits } from './template-event-store.ts'
import { listAllTemplates } from './template-store.ts'

export type EditOutcome =
  { kind: 'edited'; template: RegisteredTemplate; findings: Finding[] } | Refused

/**
 * Changes a template within Meta's rules; what is ours alone (its key, whether orders use it) without
 * asking Meta. An edited template is reviewed again, and what needs it waits meanwhile.
 */
export async function editTemplate(
  options: ManageOptions,
  row: RegisteredTemplate,
  body: Readonly<Record<string, unknown>>,
  actor: string,
): Promise<EditOutcome> {
  const faults = findUnstorable(body)
  if (faults.length > 0) return { kind: 'invalid', errors: faults }
  const read = readEdit(row, body)
  if (!read.ok) return { kind: 'invalid', errors: read.errors }
  const { edit } = read
  const { businessAccountId, database } = options
  const edits = await listApprovedEdits(database, { ...row, businessAccountId })
  const judged = judgeEdit(row, edit, edits, Date.now())
  if (judged.kind !== 'allowed') return judged
  const findings = await lintEdit(options, row, edit)
  if (hasErrors(findings)) return { kind: 'invalid', errors: faultsOf(findings) }

  const { atMeta, ...own } = edit
  const isAtMeta = Object.keys(atMeta).length > 0
  if (isAtMeta) {
    const refused = refusedBy(await options.writer.edit(row.meta_id ?? '', atMeta))
    if (refused !== undefined) return refused
  }
  const listed = isAtMeta
    ? ((await options.writer.find(row.template_name, row.language)) ?? edited(row, edit))
    : listedOf(row)
  const template = await storeTemplate(options, listed, own, {
    kind: isAtMeta ? 'edited' : 'chosen',
    actor,
    detail: { status: row.status, fields: [...Object.keys(atMeta), ...Object.keys(own)], ...own },
  })
  return { kind: 'edited', template, findings }
}

/**
 * As it would be, beside all others, where Meta will read it. What Meta has approved already is not judged
 * by its rules anew: of a key that is given, only whether orders can use the template.
 */
async function lintEdit(
  { database, businessAccountId }: ManageOptions,
  row: RegisteredTemplate,
  edit: Edit,
): Promise<Finding[]> {
  const draft = {
    name: row.template_name,
    language: row.language,
    category: row.category,
    ...(row.parameter_format !== null && { parameter_format: row.parameter_format }),
    components: row.components,
    ...edit.atMeta,
    template_key: edit.template_key === undefined ? row.template_key : edit.template_key,
  }
  if (Object.keys(edit.atMeta).length === 0) {
    return edit.template_key === undefined ? [] : lintOrders(readDraft(draft))
  }
  const all = await listAllTemplates(database, businessAccountId)
  return lintTemplate(
    draft,
    all.filter(({ id }) => id !== row.id),
  )
}

function listedOf(row: RegisteredTemplate): ListedTemplate {
  return {
    id: row.meta_id ?? '',
    name: row.template_name,
    language: row.language,
    status: row.status,
    category: row.category,
    ...(row.correct_category !== null && { correct_category: row.correct_category }),
    ...(row.parameter_format !== null && { parameter_format: row.parameter_format }),
    ...(row.rejected_reason !== null && { rejected_reason: row.rejected_reason }),
    components: Array.isArray(row.components) ? row.components : [],
  }
}

/** Meta took the edit, and could not be asked how it has the template now: it is in review. */
function edited(row: RegisteredTemplate, { atMeta }: Edit): ListedTemplate {
  const { components, category } = atMeta
  return {
    ...listedOf(row),
    status: 'PENDING',
    ...(Array.isArray(components) && { components: components as unknown[] }),
    ...(typeof category === 'string' && { category: category.toUpperCase() }),
  }
}
