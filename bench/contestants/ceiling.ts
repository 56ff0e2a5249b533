/**
 * What the same way costs without guarantees: batches everywhere, but no intent before a send, no facts,
 * no raw bodies, no attempts, no validation, no limits. A crash loses orders here and sends others twice.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import pg from 'pg'
import { Connection } from 'rabbitmq-client'
import type { Channel } from 'rabbitmq-client'
import { Pool } from 'undici'
import { createId } from '../../src/lib/uuid-v7.ts'
import { APP_SECRET, PHONE_NUMBER_ID } from '../load/orders.ts'
import { RANKS, createTable, sendBody } from './plain-orders.ts'
import type { PlainEvent, PlainSettings } from './plain-orders.ts'

interface Webhook {
  entry: { changes: { value: { statuses?: Status[] } }[] }[]
}
interface Status {
  id: string
  status: string
  timestamp: string
}
interface Change {
  wamid: string
  rank: number
  sent_at: string | null
  delivered_at: string | null
  read_at: string | null
}

const MAX_BATCH = 500
const LINGER_MS = 2
const PREFETCH = 1000
const SENDS_AT_ONCE = 64
/** A webhook may overtake the commit of the answer to its send. */
const LOOK_AGAIN_MS = 10

const settings = JSON.parse(process.argv[2] ?? '{}') as PlainSettings
const database = new pg.Pool({ connectionString: settings.databaseUrl, max: 3 })
await database.query(
  createTable(
    ' with (fillfactor = 50)',
    'create index on orders (created_at) where wamid is null;',
  ),
)
const meta = new Pool(settings.graphUrl, { connections: SENDS_AT_ONCE, pipelining: 1 })

/** One batch at a time; the next gathers meanwhile. */
function batch<Item>(run: (items: Item[]) => Promise<void>): (item: Item) => void {
  let waiting: Item[] = []
  let busy = false
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    const items = waiting.slice(0, MAX_BATCH)
    waiting = waiting.slice(MAX_BATCH)
    busy = true
    void run(items).then(() => {
      busy = false
      if (waiting.length > 0) flush()
    })
  }
  return (item) => {
    waiting.push(item)
    if (busy) return
    if (waiting.length >= MAX_BATCH) {
      clearTimeout(timer)
      flush()
    } else timer ??= setTimeout(flush, LINGER_MS)
  }
}

const received = batch<{ event: PlainEvent; tag: number }>(async (items) => {
  const rows = items.map(({ event }) => ({
    id: createId(),
    tenant_id: event.tenant_id,
    event_id: event.event_id,
    recipient: event.data.supplier_phone,
    payload: event.data,
  }))
  const inserted = await database.query<{ id: string }>({
    name: 'insert',
    text: `insert into orders (id, tenant_id, event_id, recipient, template, payload)
      select id, tenant_id, event_id, recipient, 'po_notification', payload
      from json_to_recordset($1::json) as i(id uuid, tenant_id uuid, event_id text, recipient text, payload jsonb)
      on conflict (event_id) do nothing returning id`,
    values: [JSON.stringify(rows)],
  })
  channel?.basicAck({ deliveryTag: items.at(-1)?.tag ?? 0, multiple: true })
  const events = new Map(rows.map(({ id }, index) => [id, items[index]?.event]))
  for (const { id } of inserted.rows) {
    const event = events.get(id)
    if (event !== undefined) toSend.push({ id, event })
  }
  sendNext()
})

const toSend: { id: string; event: PlainEvent }[] = []
let sending = 0
let nextToSend = 0

function sendNext(): void {
  while (sending < SENDS_AT_ONCE) {
    const order = toSend[nextToSend]
    if (order === undefined) {
      toSend.length = nextToSend = 0
      return
    }
    nextToSend += 1
    sending += 1
    void send(order.id, order.event).then(() => {
      sending -= 1
      sendNext()
    })
  }
}

const SEND_HEADERS = {
  authorization: 'Bearer benchmark-token',
  'content-type': 'application/json',
  accept: 'application/json',
}

