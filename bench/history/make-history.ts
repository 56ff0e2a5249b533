/** Databases with a past: made once by COPY, kept, and used again. */

import { spawnSync } from 'node:child_process'
import pg from 'pg'
import type { Database } from '../../src/db/database.ts'
import { ensurePartitions } from '../../src/db/partitions.ts'
import { openPostgres as openDatabase } from '../../src/db/postgres.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { foldUsage } from '../../src/template/usage-store.ts'
import { findGaps } from '../../src/webhook/gap-store.ts'
import { runAviso } from '../contestants/aviso.ts'
import { BUSINESS_ACCOUNT_ID } from '../load/orders.ts'
import type { Postgres } from '../services/postgres.ts'
import { copyIn } from './copy-in.ts'
import { foldAll } from './fold-all.ts'
import { TABLES, chunksOf } from './rows.ts'
import type { HistorySpan, TableRows } from './rows.ts'

export interface History {
  database: string
  orders: number
  /** In proportion, so that a supplier has as many orders in one database as in the other. */
  suppliers: number
}

export const SMALL: History = { database: 'aviso_bench_history_10k', orders: 10_000, suppliers: 40 }
export const LARGE: History = {
  database: 'aviso_bench_history',
  orders: 5_000_000,
  suppliers: 20_000,
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Orders of the past are spread over so many days, up to yesterday. */
const DAYS = 90

/** Says when it is complete: one that was broken off is made again. */
export async function hasHistory(
  postgres: Postgres,
  { database, ...made }: History,
): Promise<boolean> {
  const rows = await postgres.query<{ comment: string | null }>(
    `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
    [database],
  )
  return rows[0]?.comment === completeComment(made)
}

/** @param say progress, for whoever waits */
export async function makeHistory(
  postgres: Postgres,
  { database, orders, suppliers }: History,
  say: (line: string) => void,
): Promise<void> {
  await postgres.makeDatabase(database)
  const url = postgres.urlOf(database)
  runAviso(['migrate'], url)
  const to = Date.now() - DAY_MS
  const span: HistorySpan = { orders, from: to - DAYS * DAY_MS, to, suppliers }
  await makePartitions(url, span)
  // Messages are half of all bytes: two connections are busy equally long.
  const [messages, ...others] = TABLES
  await Promise.all([
    fill(url, messages === undefined ? [] : [messages], span, say),
    fill(url, others, span, say),
  ])
  say('what the service adds up in the background')
  await catchUp(url)
  await withClient(url, async (client) => {
    say('vacuum and statistics')
    await client.query('vacuum (analyze)')
    await client.query('checkpoint')
  })
  await postgres.query(
    `comment on database "${database}" is '${completeComment({ orders, suppliers })}'`,
  )
  spawnSync('sync')
}

/** The schema of today. @throws where a migration fails */
export function migrateHistory(postgres: Postgres, { database }: History): void {
  runAviso(['migrate'], postgres.urlOf(database))
}

/**
 * Reads the keys that orders touch at random into memory, where a database that has been at work has them: a round is too
 * short to touch each of their pages once.
 *
 * @throws where the server has no pg_prewarm, which comes with PostgreSQL
 */
export async function warmKeys(postgres: Postgres, { database }: History): Promise<void> {
  await withClient(postgres.urlOf(database), async (client) => {
    await client.query('create extension if not exists pg_prewarm')
    for (const table of ['received_events', 'approved_revisions', 'whatsapp_wamids']) {
      await client.query('select pg_prewarm($1::regclass)', [`${table}_pkey`])
    }
  })
}

/** The number of the first order that no round has used yet. */
export async function firstFreeOrder(postgres: Postgres, { database }: History): Promise<number> {
  return withClient(postgres.urlOf(database), async (client) => {
    const { rows } = await client.query<{ number: string | null }>(
      `select max(po_number) as number from whatsapp_messages
       where po_number >= 'PO-2026-' and po_number < 'PO-2026-A'`,
    )
    const last = rows[0]?.number ?? null
    return last === null ? 0 : Number(last.slice('PO-2026-'.length)) + 1
  })
}

/** The months of the past, as the service would have made them at the time. */
async function makePartitions(url: string, { from, to }: HistorySpan): Promise<void> {
  await withDatabase(url, async (database) => {
    for (let at = from; at < to + 31 * DAY_MS; at += 28 * DAY_MS) {
      await ensurePartitions(database, new Date(at))
    }
  })
}

/** As the service does by itself after an import, and slower, because it leaves room for orders. */
async function catchUp(url: string): Promise<void> {
  await withDatabase(url, async (database) => {
    await foldAll(database)
    for (let more = true; more;) {
      ;({ more } = await foldUsage(database, BUSINESS_ACCOUNT_ID, 20_000))
    }
    for (const kind of ['no_status', 'undelivered'] as const) {
      for (let more = true; more;) ({ more } = await findGaps(database, kind, 3600, createId))
    }
  })
}

async function withDatabase(
  url: string,
  work: (database: Database) => Promise<void>,
): Promise<void> {
  const database = openDatabase({
    url,
    applicationName: 'aviso bench history',
    size: 2,
    statementTimeoutMs: 60_000,
  })
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

async function fill(
  url: string,
  tables: readonly TableRows[],
  span: HistorySpan,
  say: (line: string) => void,
): Promise<void> {
  await withClient(url, async (client) => {
    for (const rows of tables) {
      const started = performance.now()
      await copyIn(client, rows.table, chunksOf(rows, span))
      const seconds = (performance.now() - started) / 1000
      say(`${rows.table.split(' ')[0] ?? ''}: ${seconds.toFixed(0)} s`)
    }
  })
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'aviso bench history' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function completeComment({ orders, suppliers }: Omit<History, 'database'>): string {
  return `aviso bench: ${orders} orders of ${suppliers} suppliers, added up`
}
