/**
 * `npx tsx bench/stats.ts ADDRESS [ORDERS]`: what the statistics take, and whether they agree with a plain
 * recount. ADDRESS is an administrator's, of a server on this machine that may be filled: a database is made there, and
 * dropped at the end. Give a number of orders (default 1,000,000); the small one has 10,000.
 */

import { readFileSync } from 'node:fs'
import pg from 'pg'
import { ensurePartitions } from '../src/db/partitions.ts'
import { migrate } from '../src/db/migrate.ts'
import { openPostgres } from '../src/db/postgres.ts'
import type { Database } from '../src/db/database.ts'
import { builtInCard } from '../src/pricing/rate-card.ts'
import { countMessages, GROUPINGS } from '../src/stats/stats-store.ts'
import type { Grouping } from '../src/stats/stats-store.ts'
import { summarise } from '../src/stats/summarise.ts'
import { administrate, say } from './services/one-off-database.ts'
import { foldAll } from './history/fold-all.ts'
import { copyIn } from './history/copy-in.ts'
import { chunksOf, TABLES } from './history/rows.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const DAYS = 90
const SMALL = 10_000
const ROUNDS = 15

const [address, asked = '1000000'] = process.argv.slice(2)
if (address === undefined) throw new Error('give the address of a server')
const card = builtInCard()
const now = Date.now()
const range = (days: number) => ({ from: now - days * DAY_MS, to: Number.POSITIVE_INFINITY })

for (const orders of [SMALL, Number(asked)]) await measure(orders)

async function measure(orders: number): Promise<void> {
  const name = `aviso_test_stats_${String(orders)}`
  await administrate(address ?? '', `drop database if exists ${name}`)
  await administrate(address ?? '', `create database ${name}`)
  const url = new URL(address ?? '')
  url.pathname = `/${name}`
  const database = openPostgres({
    url: url.href,
    applicationName: 'aviso bench',
    size: 1,
    statementTimeoutMs: 60_000,
    // As the API's pool has it.
    session: { work_mem: '32MB' },
  })
  try {
    await fill(database, url.href, orders)
    const started = performance.now()
    const cpuBefore = await cpuMs(database)
    await foldAll(database)
    await database.execute('vacuum (analyze) stats_rollup')
    const seconds = (performance.now() - started) / 1000
    const cpuUs = (((await cpuMs(database)) - cpuBefore) * 1000) / orders
    say({ orders, fold_seconds: round(seconds), fold_cpu_us_per_order: round(cpuUs) })
    await sizes(database, orders)
    for (const groupBy of GROUPINGS) {
      for (const days of groupBy === 'hour' ? [7, 90] : [30.4, 90, 400])
        await time(database, orders, groupBy, days)
    }
    await recount(database, orders)
  } finally {
    await database.close()
    await administrate(address ?? '', `drop database ${name} with (force)`)
  }
}

async function fill(database: Database, url: string, orders: number): Promise<void> {
  await migrate(database)
  for (let ago = 0; ago <= DAYS + 31; ago += 28) {
    await ensurePartitions(database, new Date(now - ago * DAY_MS))
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const [messages] = TABLES
  if (messages !== undefined) {
    const span = { orders, from: now - DAYS * DAY_MS, to: now, suppliers: 20_000 }
    await copyIn(client, messages.table, chunksOf(messages, span))
  }
  await client.query('vacuum (analyze)')
  await client.end()
}

async function sizes(database: Database, orders: number): Promise<void> {
  const [row] = await database.query<{ rows: string; rollup: string; messages: string }>(
    `select (select count(*) from stats_rollup) as rows, pg_total_relation_size('stats_rollup') as rollup,
       (select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'whatsapp_messages'::regclass) as messages`,
  )
  const mib = (bytes: string | undefined) => round(Number(bytes) / 2 ** 20)
  say({
    orders,
    sums: Number(row?.rows),
    sums_mib: mib(row?.rollup),
    messages_mib: mib(row?.messages),
  })
}

async function time(
  database: Database,
  orders: number,
  groupBy: Grouping,
  days: number,
): Promise<void> {
  const took: number[] = []
  let groups = 0
  const cpuBefore = await cpuMs(database)
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const started = performance.now()
    const question = { range: range(days), groupBy, tenantId: null, limit: 1000 }
    const counted = await countMessages(database, {
      ...question,
      limit: groupBy === 'hour' ? 1e6 : 1000,
    })
    groups = counted.groups.map(({ metrics }) => summarise(metrics, card)).length
    took.push(performance.now() - started)
  }
  const cpu = round(((await cpuMs(database)) - cpuBefore) / ROUNDS)
  took.sort((a, b) => a - b)
  const at = (share: number) => round(took[Math.floor((took.length - 1) * share)] ?? 0)
  say({
    orders,
    group_by: groupBy,
    days,
    groups,
    median_ms: at(0.5),
    p95_ms: at(0.95),
    cpu_ms: cpu,
  })
}

async function recount(database: Database, orders: number): Promise<void> {
  const started = performance.now()
  const [row] = await database.query<{ total: number; read: number; priced: number }>(
    `select count(*)::integer as total, count(*) filter (where status = 'READ')::integer as read,
       count(*) filter (where pricing is not null and delivered_at is not null)::integer as priced from whatsapp_messages`,
  )
  const plainMs = round(performance.now() - started)
  const question = { range: range(400), groupBy: 'none' as const, tenantId: null, limit: 1 }
  const [group] = (await countMessages(database, question)).groups
  const shown = summarise(group?.metrics ?? new Map(), card)
  const same =
    shown.total === row?.total && shown.counts.READ === row.read && shown.billable === row.priced
  say({
    orders,
    recount: same ? 'equal' : 'DIFFERENT',
    plain_recount_ms: plainMs,
    cost: shown.cost,
  })
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Of this process and of the server's one, in ms: what a busy machine does not change much. */
async function cpuMs(database: Database): Promise<number> {
  const [row] = await database.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { user, system } = process.cpuUsage()
  const ticks = readFileSync(`/proc/${String(row?.pid)}/stat`, 'utf8')
    .split(') ')[1]
    ?.split(' ')
  return (user + system) / 1000 + (Number(ticks?.[11]) + Number(ticks?.[12])) * 10
}
