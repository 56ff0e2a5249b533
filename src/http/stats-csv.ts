import { stringify } from 'csv-stringify/sync'
import type { Summary } from '../stats/summarise.ts'

export type StatsGroup = Omit<Summary, 'failures'> & {
  key: string | null
  failures: readonly { error_code: string | null; count: number }[]
}

const JOIN = '; '
/** One line a group. A cell that a spreadsheet would take for a formula is made text. */
export function csvOfStats(groups: readonly StatsGroup[]): string {
  return stringify(
    groups.map((group) => ({
      key: group.key,
      total: group.total,
      pending: group.counts.PENDING,
      sent: group.counts.SENT,
      delivered: group.counts.DELIVERED,
      read: group.counts.READ,
      failed: group.counts.FAILED,
      delivery_rate: group.delivery_rate,
      read_rate: group.read_rate,
      seconds_to_deliver_median: group.seconds_to_deliver.median,
      seconds_to_deliver_p95: group.seconds_to_deliver.p95,
      seconds_to_read_median: group.seconds_to_read.median,
      seconds_to_read_p95: group.seconds_to_read.p95,
      failures: group.failures
        .map(({ error_code: code, count: n }) => `${code ?? 'no code'}: ${String(n)}`)
        .join(JOIN),
      billable: group.billable,
      cost: group.cost.map(({ amount }) => amount).join(JOIN),
      currency: group.cost.map(({ currency }) => currency).join(JOIN),
      free: group.free.map(({ reason, count: n }) => `${reason}: ${String(n)}`).join(JOIN),
    })),
    {
      header: true,
      columns: COLUMNS,
      escape_formulas: true,
      // Not in its list, and a spreadsheet may pass over it as over the others.
      cast: { string: (text) => (text.startsWith('\n') ? `'${text}` : text) },
      quoted_match: BREAKS_A_CELL,
      record_delimiter: 'windows',
    },
  )
}
/** What a reader may begin a row or a cell at; csv-stringify knows its own delimiters alone. */
const BREAKS_A_CELL = /[\r\n;\t]/
const COLUMNS = [
  'key',
  'total',
  'pending',
  'sent',
  'delivered',
  'read',
  'failed',
  'delivery_rate',
  'read_rate',
  'seconds_to_deliver_median',
  'seconds_to_deliver_p95',
  'seconds_to_read_median',
  'seconds_to_read_p95',
  'failures',
  'billable',
  'cost',
  'currency',
  'free',
]
