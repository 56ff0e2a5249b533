import { field } from './graph-error.ts'
import type { ReadResult } from './read-result.ts'

/** One delivery event of `message_history`. */
export interface HistoryEvent {
  /** As a webhook names it: `sent`, `delivered`, `read` or `failed`. */
  status: string
  /** Unix time in seconds, as digits; null where it is missing. */
  timestamp: string | null
  /** Meta's words of a failure. */
  error: string | null
}

export type HistoryResult =
  { kind: 'ok'; events: HistoryEvent[] } | Exclude<ReadResult, { kind: 'ok' }>

export const HISTORY_FIELDS = 'id,message_id,events{delivery_status,timestamp,error_description}'

/** `DELETED`, `WARNING` and the like say nothing of whether a message arrived. */
const STATUSES = new Set(['sent', 'delivered', 'read', 'failed'])

/**
 * The delivery events of one message, from `GET /{phone}/message_history` (reference, section 5; Meta's
 * OpenAPI document). Tolerant: whatever has another shape is left out.
 *
 * @param wamid only what is said of it counts, whatever else the answer holds
 */
export function readHistory(result: ReadResult, wamid: string): HistoryResult {
  if (result.kind !== 'ok') return result
  const entries = list(field(result.value, 'data')).filter(
    (entry) => field(entry, 'message_id') === wamid,
  )
  const events = entries.flatMap((entry) => {
    const inside = field(entry, 'events')
    return list(Array.isArray(inside) ? inside : field(inside, 'data'))
  })
  return { kind: 'ok', events: events.flatMap(readEvent) }
}

function readEvent(event: unknown): HistoryEvent[] {
  const status = field(event, 'delivery_status')
  if (typeof status !== 'string' || !STATUSES.has(status.toLowerCase())) return []
  const timestamp = field(event, 'timestamp') ?? field(event, 'occurrence_timestamp')
  const error = field(event, 'error_description')
  return [
    {
      status: status.toLowerCase(),
      timestamp: /^\d{1,12}$/.test(String(timestamp)) ? String(timestamp) : null,
      error: typeof error === 'string' && error !== '' ? error : null,
    },
  ]
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
