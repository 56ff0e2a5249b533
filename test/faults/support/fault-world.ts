import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { expect } from 'vitest'
import { signBody } from '../../../src/cloud-api/signature.ts'
import { isDatabaseAway } from '../../../src/db/database-error.ts'
import type { EmulatorOptions } from '../../../src/emulator/options.ts'
import { findFreePort } from '../../support/free-port.ts'
import { openTcpProxy, through } from '../../support/tcp-proxy.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'
import { ADMIN_KEY, CREDENTIALS } from '../../support/test-config.ts'
import { webhookBody } from '../../simulation/meta-answers.ts'
import { check, idIn, reportLine } from './check.ts'
import type { Report } from './check.ts'
import { startEmulator } from './emulator-process.ts'
import type { EmulatorProcess } from './emulator-process.ts'
import type { EventMix } from './event-mix.ts'
import { openLoad } from './load.ts'
import type { Load } from './load.ts'
import { startObserver } from './observer.ts'
import { openQueueControl } from './queue-control.ts'
import type { QueueControl } from './queue-control.ts'
import { startService } from './service-process.ts'
import type { ServiceOptions, ServiceProcess } from './service-process.ts'

export interface FaultWorldOptions {
  /** An empty database. */
  databaseUrl: string
  rabbitmqUrl: string
  seed: number
  /** Settings of every process, beside those of the world. */
  environment?: Record<string, string>
  emulator?: Partial<EmulatorOptions>
  /** `odd` by default. */
  mix?: EventMix
  /** What services reach by way of a proxy. */
  proxied?: readonly ('postgres' | 'rabbitmq' | 'meta')[]
}

export type StartOptions = Pick<
  ServiceOptions,
  'roles' | 'failpoints' | 'nodeOptions' | 'wrapper'
> & {
  environment?: Record<string, string>
  /** Where it writes, instead of a file that the checker reads. */
  log?: string
}

/** Real processes over real servers: service processes that may die, Meta, an ERP, an onlooker. */
export interface FaultWorld {
  readonly emulator: EmulatorProcess
  /** Without a proxy. */
  readonly databaseUrl: string
  /** Of whichever process is there. */
  readonly url: string
  readonly load: Load
  readonly queue: QueueControl
  readonly topology: { exchange: string; routingKey: string; queue: string }
  readonly proxies: Readonly<Record<'postgres' | 'rabbitmq' | 'meta', TcpProxy | undefined>>
  /** A process of this name, whose port it keeps from life to life; resolves when it is ready. */
  start(name: string, options?: StartOptions): Promise<ServiceProcess>
  /** The same, without waiting. */
  launch(name: string, options?: StartOptions): Promise<ServiceProcess>
  /** Ends it in good order. */
  stop(name: string): Promise<void>
  /** Past the services, and through a restart of the server. */
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>
  /** The API of whichever process is there, as an administrator. */
  call(path: string, options?: RequestInit): Promise<Response>
  /** Posts a signed webhook, as Meta does; resolves with the answer's status. */
  sendWebhook(body: unknown): Promise<number>
  /** A webhook's body around statuses of our number. */
  statusBody(statuses: readonly unknown[]): unknown
  until(what: string, holds: () => Promise<boolean>, withinMs?: number): Promise<void>
  /** Resolves when Meta accepts another message; with how long it took, in ms. */
  untilSending(): Promise<number>
  states(): Promise<Record<string, number>>
  /** Ids of messages. */
  inState(...states: string[]): Promise<string[]>
  /** Makes silence evidence: as if Meta had spoken of a time a minute later than any send so far. */
  letWebhooksFlow(): Promise<void>
  /** Everything that a process of this name has written. */
  logOf(name: string): Promise<string>
  /** Resolves when every event is taken, every send decided, every webhook delivered. */
  atRest(withinMs?: number): Promise<void>
  /** At rest: compares, prints the line, and fails on whatever breaks a promise. */
  expectSound(name: string): Promise<Report>
  close(): Promise<void>
}

