import { idBound, idTime } from '../lib/uuid-v7.ts'
import type { Database, Queryable } from './database.ts'

type Span = 'month' | 'week'

/**
 * Tables that are partitioned by the time in their rows' ids. Raw webhooks go after 30 days: in months
 * they would stay for twice that.
 */
const PARTITIONED: readonly { table: string; span: Span; fillfactor: number }[] = [
  { table: 'whatsapp_messages', span: 'month', fillfactor: 30 },
  { table: 'whatsapp_attempts', span: 'month', fillfactor: 40 },
  { table: 'whatsapp_status_facts', span: 'month', fillfactor: 90 },
  { table: 'webhook_bodies', span: 'week', fillfactor: 100 },
]
/** Partitions made ahead; a service that is not restarted makes the next ones in time. */
const AHEAD: Readonly<Record<Span, number>> = { month: 2, week: 3 }
const DAY_MS = 24 * 60 * 60 * 1000

/** One that holds the ids of a span of time: from inclusive, to exclusive. */
export interface Partition {
  table: string
  /** As SQL writes it. */
  name: string
  /** Null: since ever. */
  from: Date | null
  /** Null: for ever. */
  to: Date | null
}

/**
 * Makes the partitions of the present and the next spans where they are missing. A row whose span has
 * none goes to the default partition, so a late call loses nothing.
 *
 * @param now decides which spans; the ids' own clock is the process's, too
 */
export async function ensurePartitions(database: Database, now: Date): Promise<void> {
  const present = await readPartitions(
    database,
    PARTITIONED.map(({ table }) => table),
  )
  for (const { table, span, fillfactor } of PARTITIONED) {
    const existing = present.filter((partition) => partition.table === table)
    for (let ahead = 0; ahead <= AHEAD[span]; ahead += 1) {
      const from = startOf(span, now, ahead)
      const to = startOf(span, now, ahead + 1)
      if (existing.some((partition) => overlaps(partition, from, to))) continue
      // One by one: the lock on the table is held for as short as can be.
      const name = `${table}_${suffixOf(span, from)}`
      const bounds = [idBound(from), idBound(to)].map((id) => `'${id}'`)
      const make =
        table === 'whatsapp_messages'
          ? `select whatsapp_make_month('${name}', ${bounds.join(', ')}, ${String(fillfactor)})`
          : `create table if not exists ${name} partition of ${table} ` +
            `for values from (${bounds.join(') to (')}) with (fillfactor = ${String(fillfactor)})`
      await database.execute(`${make}; select whatsapp_keep_statistics_lean('${name}')`)
    }
  }
}

/** Those with bounds, the oldest first; the default partition is not among them. */
export async function readPartitions(
  db: Queryable,
  tables: readonly string[],
): Promise<Partition[]> {
  const rows = await db.query<{ table: string; name: string; bounds: string }>(
    {
      name: 'partitions.read',
      text: `
select t.name as table, i.inhrelid::regclass::text as name, pg_get_expr(c.relpartbound, c.oid) as bounds
from jsonb_array_elements_text($1::jsonb) as t(name)
join pg_inherits i on i.inhparent = to_regclass(t.name)
join pg_class c on c.oid = i.inhrelid`,
    },
    [JSON.stringify(tables)],
  )
  return rows
    .flatMap(({ table, name, bounds }): Partition[] => {
      const found = BOUNDS.exec(bounds)
      if (found === null) return []
      const [, from, to] = found
      return [{ table, name, from: timeOf(from), to: timeOf(to) }]
    })
    .sort((a, b) => (a.from?.getTime() ?? 0) - (b.from?.getTime() ?? 0))
}

const BOUNDS =
  /^FOR VALUES FROM \((?:'([0-9a-f-]{36})'|MINVALUE)\) TO \((?:'([0-9a-f-]{36})'|MAXVALUE)\)$/

function timeOf(id: string | undefined): Date | null {
  return id === undefined ? null : idTime(id)
}

function overlaps(partition: Partition, from: Date, to: Date): boolean {
  return (
    (partition.from === null || partition.from < to) &&
    (partition.to === null || partition.to > from)
  )
}

/** The first moment of a span in UTC, counted from the one that `at` is in. Weeks begin on Monday. */
export function startOf(span: Span, at: Date, ahead = 0): Date {
  if (span === 'month') return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + ahead, 1))
  const day = Math.floor(at.getTime() / DAY_MS)
  // Day 0 was a Thursday.
  return new Date((day - ((day + 3) % 7) + 7 * ahead) * DAY_MS)
}

export function suffixOf(span: Span, from: Date): string {
  return from
    .toISOString()
    .slice(0, span === 'month' ? 7 : 10)
    .replaceAll('-', '_')
}
