/**
 * Statements of an order's way, on the present month's own partitions instead of on the whole tables.
 *
 * A statement on a partitioned table prepares itself for every partition, each time it runs: 7 to 21 % of a
 * webhook's time at four of them and 64 statuses (decision 19), and more with every month of history. Who knows the ids
 * knows the month.
 */

import { idBound } from '../lib/uuid-v7.ts'
import { isUndefinedTable } from './database-error.ts'
import type { Queryable, Statement } from './database.ts'
import { startOf, suffixOf } from './partitions.ts'

const TABLES = /\bwhatsapp_(?:messages|attempts)\b/g
/** How long a database is not asked again whether it has the month's partitions. */
const LOOK_AGAIN_MS = 60_000

interface Month {
  suffix: string
  /** Ids: from inclusive, to exclusive. */
  from: string
  to: string
  /** Unix time in ms */
  endsAt: number
  statements: Map<string, Statement>
}
let present: Month | undefined
const without = new WeakMap<Queryable, number>()

/**
 * Runs a statement that names messages and attempts by the ids of messages; on the present month's partitions
 * where all of them were made in it, and the partitions are there. Months that are over keep to the whole tables: of
 * theirs an operator may have taken one out.
 *
 * @param db not a transaction: where the partitions are missing a statement fails, and runs again
 * @param ids of all messages that the statement names
 * @throws as `query` does
 */
export async function queryInMonth<Row>(
  db: Queryable,
  statement: Statement,
  ids: readonly string[],
  parameters: readonly unknown[],
): Promise<Row[]> {
  const month = monthNow(Date.now())
  const isWithin = ids.length > 0 && ids.every((id) => id >= month.from && id < month.to)
  if (isWithin && (without.get(db) ?? 0) < Date.now()) {
    try {
      return await db.query<Row>(inMonth(statement, month), parameters)
    } catch (error) {
      if (!isUndefinedTable(error)) throw error
      without.set(db, Date.now() + LOOK_AGAIN_MS)
    }
  }
  return db.query<Row>(statement, parameters)
}

/** The name of the statement that a name stands for: of a month's, that of the whole tables'. */
export function wholeName(name: string): string {
  return name.replace(/@\d{4}_\d{2}$/, '')
}

function inMonth({ name, text }: Statement, { suffix, statements }: Month): Statement {
  const known = statements.get(name)
  if (known !== undefined) return known
  const statement = {
    name: `${name}@${suffix}`,
    text: text.replaceAll(TABLES, (table) => `${table}_${suffix}`),
  }
  statements.set(name, statement)
  return statement
}

function monthNow(now: number): Month {
  if (present !== undefined && now < present.endsAt && now >= present.endsAt - 32 * 86_400_000) {
    return present
  }
  const from = startOf('month', new Date(now))
  const to = startOf('month', new Date(now), 1)
  present = {
    suffix: suffixOf('month', from),
    from: idBound(from),
    to: idBound(to),
    endsAt: to.getTime(),
    statements: new Map(),
  }
  return present
}