/** Short ones, so that nothing waits for a default: no doubt lasts longer than a few seconds. */
const SETTINGS = {
  AVISO_SEND_TIMEOUT_MS: '900',
  AVISO_LEASE_SECONDS: '3',
  AVISO_SWEEP_SECONDS: '1',
  AVISO_DOUBT_WINDOW_SECONDS: '2',
  AVISO_CONNECTIONS: '16',
  AVISO_MAX_MPS: '0',
  AVISO_METRICS_PORT: '0',
  AVISO_ADMIN_KEY: ADMIN_KEY,
  LOG_LEVEL: 'info',
  WHATSAPP_ACCESS_TOKEN: CREDENTIALS.accessToken,
  WHATSAPP_PHONE_NUMBER_ID: CREDENTIALS.phoneNumberId,
  WHATSAPP_BUSINESS_ACCOUNT_ID: CREDENTIALS.businessAccountId,
  WHATSAPP_APP_SECRET: CREDENTIALS.appSecret,
  WHATSAPP_WEBHOOK_VERIFY_TOKEN: CREDENTIALS.verifyToken,
  WHATSAPP_APP_ID: CREDENTIALS.appId,
}
/** For what a busy machine must not put in doubt: calls may take long, and leases last. */
export const PATIENT = { AVISO_SEND_TIMEOUT_MS: '8000', AVISO_LEASE_SECONDS: '12' }
const EMULATOR = {
  maxMps: 0,
  pairLimit: false,
  statusDelays: { sentMs: 30, deliveredMs: 30, readMs: 30 },
  webhookRetry: { firstMs: 100, factor: 1.5, maxMs: 500 },
}
const WEBHOOK_PATH = '/api/v1/whatsapp/webhook'
const REST_WITHIN_MS = 60_000

