/** Aviso as it is delivered: `aviso serve` from dist/, in one process or several. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { APP_SECRET, BUSINESS_ACCOUNT_ID, PHONE_NUMBER_ID } from '../load/orders.ts'
import { ROOT } from '../services/child.ts'
import { findFreePort } from '../services/free-port.ts'
import type { Postgres } from '../services/postgres.ts'
import type { Contestant, Stage, Tables } from './contestant.ts'
import { logFile, startProcesses } from './processes.ts'

export const MIGRATED = 'aviso_bench_migrated'

export interface AvisoOptions {
  name?: string
  processes?: number
  /** Settings that differ from the defaults. */
  env?: Record<string, string>
  template?: string
  /** Where the CPU profile goes. */
  profileFile?: string
}

export function aviso(options: AvisoOptions = {}): Contestant {
  const { name = 'aviso', processes = 1, env = {}, template = MIGRATED, profileFile } = options
  return {
    name,
    template,
    declaresQueue: true,
    async start(stage) {
      const ports = await Promise.all(Array.from({ length: processes }, findFreePort))
      const specs = ports.map((port, index) => ({
        file: 'bin/aviso.js',
        args: ['serve'],
        execArgv: [],
        port,
        log: logFile(stage.logDirectory, `${name}-${index}`),
        env: {
          ...environmentOf(stage, port),
          ...env,
          ...(profileFile !== undefined && index === 0 && { AVISO_BENCH_PROFILE: profileFile }),
        },
      }))
      return startProcesses(specs, '/readyz')
    },
    readTables,
    acceptDelays,
  }
}

/** Defaults everywhere but for what the figures ask for: no rate limit of our own. */
function environmentOf(stage: Stage, port: number): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: stage.databaseUrl,
    RABBITMQ_URL: stage.rabbitmqUrl,
    WHATSAPP_GRAPH_URL: stage.graphUrl,
    WHATSAPP_ACCESS_TOKEN: 'benchmark-token',
    WHATSAPP_PHONE_NUMBER_ID: PHONE_NUMBER_ID,
    WHATSAPP_BUSINESS_ACCOUNT_ID: BUSINESS_ACCOUNT_ID,
    WHATSAPP_APP_SECRET: APP_SECRET,
    WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'benchmark',
    AVISO_MAX_MPS: '0',
    AVISO_ADMIN_KEY: ADMIN_KEY,
    AVISO_METRICS_PORT: '0',
    HOST: '127.0.0.1',
    PORT: String(port),
  }
}

export const ADMIN_KEY = `bench_${randomBytes(24).toString('hex')}`

/** An empty database with all migrations, that rounds copy. */
export async function makeMigrated(postgres: Postgres): Promise<void> {
  await postgres.makeDatabase(MIGRATED)
  runAviso(['migrate'], postgres.urlOf(MIGRATED))
  // Else the server does it by itself, in the middle of a round.
  const client = new pg.Client({ connectionString: postgres.urlOf(MIGRATED) })
  await client.connect()
  try {
    await client.query('vacuum (analyze)')
  } finally {
    await client.end()
  }
}

export function runAviso(args: string[], databaseUrl: string): void {
  const result = spawnSync(process.execPath, ['bin/aviso.js', ...args], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: databaseUrl },
    encoding: 'utf8',
  })
  if (result.status !== 0) throw new Error(`aviso ${args.join(' ')}: ${result.stderr}`)
}

/** The bench's orders are those with its numbers; a history of other orders beside them does not count. */
const OURS = `po_number >= 'PO-2026-' || lpad($1::text, 8, '0') and po_number < 'PO-2026-A'`

async function readTables(client: pg.Client, ordersFrom: number): Promise<Tables> {
  const one = async (sql: string): Promise<Record<string, number>> => {
    const values = sql.includes('$1') ? [ordersFrom] : []
    const { rows } = await client.query<Record<string, string>>(sql, values)
    return Object.fromEntries(
      Object.entries(rows[0] ?? {}).map(([column, value]) => [column, Number(value)]),
    )
  }
  const messages = await one(
    `select count(*) as orders,
       count(*) filter (where state = 'read' and accepted_at is not null and sent_at is not null
         and delivered_at is not null and read_at is not null and not duplicate_sent) as complete,
       count(distinct whatsapp_message_id) as wamids, count(distinct po_number) as numbers,
       count(*) filter (where fence <> 1) as attempted_again,
       coalesce(sum((select count(*) from whatsapp_attempts a
         where a.message_id = m.id and a.outcome = 'accepted' and a.wamid = m.whatsapp_message_id)), 0) as accepted,
       coalesce(sum((select count(*) from whatsapp_facts f where f.message_id = m.id)), 0) as facts
     from whatsapp_messages m where ${OURS}`,
  )
  const others = await one(
    `select (select count(*) from rejected_events) as rejected, (select count(*) from orphan_statuses) as orphans`,
  )
  const updates = await one(
    `select coalesce(sum(n_tup_upd), 0) as all, coalesce(sum(n_tup_hot_upd), 0) as hot
     from pg_stat_user_tables where relname like 'whatsapp_messages%'`,
  )
  const { orders = 0, complete = 0 } = messages
  const expected = {
    'orders read with all times': [complete, orders],
    'ids of Meta': [messages['wamids'], orders],
    'order numbers': [messages['numbers'], orders],
    'accepted attempts': [messages['accepted'], orders],
    'facts of webhooks': [messages['facts'], orders * 3],
    'orders attempted again': [messages['attempted_again'], 0],
    'rejected events': [others['rejected'], 0],
    'orphan statuses': [others['orphans'], 0],
  }
  const wrong = Object.entries(expected)
    .filter(([, [is, should]]) => is !== should)
    .map(([what, [is, should]]) => `${what}: ${String(is)} instead of ${String(should)}`)
  return {
    orders,
    complete,
    wrong,
    updates: { all: updates['all'] ?? 0, hot: updates['hot'] ?? 0 },
  }
}

/** The event's timestamp is its due time; the attempt's row is last written by the acceptance. */
async function acceptDelays(client: pg.Client, ordersFrom: number): Promise<number[]> {
  const { rows: setting } = await client.query<{ on: boolean }>(
    `select current_setting('track_commit_timestamp') = 'on' as on`,
  )
  const moment = setting[0]?.on === true ? 'pg_xact_commit_timestamp(a.xmin)' : 'a.ended_at'
  const { rows } = await client.query<{ ms: number }>(
    `select (extract(epoch from ${moment} - (m.metadata ->> 'offered_at')::timestamptz) * 1000)::float8 as ms
     from whatsapp_messages m join whatsapp_attempts a on a.message_id = m.id
     where ${OURS} order by 1`,
    [ordersFrom],
  )
  return rows.map(({ ms }) => ms)
}
