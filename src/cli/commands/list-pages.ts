import type { ServiceClient } from '../client.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine } from '../printable.ts'
import { findMember, splitArray } from '../split-json.ts'
import type { CommandContext } from './context.ts'
import { ok } from './with-client.ts'

export interface ListRequest {
  path: string
  query: Readonly<Record<string, string | undefined>>
  /** How many at most; may be infinite. */
  limit: number
  /** Print each object as the API wrote it, one a line. */
  json: boolean | undefined
}

/** The API's own largest page. */
const MAX_PAGE = 200

/**
 * Reads a list page by page. As JSON its objects are printed at once and not kept: a year of messages
 * need not be held.
 *
 * @returns `more`: the service has more than was asked for
 */
export async function listPages(
  client: ServiceClient,
  { io }: CommandContext,
  { path, query, limit, json }: ListRequest,
): Promise<{ rows: JsonObject[]; more: boolean }> {
  const rows: JsonObject[] = []
  let count = 0
  let cursor: string | undefined
  do {
    const size = String(Math.min(MAX_PAGE, limit - count))
    const { body, text } = await ok(
      client.call('GET', path, { query: { ...query, limit: size, cursor } }),
    )
    const page = objectsAt(body, 'data')
    if (json === true) {
      for (const line of splitArray(findMember(text, 'data') ?? '[]')) io.out(jsonLine(line))
    } else rows.push(...page)
    count += page.length
    // A page may be empty and the next one not; the same page again would be without end.
    const next = textAt(body, 'next_cursor') ?? undefined
    cursor = next === cursor ? undefined : next
  } while (cursor !== undefined && count < limit)
  return { rows, more: cursor !== undefined }
}

/**
 * A list as a table, or as JSON; where there is more, a line on standard error says so.
 *
 * @param table.none what is said of an empty list
 */
export async function printList(
  client: ServiceClient,
  context: CommandContext,
  request: ListRequest,
  table: { head: readonly string[]; row: (row: JsonObject) => string[]; none: string },
): Promise<void> {
  const { io, colors } = context
  const { rows, more } = await listPages(client, context, request)
  if (request.json !== true && rows.length === 0) io.out(table.none)
  if (rows.length > 0) {
    const { renderTable } = await import('../table.ts')
    const head = table.head.map((word) => colors.dim(word))
    io.out(renderTable(head, rows.map(table.row)))
  }
  if (more) io.err('There are more: a larger --limit, or a narrower question.')
}
