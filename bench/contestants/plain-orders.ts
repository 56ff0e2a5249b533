/** What the contestants that are not Aviso share: one table, the send's body, and how they are started. */

import type pg from 'pg'
import { QUEUE, WEBHOOK_PATH } from '../load/orders.ts'
import { findFreePort } from '../services/free-port.ts'
import type { Contestant, Tables } from './contestant.ts'
import { logFile, startProcesses } from './processes.ts'

/** Given to the process as its only argument. */
export interface PlainSettings {
  databaseUrl: string
  rabbitmqUrl: string
  graphUrl: string
  port: number
  queue: string
  webhookPath: string
}

/** An order as the contestants read it; only what they use. */
export interface PlainEvent {
  event_id: string
  tenant_id: string
  data: {
    po_number: string
    supplier_name: string
    supplier_phone: string
    total_amount: string
    language: string
  }
}

/** In rank order: a webhook raises the status, never lowers it. */
export const RANKS: Record<string, number> = { sent: 2, delivered: 3, read: 4 }

/** @param name of the file beside this one */
export function plainContestant(name: string): Contestant {
  return {
    name,
    declaresQueue: false,
    async start(stage) {
      const port = await findFreePort()
      const { databaseUrl, rabbitmqUrl, graphUrl } = stage
      const settings: PlainSettings = {
        databaseUrl,
        rabbitmqUrl,
        graphUrl,
        port,
        queue: QUEUE,
        webhookPath: WEBHOOK_PATH,
      }
      return startProcesses(
        [
          {
            file: `bench/contestants/${name}.ts`,
            args: [JSON.stringify(settings)],
            execArgv: ['--import', 'tsx'],
            // graphile-worker would say each success in a line of its own.
            env: { NODE_ENV: 'production', NO_LOG_SUCCESS: '1' },
            port,
            log: logFile(stage.logDirectory, name),
          },
        ],
        '/readyz',
      )
    },
    readTables,
  }
}

/** @param extra what the contestant wants besides: storage parameters and indexes */
export function createTable(storage: string, extra: string): string {
  return `
create table orders (
  id uuid primary key,
  tenant_id uuid not null,
  event_id text not null unique,
  recipient text not null,
  template text not null,
  status smallint not null default 0,
  attempts smallint not null default 0,
  wamid text,
  payload jsonb not null,
  response jsonb,
  created_at timestamptz not null default now(),
  accepted_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  updated_at timestamptz not null default now()
)${storage};
create index on orders (tenant_id, created_at);
create unique index on orders (wamid) where wamid is not null;
${extra}`
}

/** The body of the send call, as Aviso makes it. */
export function sendBody(event: Pick<PlainEvent, 'data'>, callbackData: string): string {
  const { supplier_name, po_number, total_amount, language, supplier_phone } = event.data
  return JSON.stringify({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: supplier_phone,
    type: 'template',
    template: {
      name: 'po_notification',
      language: { code: language },
      components: [
        {
          type: 'body',
          parameters: [supplier_name, po_number, `${total_amount} €`].map((text) => ({
            type: 'text',
            text,
          })),
        },
      ],
    },
    biz_opaque_callback_data: callbackData,
  })
}

async function readTables(client: pg.Client): Promise<Tables> {
  const { rows } = await client.query<Record<string, string>>(
    `select count(*) as orders, count(distinct wamid) as wamids,
       count(*) filter (where status = 4 and accepted_at is not null and sent_at is not null
         and delivered_at is not null and read_at is not null) as complete,
       (select coalesce(sum(n_tup_upd), 0) from pg_stat_user_tables where relname = 'orders') as updates,
       (select coalesce(sum(n_tup_hot_upd), 0) from pg_stat_user_tables where relname = 'orders') as hot
     from orders`,
  )
  const read = (column: string) => Number(rows[0]?.[column] ?? 0)
  const orders = read('orders')
  const wamids = read('wamids')
  return {
    orders,
    complete: read('complete'),
    wrong: wamids === orders ? [] : [`ids of Meta: ${wamids} instead of ${orders}`],
    updates: { all: read('updates'), hot: read('hot') },
  }
}
