import { field, text } from './graph-error.ts'
import type { ListResult, ReadResult } from './read-result.ts'
import type { TemplateRow } from './wire.ts'

export const TEMPLATE_FIELDS = [
  'id',
  'name',
  'language',
  'status',
  'category',
  'correct_category',
  'previous_category',
  'parameter_format',
  'components',
  'quality_score',
  'rejected_reason',
  'message_send_ttl_seconds',
].join(',')
const PAGE_SIZE = '100'
/** An account holds some thousands of templates at most; a list without end is a fault. */
const MAX_PAGES = 1000
const INVALID_CURSOR = 131059

type Get = (path: string, query: Readonly<Record<string, string>>) => Promise<ReadResult>

/**
 * All templates of the account, page by page: all or nothing, because a template that is missing here
 * counts as deleted. A cursor that has expired on the way starts the list anew, once (reference,
 * section 3.1).
 */
export async function listTemplates(get: Get, businessAccountId: string): Promise<ListResult> {
  const first = await listOnce(get, businessAccountId)
  const restart = first.kind === 'rejected' && first.code === INVALID_CURSOR
  return restart ? await listOnce(get, businessAccountId) : first
}

async function listOnce(get: Get, businessAccountId: string): Promise<ListResult> {
  const templates: TemplateRow[] = []
  const seen = new Set<string>()
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await get(`/${businessAccountId}/message_templates`, {
      fields: TEMPLATE_FIELDS,
      limit: PAGE_SIZE,
      ...(after !== undefined && { after }),
    })
    if (result.kind !== 'ok') return result
    const rows = field(result.value, 'data')
    if (!Array.isArray(rows)) return unreachable('the list of templates has no data')
    templates.push(...rows.map(templateOf).filter((row) => row !== undefined))

    const paging = field(result.value, 'paging')
    if (text(field(paging, 'next')) === null) return { kind: 'ok', templates }
    after = text(field(field(paging, 'cursors'), 'after')) ?? undefined
    if (after === undefined) return unreachable('a page of templates has no cursor to the next')
    if (seen.has(after)) return unreachable('the list of templates goes round in circles')
    seen.add(after)
  }
  return unreachable('the list of templates has no end')
}

/** Meta writes ids as strings; one that came as a number is exact up to 2^53 - 1, or text already. */
function withTextId(row: unknown): unknown {
  const id = field(row, 'id')
  return typeof id === 'number' ? { ...(row as object), id: String(id) } : row
}

/** Undefined for what is no template. */
export function templateOf(value: unknown): TemplateRow | undefined {
  const row = withTextId(value)
  return isTemplate(row) ? row : undefined
}

function isTemplate(row: unknown): row is TemplateRow {
  return ['id', 'name', 'language', 'status', 'category'].every(
    (key) => text(field(row, key)) !== null,
  )
}

function unreachable(reason: string): ListResult {
  return { kind: 'unreachable', reason }
}
