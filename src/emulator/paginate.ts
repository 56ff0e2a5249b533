import type { GraphCall } from './graph-call.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export interface Page<Item> {
  data: Item[]
  paging?: {
    cursors: { before: string; after: string }
    next?: string
    previous?: string
  }
}

const DEFAULT_LIMIT = 25
const MAX_LIMIT = 1000

/**
 * One page of a list by `limit`, `after` and `before`. A cursor is opaque and belongs to a generation;
 * a stale or foreign one is 131059 on v24.0 and newer, 100 before (reference, section 3.1).
 */
export function paginate<Item>(
  items: readonly Item[],
  call: GraphCall,
  generation: number,
): Page<Item> | { refusal: Refusal } {
  const { query, version } = call
  const asked = Number(query.get('limit') ?? DEFAULT_LIMIT)
  if (!Number.isInteger(asked) || asked < 1) {
    return { refusal: refuse(100, undefined, { message: '(#100) Param limit must be positive.' }) }
  }
  const limit = Math.min(asked, MAX_LIMIT)
  const after = readCursor(query.get('after'), generation)
  const before = readCursor(query.get('before'), generation)
  if (after === 'bad' || before === 'bad') {
    return { refusal: refuse(version >= 24 ? 131059 : 100, 'The cursor is not valid any more') }
  }
  const from = after !== null ? after + 1 : before !== null ? Math.max(0, before - limit) : 0
  const to = after === null && before !== null ? before : Math.min(items.length, from + limit)
  const data = items.slice(from, to)
  if (data.length === 0) return { data }

  const cursors = { before: writeCursor(from, generation), after: writeCursor(to - 1, generation) }
  const paging: NonNullable<Page<Item>['paging']> = { cursors }
  if (to < items.length) paging.next = linkTo(call, 'after', cursors.after)
  if (from > 0) paging.previous = linkTo(call, 'before', cursors.before)
  return { data, paging }
}

function writeCursor(place: number, generation: number): string {
  return Buffer.from(`g${String(generation)}:${String(place)}`).toString('base64')
}

function readCursor(text: string | null, generation: number): number | null | 'bad' {
  if (text === null || text === '') return null
  const match = /^g(\d+):(\d+)$/.exec(Buffer.from(text, 'base64').toString('utf8'))
  return match === null || Number(match[1]) !== generation ? 'bad' : Number(match[2])
}

function linkTo(call: GraphCall, direction: 'after' | 'before', cursor: string): string {
  const query = new URLSearchParams(call.query)
  query.delete('after')
  query.delete('before')
  query.delete('access_token')
  query.set(direction, cursor)
  return `${call.origin}/v${String(call.version)}.0/${call.node}/${call.edge}?${query.toString()}`
}