export async function openFaultWorld(options: FaultWorldOptions): Promise<FaultWorld> {
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-test-faults-'))
  const run = randomBytes(4).toString('hex')
  const ports = new Map<string, number>()
  const processes = new Map<string, ServiceProcess>()
  /** A process that only sends may be frozen; Meta and the ERP do not call it. */
  const takesHttp = new Set<string>()
  const logs = new Map<string, string>()
  const pool = openPool(options.databaseUrl)
  const front = await openTcpProxy(() =>
    [...ports]
      .filter(([name]) => processes.get(name)?.isRunning === true && takesHttp.has(name))
      .map(([, port]) => port),
  )
  const url = `http://127.0.0.1:${front.port}`
  const emulator = await startEmulator({
    ...CREDENTIALS,
    seed: options.seed,
    ...EMULATOR,
    webhookUrl: url + WEBHOOK_PATH,
    ...options.emulator,
  })
  const addresses = {
    postgres: options.databaseUrl,
    rabbitmq: options.rabbitmqUrl,
    meta: emulator.url,
  }
  const proxies: Record<keyof typeof addresses, TcpProxy | undefined> = {
    postgres: undefined,
    rabbitmq: undefined,
    meta: undefined,
  }
  for (const name of options.proxied ?? []) {
    const port = Number(new URL(addresses[name]).port)
    const proxy = await openTcpProxy(() => [port])
    proxies[name] = proxy
    addresses[name] = through(proxy, addresses[name])
  }
  const topology = { exchange: `events-${run}`, routingKey: 'po.approved', queue: `orders-${run}` }
  const environment = {
    ...SETTINGS,
    DATABASE_URL: addresses.postgres,
    RABBITMQ_URL: addresses.rabbitmq,
    WHATSAPP_GRAPH_URL: addresses.meta.replace(/\/$/, ''),
    AVISO_EVENTS_EXCHANGE: topology.exchange,
    AVISO_EVENTS_QUEUE: topology.queue,
    ...options.environment,
  }
  const states = async () => {
    const rows = await pool.query<{ state: string; count: number }>(
      'select state::text, count(*)::int as count from whatsapp_messages group by 1',
    )
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
  }
  const load = openLoad({
    rabbitmqUrl: options.rabbitmqUrl,
    ...topology,
    serviceUrl: () => url,
    backlog: async () => {
      const { queued = 0, claimed = 0, sending = 0 } = await states()
      return queued + claimed + sending
    },
    run,
    mix: options.mix ?? 'odd',
    seed: options.seed,
  })
  const observer = startObserver(pool.query)
  const queue = openQueueControl(options.rabbitmqUrl, topology)

  const launch: FaultWorld['launch'] = async (name, more = {}) => {
    const port = ports.get(name) ?? (await findFreePort())
    ports.set(name, port)
    const log = more.log ?? logs.get(name) ?? path.join(directory, `${name}.log`)
    if (more.log === undefined) logs.set(name, log)
    if (more.roles?.includes('webhook') ?? true) takesHttp.add(name)
    else takesHttp.delete(name)
    await endOf(processes.get(name))
    const home = path.join(directory, name)
    await mkdir(home, { recursive: true })
    const service = startService({
      ...more,
      log,
      directory: home,
      port,
      environment: { ...environment, ...more.environment },
    })
    processes.set(name, service)
    return service
  }
  const until: FaultWorld['until'] = async (what, holds, withinMs = REST_WITHIN_MS) => {
    const started = performance.now()
    while (!(await holds())) {
      if (performance.now() - started > withinMs)
        throw new Error(`not within ${withinMs} ms: ${what}`)
      await setTimeout(50)
    }
  }
  /** Orders that the service has remembered, or put away unread after they ended it again and again. */
  const countTaken = async (): Promise<number> => {
    const [received] = await pool.query<{ count: number }>(
      'select count(*)::int as count from received_events',
    )
    const unread = await pool.query<{ raw: Buffer }>(
      "select raw from rejected_events where detail like 'the process ended three times%'",
    )
    const ids = new Set(unread.flatMap(({ raw }) => idIn(raw)))
    const orders = [...ids].filter((id) => load.ledger.get(id)?.event.kind === 'order')
    return (received?.count ?? 0) + orders.length
  }
  /** Gives up once nothing has moved for so long: a machine that is busy takes its time, and loses nothing. */
  const untilTaken = async (withinMs: number): Promise<void> => {
    const orders = [...load.ledger.values()].filter(({ event }) => event.kind === 'order')
    const expected = orders.filter(({ isConfirmed }) => isConfirmed).length
    const isOver = async (taken: number) => taken >= expected && (await queue.state()).ready === 0
    let taken = await countTaken()
    while (!(await isOver(taken))) {
      const before = taken
      await until(
        'another event is taken',
        async () => {
          taken = await countTaken()
          return taken > before || isOver(taken)
        },
        withinMs,
      )
    }
  }
  const atRest = async (withinMs = REST_WITHIN_MS): Promise<void> => {
    await load.stop()
    const decided = async () => {
      const { queued = 0, claimed = 0, sending = 0 } = await states()
      return queued + claimed + sending === 0
    }
    // Who lost something stays here until the time is over: what is missing is then told by name.
    await untilTaken(withinMs).catch(() => undefined)
    await until('every send is decided', decided, withinMs).catch(() => undefined)
    await emulator.control('POST', 'settle')
  }

  return {
    emulator,
    databaseUrl: options.databaseUrl,
    url,
    load,
    queue,
    topology,
    proxies,
    launch,
    async start(name, more) {
      const service = await launch(name, more)
      await service.untilReady()
      return service
    },
    async stop(name) {
      const service = processes.get(name)
      service?.signal('SIGTERM')
      await service?.ended
    },
    query: pool.query,
    call: (to, init = {}) =>
      fetch(url + to, {
        ...init,
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      }),
    statusBody: (statuses) => webhookBody(CREDENTIALS.phoneNumberId, statuses),
    async sendWebhook(body) {
      const raw = JSON.stringify(body)
      const signature = signBody(Buffer.from(raw), CREDENTIALS.appSecret)
      const answer = await fetch(url + WEBHOOK_PATH, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
        body: raw,
      })
      await answer.arrayBuffer()
      return answer.status
    },
    until,
    async untilSending() {
      const started = performance.now()
      const count = async () =>
        (await emulator.control<{ accepted: number }>('GET', 'state')).accepted
      const before = await count()
      await until('Meta accepts another message', async () => (await count()) > before)
      return performance.now() - started
    },
    states,
    async inState(...names) {
      const rows = await pool.query<{ id: string }>(
        'select id from whatsapp_messages where state::text = any ($1) order by id',
        [names],
      )
      return rows.map(({ id }) => id)
    },
    async letWebhooksFlow() {
      await pool.query(
        `insert into webhook_watermarks (phone_number_id, newest_meta_at)
         values ($1, clock_timestamp() + interval '2 minutes')
         on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at`,
        [CREDENTIALS.phoneNumberId],
      )
    },
    logOf: (name) => readFile(logs.get(name) ?? '', 'utf8'),
    atRest,
    async expectSound(name) {
      await atRest()
      const report = await check({
        query: pool.query,
        ledger: load.ledger,
        accepted: await emulator.accepted(),
        regressions: observer.regressions,
        logs: [...logs.values()],
      })
      process.stdout.write(`${reportLine(name, report, options.seed)}\n`)
      const { dead } = await queue.state()
      if (dead > 0) report.problems.push(`${dead} messages are dead-lettered`)
      expect(report.problems).toEqual([])
      return report
    },
    async close() {
      await load.close()
      await observer.close()
      for (const service of processes.values()) await endOf(service)
      queue.close()
      await emulator.close()
      await pool.close()
      await front.close()
      for (const proxy of Object.values(proxies)) await proxy?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function endOf(service: ServiceProcess | undefined): Promise<void> {
  service?.signal('SIGKILL')
  await service?.ended
}

/** Answers for the state of things also across a restart of the server. */
function openPool(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 5000 })
  pool.on('error', () => undefined)
  return {
    async query<Row>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
      for (let tries = 1; ; tries += 1) {
        try {
          return (await pool.query(sql, parameters)).rows as Row[]
        } catch (error) {
          if (tries > 100 || !isDatabaseAway(error)) throw error
          await setTimeout(100)
        }
      }
    },
    close: () => pool.end(),
  }
}