async function send(id: string, event: PlainEvent): Promise<void> {
  const { body } = await meta.request({
    method: 'POST',
    path: `/v25.0/${PHONE_NUMBER_ID}/messages`,
    headers: SEND_HEADERS,
    body: sendBody(event, id),
  })
  const response = (await body.json()) as { messages: { id: string }[] }
  accepted({ id, wamid: response.messages[0]?.id ?? '' })
}

const accepted = batch<{ id: string; wamid: string }>(async (items) => {
  await database.query({
    name: 'accepted',
    text: `update orders o set status = 1, attempts = 1, wamid = i.wamid, accepted_at = clock_timestamp(),
        updated_at = clock_timestamp()
      from unnest($1::uuid[], $2::text[]) as i(id, wamid) where o.id = i.id and o.status = 0`,
    values: [items.map(({ id }) => id), items.map(({ wamid }) => wamid)],
  })
})

const webhooks = batch<{ statuses: Status[]; response: ServerResponse }>(async (items) => {
  const unmatched = await apply(items.flatMap(({ statuses }) => statuses))
  for (const { statuses, response } of items) {
    const again = statuses.filter(({ id }) => unmatched.has(id))
    if (again.length === 0) response.writeHead(200, { 'content-length': 0 }).end()
    else setTimeout(() => webhooks({ statuses: again, response }), LOOK_AGAIN_MS)
  }
})

/** @returns ids that no row has yet */
async function apply(statuses: readonly Status[]): Promise<Set<string>> {
  const changes = new Map<string, Change>()
  for (const { id, status, timestamp } of statuses) {
    const change = changes.get(id) ?? {
      wamid: id,
      rank: 0,
      sent_at: null,
      delivered_at: null,
      read_at: null,
    }
    change.rank = Math.max(change.rank, RANKS[status] ?? 0)
    const at = new Date(Number(timestamp) * 1000).toISOString()
    if (status === 'sent') change.sent_at = at
    else if (status === 'delivered') change.delivered_at = at
    else change.read_at = at
    changes.set(id, change)
  }
  const sorted = [...changes.values()].sort((a, b) => (a.wamid < b.wamid ? -1 : 1))
  const { rows } = await database.query<{ wamid: string }>({
    name: 'apply',
    text: `update orders o set status = greatest(o.status, i.rank),
        sent_at = coalesce(o.sent_at, i.sent_at), delivered_at = coalesce(o.delivered_at, i.delivered_at),
        read_at = coalesce(o.read_at, i.read_at), updated_at = clock_timestamp()
      from json_to_recordset($1::json)
        as i(wamid text, rank smallint, sent_at timestamptz, delivered_at timestamptz, read_at timestamptz)
      where o.wamid = i.wamid returning o.wamid`,
    values: [JSON.stringify(sorted)],
  })
  const unmatched = new Set(changes.keys())
  for (const { wamid } of rows) unmatched.delete(wamid)
  return unmatched
}

function receiveWebhook(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const raw = Buffer.concat(chunks)
    const expected = `sha256=${createHmac('sha256', APP_SECRET).update(raw).digest('hex')}`
    const given = String(request.headers['x-hub-signature-256'])
    if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) {
      response.writeHead(401).end()
      return
    }
    const { entry } = JSON.parse(raw.toString('utf8')) as Webhook
    const statuses = entry.flatMap(({ changes }) =>
      changes.flatMap(({ value }) => value.statuses ?? []),
    )
    webhooks({ statuses, response })
  })
}

const server = createServer((request, response) => {
  if (request.method === 'POST') receiveWebhook(request, response)
  else response.writeHead(200).end('ok')
})
await new Promise<void>((resolve) => server.listen(settings.port, '127.0.0.1', resolve))

const broker = new Connection({ url: settings.rabbitmqUrl, noDelay: true })
broker.on('error', (error: unknown) => console.error(error))
const channel: Channel | undefined = await broker.acquire()
await channel.basicQos({ prefetchCount: PREFETCH })
await channel.basicConsume({ queue: settings.queue }, ({ body, deliveryTag }) => {
  received({ event: body as PlainEvent, tag: deliveryTag })
})

process.once('SIGTERM', () => {
  void (async () => {
    await channel.close()
    await broker.close()
    server.closeAllConnections()
    await meta.close()
    await database.end()
    process.exit(0)
  })()
})
