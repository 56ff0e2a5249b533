/**
 * The first version that one would write: one order at a time, one statement a step, global fetch, a
 * SELECT and an UPDATE for each status. Fair in all else: sockets stay open, indexes fit, ten connections.
 */

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import fastify from 'fastify'
import pg from 'pg'
import { Connection } from 'rabbitmq-client'
import { APP_SECRET, PHONE_NUMBER_ID } from '../load/orders.ts'
import { RANKS, createTable, sendBody } from './plain-orders.ts'
import type { PlainEvent, PlainSettings } from './plain-orders.ts'

interface Webhook {
  entry: {
    changes: {
      value: { statuses?: { id: string; status: string; timestamp: string }[] }
    }[]
  }[]
}

const settings = JSON.parse(process.argv[2] ?? '{}') as PlainSettings
const pool = new pg.Pool({ connectionString: settings.databaseUrl, max: 10 })
await pool.query(createTable('', 'create index on orders (status, created_at);'))

const connection = new Connection({ url: settings.rabbitmqUrl, noDelay: true })
connection.on('error', (error: unknown) => console.error(error))
const consumer = connection.createConsumer(
  {
    queue: settings.queue,
    queueOptions: { passive: true },
    qos: { prefetchCount: 1 },
    concurrency: 1,
  },
  async (message) => {
    await handleEvent(message.body as PlainEvent)
  },
)
consumer.on('error', (error: unknown) => console.error(error))

async function handleEvent(event: PlainEvent): Promise<void> {
  const id = randomUUID()
  const { rowCount } = await pool.query({
    name: 'insert',
    text: `insert into orders (id, tenant_id, event_id, recipient, template, payload)
      values ($1, $2, $3, $4, 'po_notification', $5) on conflict (event_id) do nothing`,
    values: [id, event.tenant_id, event.event_id, event.data.supplier_phone, event.data],
  })
  if (rowCount === 0) return
  const response = await fetch(`${settings.graphUrl}/v25.0/${PHONE_NUMBER_ID}/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer benchmark-token', 'content-type': 'application/json' },
    body: sendBody(event, id),
  })
  const answer = (await response.json()) as { messages: { id: string }[] }
  await pool.query({
    name: 'accepted',
    text: `update orders set status = greatest(status, 1), attempts = 1, wamid = $2, response = $3,
      accepted_at = now(), updated_at = now() where id = $1`,
    values: [id, answer.messages[0]?.id, answer],
  })
}

async function applyStatus(wamid: string, status: string, at: Date): Promise<void> {
  const { rows } = await pool.query<{ id: string; status: number }>({
    name: 'find',
    text: 'select id, status from orders where wamid = $1',
    values: [wamid],
  })
  const [row] = rows
  if (row === undefined) throw new Error('not known yet; Meta sends it again')
  const column = `${status}_at`
  await pool.query({
    name: status,
    text: `update orders set status = greatest(status, $2), ${column} = coalesce(${column}, $3),
      updated_at = now() where id = $1`,
    values: [row.id, RANKS[status] ?? 0, at],
  })
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
        await applyStatus(id, status, new Date(Number(timestamp) * 1000))
      }
    }
  }
  return reply.code(200).send()
})
await app.listen({ host: '127.0.0.1', port: settings.port })

process.once('SIGTERM', () => {
  void (async () => {
    await consumer.close()
    await connection.close()
    await app.close()
    await pool.end()
    process.exit(0)
  })()
})
