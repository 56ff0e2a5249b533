/** The API's reads on ten thousand and on five million orders, in turns, on two idle services. */

import { Pool } from 'undici'
import { ADMIN_KEY, aviso } from '../contestants/aviso.ts'
import type { Running } from '../contestants/contestant.ts'
import type { OtherLine, OtherOptions } from '../figure.ts'
import { LARGE, SMALL, migrateHistory } from '../history/make-history.ts'
import { percentile, round } from '../measure/summary.ts'
import type { Bench } from '../rounds/bench.ts'

const TURNS = 100
const WARM_UP = 10
const WORKING_DATABASE = 'aviso_bench_round'

/** Behind the service's address; `{number}` is an order number and `{id}` a message of the database. */
const READS: Record<string, string> = {
  list: 'messages?limit=50',
  by_number: 'messages?po_number={number}',
  by_recipient: 'messages?recipient_phone=%2B34910000007&limit=50',
  failed: 'messages?status=FAILED&limit=50',
  unconfirmed: 'messages?state=unconfirmed&limit=50',
  pending: 'messages?status=PENDING&limit=50',
  search: 'messages?q=Suministros%207%20S&limit=50',
  search_many: 'messages?q=Suministros%201&limit=50',
  message: 'messages/{id}',
  health: 'health',
  stats: 'stats',
  stats_by_day: 'stats?group_by=day',
  stats_by_supplier: 'stats?group_by=supplier&limit=20',
}

interface Service {
  running: Running
  pool: Pool
  number: string
  id: string
}

export async function runReads(bench: Bench, { rounds }: OtherOptions): Promise<OtherLine> {
  migrateHistory(bench.postgres, SMALL)
  migrateHistory(bench.postgres, LARGE)
  await bench.postgres.makeDatabase(WORKING_DATABASE, SMALL.database)
  const small = await open(bench, WORKING_DATABASE, 'aviso-reads-small', SMALL.orders)
  const large = await open(bench, LARGE.database, 'aviso-reads-large', LARGE.orders)
  const values: Record<string, unknown> = {}
  const medians: OtherLine['medians'] = {}
  let worst = 0
  try {
    for (const [name, read] of Object.entries(READS)) {
      const times = { small: [] as number[], large: [] as number[] }
      let answered = true
      for (let turn = 0; turn < WARM_UP + TURNS * rounds && answered; turn += 1) {
        const [one, other] = [await timed(small, read), await timed(large, read)]
        answered = one !== null && other !== null
        if (one === null || other === null || turn < WARM_UP) continue
        times.small.push(one)
        times.large.push(other)
      }
      if (!answered) {
        values[name] = 'not answered with 200'
        continue
      }
      const [few, many] = [middle(times.small), middle(times.large)]
      worst = Math.max(worst, many / few)
      values[name] = { ms_10k: round(few), ms_5m: round(many), ratio: round(many / few) }
    }
  } finally {
    for (const { running, pool } of [small, large]) {
      await pool.close()
      await running.stop()
    }
  }
  medians['worst ratio'] = { median: round(worst), min: round(worst), max: round(worst) }
  return { rounds, values, medians, verified: true, wrong: [] }
}

async function open(
  bench: Bench,
  database: string,
  name: string,
  orders: number,
): Promise<Service> {
  const running = await aviso({ name }).start({
    databaseUrl: bench.postgres.urlOf(database),
    rabbitmqUrl: bench.rabbitmq.url,
    // Nothing is sent.
    graphUrl: 'http://127.0.0.1:9',
    logDirectory: bench.logDirectory,
  })
  const address = new URL(running.webhookUrls[0] ?? '')
  const pool = new Pool(address.origin, { connections: 1 })
  const number = `PO-2025-${String(Math.floor(orders / 2)).padStart(8, '0')}`
  const service = { running, pool, number, id: '' }
  const answer = await get(service, READS['by_number'] ?? '')
  const found = JSON.parse(answer.text) as { data: { id: string }[] }
  return { ...service, id: found.data[0]?.id ?? '' }
}

async function timed(service: Service, read: string): Promise<number | null> {
  const started = performance.now()
  const { status } = await get(service, read)
  return status === 200 ? performance.now() - started : null
}

async function get(service: Service, read: string): Promise<{ status: number; text: string }> {
  const path = read.replace('{number}', service.number).replace('{id}', service.id)
  const { statusCode, body } = await service.pool.request({
    method: 'GET',
    path: `/api/v1/whatsapp/${path}`,
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  })
  return { status: statusCode, text: await body.text() }
}

function middle(times: number[]): number {
  return percentile(
    times.sort((a, b) => a - b),
    0.5,
  )
}
