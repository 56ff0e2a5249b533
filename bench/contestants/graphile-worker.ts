/**
 * The same job on a PostgreSQL job queue, as its manual advises for speed: events taken in batches, a row
 * and a job each in one transaction; a task that sends and records; webhooks by one UPDATE each.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import fastify from 'fastify'
import { run, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { Connection } from 'rabbitmq-client'
import { Pool } from 'undici'
import { createId } from '../../src/lib/uuid-v7.ts'
import { APP_SECRET, PHONE_NUMBER_ID } from '../load/orders.ts'
import { RANKS, createTable, sendBody } from './plain-orders.ts'
import type { PlainEvent, PlainSettings } from './plain-orders.ts'

interface Webhook {
  entry: {
    changes: { value: { statuses?: { id: string; status: string; timestamp: string }[] } }[]
  }[]
}

const PREFETCH = 1000
const MAX_BATCH = 200
const GATHER_MS = 5
const SENDS_AT_ONCE = 64

const settings = JSON.parse(process.argv[2] ?? '{}') as PlainSettings
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 20 })
await runMigrations({ pgPool: pool })
await pool.query(createTable(' with (fillfactor = 50)', ''))
const meta = new Pool(settings.graphUrl, { connections: SENDS_AT_ONCE, pipelining: 1 })

const runner = await run({
  pgPool: pool,
  noHandleSignals: true,
  preset: {
    worker: {
      concurrentJobs: SENDS_AT_ONCE,
      pollInterval: 500,
      localQueue: { size: 500 },
      completeJobBatchDelay: 10,
    },
  },
  taskList: {
    async send(payload) {
      const { id, event } = payload as { id: string; event: PlainEvent }
      const { body } = await meta.request({
        method: 'POST',
        path: `/v25.0/${PHONE_NUMBER_ID}/messages`,
        headers: { authorization: 'Bearer benchmark-token', 'content-type': 'application/json' },
        body: sendBody(event, id),
      })
      const answer = (await body.json()) as { messages: { id: string }[] }
      await pool.query({
        name: 'accepted',
        text: `update orders set status = greatest(status, 1), attempts = 1, wamid = $2, response = $3,
          accepted_at = now(), updated_at = now() where id = $1`,
        values: [id, answer.messages[0]?.id, answer],
      })
    },
  },
})

let waiting: { event: PlainEvent; tag: number }[] = []
let busy = false

async function takeBatch(): Promise<void> {
  busy = true
  while (waiting.length > 0) {
    const batch = waiting.slice(0, MAX_BATCH)
    waiting = waiting.slice(MAX_BATCH)
    const rows = batch.map(({ event }) => ({ id: createId(), event }))
    await pool.query({
      name: 'insert',
      text: `
with i as (select * from json_to_recordset($1::json) as i(id uuid, event jsonb)), o as (
  insert into orders (id, tenant_id, event_id, recipient, template, payload)
  select id, (event ->> 'tenant_id')::uuid, event ->> 'event_id', event -> 'data' ->> 'supplier_phone',
    'po_notification', event -> 'data' from i
  on conflict (event_id) do nothing returning id
)
select count(*) from graphile_worker.add_jobs((
  select coalesce(array_agg(('send', json_build_object('id', i.id, 'event', i.event), null, null, null, null, null, null)::graphile_worker.job_spec), '{}')
  from i join o using (id)))`,
      values: [JSON.stringify(rows)],
    })
    channel.basicAck({ deliveryTag: batch.at(-1)?.tag ?? 0, multiple: true })
  }
  busy = false
}

const app = fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.get('/readyz', () => ({ status: 'ok' }))
app.post(settings.webhookPath, async (request, reply) => {
  const raw = request.body as Buffer
  const expected = `sha256=${createHmac('sha256', APP_SECRET).update(raw).digest('hex')}`
  const given = String(request.headers['x-hub-signature-256'])
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return reply.code(401).send()
  const { entry } = JSON.parse(raw.toString('utf8')) as Webhook
  for (const { changes } of entry) {
    for (const { value } of changes) {
      for (const { id, status, timestamp } of value.statuses ?? []) {
        const { rowCount } = await pool.query({
          name: status,
          text: `update orders set status = greatest(status, $2), ${status}_at = coalesce(${status}_at, $3),
            updated_at = now() where wamid = $1`,
          values: [id, RANKS[status] ?? 0, new Date(Number(timestamp) * 1000)],
        })
        if (rowCount === 0) return reply.code(503).send()
      }
    }
  }
  return reply.code(200).send()
})
await app.listen({ host: '127.0.0.1', port: settings.port })

const connection = new Connection({ url: settings.rabbitmqUrl, noDelay: true })
connection.on('error', (error: unknown) => console.error(error))
const channel = await connection.acquire()
await channel.basicQos({ prefetchCount: PREFETCH })
await channel.basicConsume({ queue: settings.queue }, ({ body, deliveryTag }) => {
  waiting.push({ event: body as PlainEvent, tag: deliveryTag })
  if (!busy && waiting.length === 1) setTimeout(() => void takeBatch(), GATHER_MS)
})

process.once('SIGTERM', () => {
  void (async () => {
    await channel.close()
    await connection.close()
    await runner.stop()
    await app.close()
    await meta.close()
    await pool.end()
    process.exit(0)
  })()
})
