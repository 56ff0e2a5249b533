/**
 * `npx tsx bench/retention.ts ADDRESS [ORDERS]`: what retention takes, beside what deleting would. ADDRESS is an
 * administrator's, of a server on this machine: a database is made there, and dropped at the end. A month of so many orders
 * (default 1,000,000) is made, dropped while others write, made again and deleted.
 */

import pg from 'pg'
import { migrate } from '../src/db/migrate.ts'
import { ensurePartitions, readPartitions, startOf } from '../src/db/partitions.ts'
import { openPostgres } from '../src/db/postgres.ts'
import type { Database, Statement } from '../src/db/database.ts'
import { insertEvents } from '../src/intake/event-store.ts'
import { idBound } from '../src/lib/uuid-v7.ts'
import { dropOldPartitions } from '../src/retention/drop-partitions.ts'
import { cutoffsAt } from '../src/retention/cutoffs.ts'
import { WALK, STEP_PAGES } from '../src/retention/walk-tables.ts'
import { fold } from '../src/stats/fold-store.ts'
import { TENANT } from './load/orders.ts'
import { administrate, say } from './services/one-off-database.ts'
import { draftMessages } from '../test/support/messages.ts'
import { copyIn } from './history/copy-in.ts'
import { chunksOf, TABLES } from './history/rows.ts'

const [address, asked = '1000000'] = process.argv.slice(2)
if (address === undefined) throw new Error('give the address of a server')
const orders = Number(asked)
const name = 'aviso_test_retention'
const now = new Date()
const month = startOf('month', now, -16)
const cutoffs = cutoffsAt(now, { retentionDays: 400, orphanDays: 8 })
const NARROW = ['received_events', 'approved_revisions', 'whatsapp_wamids'] as const

await administrate(address, `drop database if exists ${name}`)
await administrate(address, `create database ${name}`)
const url = new URL(address)
url.pathname = `/${name}`
const open = (keyedPlans: boolean): Database =>
  openPostgres({
    url: url.href,
    applicationName: 'aviso bench',
    size: 2,
    statementTimeoutMs: 600_000,
    keyedPlans,
  })
const [database, writer] = [open(false), open(true)]
try {
  await migrate(database)
  await fill(TABLES.slice(0, 6))
  await report()
  await dropUnderLoad()
  await fill(TABLES.slice(0, 3))
  await deleteMonth()
  await walkAll()
  await indexByAge()
} finally {
  await Promise.all([database.close(), writer.close()])
  await administrate(address, `drop database ${name} with (force)`)
}

async function fill(tables: typeof TABLES): Promise<void> {
  await ensurePartitions(database, month)
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  const span = {
    orders,
    from: month.getTime(),
    to: startOf('month', month, 1).getTime(),
    suppliers: 20_000,
  }
  for (const rows of tables) await copyIn(client, rows.table, chunksOf(rows, span))
  await client.query('vacuum (analyze)')
  await client.query('checkpoint')
  await client.end()
}

async function report(): Promise<void> {
  for (const table of ['whatsapp_messages', 'whatsapp_attempts', 'whatsapp_status_facts']) {
    const [row] = await database.query<{ bytes: string }>(
      `select sum(pg_total_relation_size(inhrelid))::text as bytes from pg_inherits where inhparent = $1::regclass`,
      [table],
    )
    say({ table, orders, mib: round(Number(row?.bytes) / 2 ** 20) })
  }
  for (const table of NARROW) {
    const [row] = await database.query<{ heap: string; all: string }>(
      `select pg_relation_size($1::regclass)::text as heap, pg_total_relation_size($1::regclass)::text as all`,
      [table],
    )
    say({
      table,
      orders,
      heap_mib: round(Number(row?.heap) / 2 ** 20),
      mib: round(Number(row?.all) / 2 ** 20),
    })
  }
}

/** Batches of ten orders, one after the other: how long each waits before, while and after a month is dropped. */
async function dropUnderLoad(): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    const folded = await fold(database, 1e12)
    quiet = folded === undefined || folded.more || folded.messages > 0 ? 0 : quiet + 1
  }
  const took: number[] = []
  const stop = new AbortController()
  const load = (async () => {
    while (!stop.signal.aborted) {
      const started = performance.now()
      await insertEvents(writer, {
        events: [],
        messages: draftMessages(10),
        rejected: [],
        expiryHours: 72,
      })
      took.push(performance.now() - started)
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 5000))
  say({ batches_before: took.length, ...spread(took.splice(0)) })
  const wal = await walBytes()
  const started = performance.now()
  const locked: number[] = []
  const { dropped, waiting } = await dropOldPartitions(timingLocks(database, locked), cutoffs)
  say({
    dropped: dropped.length,
    waiting,
    drop_ms: round(performance.now() - started),
    // From the lock to the commit, which gives it back before files are unlinked.
    locked_ms: spread(locked),
    batches_meanwhile: took.length,
    ...spread(took),
  })
  stop.abort()
  await load
  say({ wal_mib_with_load: round(((await walBytes()) - wal) / 2 ** 20) })
}

/** Notes how long the lock of a table was held before each commit. */
function timingLocks(base: Database, took: number[]): Database {
  return {
    ...base,
    transaction: (work) =>
      base.transaction((tx) => {
        let lockedAt = 0
        return work({
          async query<Row>(statement: Statement | string, parameters?: readonly unknown[]) {
            const rows = await tx.query<Row>(statement, parameters)
            const text = typeof statement === 'string' ? statement : statement.text
            if (text.startsWith('lock table')) lockedAt = performance.now()
            if (text.startsWith('drop table')) took.push(performance.now() - lockedAt)
            return rows
          },
        })
      }),
  }
}

async function deleteMonth(): Promise<void> {
  for (const table of ['whatsapp_status_facts', 'whatsapp_attempts', 'whatsapp_messages']) {
    const [old] = await readPartitions(database, [table])
    const wal = await walBytes()
    const started = performance.now()
    await database.query(`delete from ${old?.name ?? ''}`)
    const deleteMs = performance.now() - started
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    // As after a part of a table was deleted: no index may be skipped.
    await client.query(`vacuum (index_cleanup on, truncate off) ${old?.name ?? ''}`)
    await client.end()
    say({
      delete: table,
      seconds: round(deleteMs / 1000),
      with_vacuum_seconds: round((performance.now() - started) / 1000),
      wal_mib: round(((await walBytes()) - wal) / 2 ** 20),
    })
  }
}

/** The pages of the narrow tables: once with nothing that is due, once with everything. */
async function walkAll(): Promise<void> {
  for (const table of NARROW) {
    const age = table === 'received_events' ? 'received_at' : 'message_id'
    for (const at of [new Date(0), cutoffs.keys]) {
      await database.execute('checkpoint')
      const wal = await walBytes()
      const started = performance.now()
      let [deleted, steps, longest] = [0, 0, 0]
      const [size] = await database.query<{ pages: number }>(
        `select (pg_relation_size($1::regclass) / 8192)::integer as pages`,
        [table],
      )
      for (let page = 0; page < (size?.pages ?? 0); page += STEP_PAGES) {
        const before = performance.now()
        const [row] = await database.query<{ deleted: number }>(WALK(table, age), [
          `(${String(page)},0)`,
          `(${String(page + STEP_PAGES)},0)`,
          age === 'message_id' ? idBound(at) : at,
        ])
        deleted += row?.deleted ?? 0
        steps += 1
        longest = Math.max(longest, performance.now() - before)
      }
      say({
        walk: table,
        pages: size?.pages,
        deleted,
        seconds: round((performance.now() - started) / 1000),
        steps,
        longest_step_ms: round(longest),
        wal_mib: round(((await walBytes()) - wal) / 2 ** 20),
      })
    }
    const client = new pg.Client({ connectionString: url.href })
    await client.connect()
    const started = performance.now()
    await client.query(`vacuum ${table}`)
    await client.end()
    say({ vacuum: table, seconds: round((performance.now() - started) / 1000) })
  }
}

/** What every order would pay for an index by age on received_events. */
async function indexByAge(): Promise<void> {
  const rows = Math.min(orders, 100_000)
  for (const isIndexed of [false, true]) {
    await database.execute(
      `truncate received_events; drop index if exists by_age; ${isIndexed ? 'create index by_age on received_events (received_at);' : ''} checkpoint`,
    )
    const wal = await walBytes()
    const started = performance.now()
    for (let done = 0; done < rows; done += 20) {
      await writer.query(
        {
          name: 'bench.remember',
          text: `insert into received_events (tenant_id, event_id, fingerprint, message_id)
           select $1, gen_random_uuid()::text, '\\x00', gen_random_uuid() from generate_series(1, 20)`,
        },
        [TENANT],
      )
    }
    say({
      index_by_age: isIndexed,
      events: rows,
      us_per_event: round(((performance.now() - started) * 1000) / rows),
      wal_bytes_per_event: Math.round(((await walBytes()) - wal) / rows),
    })
  }
}

async function walBytes(): Promise<number> {
  const [row] = await database.query<{ bytes: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as bytes`,
  )
  return Number(row?.bytes)
}

function spread(took: readonly number[]): Record<string, number> {
  const sorted = [...took].sort((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
