/** One round: one contestant, alone, from a fresh database to counted rows. */

import path from 'node:path'
import pg from 'pg'
import type { Contestant, Inside, Running } from '../contestants/contestant.ts'
import type { StandInAnswer, StandInCommand, StandInReport } from '../load/protocol.ts'
import type { StandInSettings } from '../load/protocol.ts'
import { cpuTimeOf, memoryOf } from '../measure/cpu-time.ts'
import { disturbanceBetween, machineTime, spin } from '../measure/machine.ts'
import type { MachineTime } from '../measure/machine.ts'
import { percentile } from '../measure/summary.ts'
import { startChild } from '../services/child.ts'
import type { Child } from '../services/child.ts'
import type { Bench } from './bench.ts'
import type { CpuPerOrder, RoundResult } from './result.ts'

export interface RoundOptions {
  /** Orders before those that count: code is compiled, sockets and statements are open. */
  warmUp: number
  orders: number
  /** Undefined: a drain of a queue filled before; else orders a second, each at its own time. */
  perSecond?: number
  standIn: StandInSettings
  /** A kept database with millions of orders, and the number of the first new one. */
  database?: { name: string; ordersFrom: number }
  /** Called on the round's database around the measured part. */
  around?: {
    before(client: pg.Client): Promise<void>
    after(client: pg.Client): Promise<void>
  }
}

type StandIn = Child<StandInCommand, StandInAnswer>

const DATABASE = 'aviso_bench_round'
/** Without a step forward for so long a round is over. */
const STALLED_MS = 30_000
/** Before the first order is due. */
const LEAD_MS = 500

export async function runRound(
  bench: Bench,
  contestant: Contestant,
  options: RoundOptions,
): Promise<RoundResult> {
  const { postgres, rabbitmq, logDirectory } = bench
  const database = options.database?.name ?? DATABASE
  const first = options.database?.ordersFrom ?? 0
  if (options.database === undefined) await postgres.makeDatabase(DATABASE, contestant.template)
  await rabbitmq.deleteQueues()
  if (!contestant.declaresQueue) await rabbitmq.declareQueue()
  const standIn: StandIn = startChild('bench/load/stand-in.ts', options.standIn, {
    log: path.join(logDirectory, 'stand-in.log'),
  })
  try {
    const { url: graphUrl } = await standIn.next('ready', 30_000)
    const running = await contestant.start({
      databaseUrl: postgres.urlOf(database),
      rabbitmqUrl: rabbitmq.url,
      graphUrl,
      logDirectory,
    })
    let measured: Measured
    try {
      await rabbitmq.untilQueue(30_000)
      await warmUp(bench, running, standIn, first, options.warmUp)
      const from = first + options.warmUp
      await withDatabase(bench, database, options.around?.before)
      measured = await measure(bench, running, standIn, from, options)
      await withDatabase(bench, database, options.around?.after)
    } finally {
      await running.stop()
    }
    return await evaluate(bench, contestant, measured, database, first, options)
  } finally {
    await standIn.stop()
  }
}

async function withDatabase<Result>(
  bench: Bench,
  database: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result>
async function withDatabase<Result>(
  bench: Bench,
  database: string,
  work: ((client: pg.Client) => Promise<Result>) | undefined,
): Promise<Result | undefined>
async function withDatabase<Result>(
  bench: Bench,
  database: string,
  work: ((client: pg.Client) => Promise<Result>) | undefined,
): Promise<Result | undefined> {
  if (work === undefined) return undefined
  const client = new pg.Client({ connectionString: bench.postgres.urlOf(database) })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function warmUp(
  bench: Bench,
  running: Running,
  standIn: StandIn,
  from: number,
  orders: number,
): Promise<void> {
  standIn.send({ kind: 'begin', orders, webhookUrls: [...running.webhookUrls] })
  bench.producer.send({ kind: 'fill', from, orders })
  const published = bench.producer.next('published', 120_000)
  const stalled = await untilDone(standIn)
  await published
  if (stalled !== null) throw new Error(`the warm-up does not end: ${stalled}`)
}

interface Measured {
  /** In ms since 1970. */
  startAt: number
  endAt: number
  /** What stopped it before its end; null: nothing. */
  stalled: string | null
  cpu: CpuPerOrder
  wal: number
  inside: Inside | null
  memoryMib: number | null
  report: StandInReport
  backlog: number | null
  producerLateness: number | null
  disturbance: RoundResult['disturbance']
  spin: number
}

async function measure(
  bench: Bench,
  running: Running,
  standIn: StandIn,
  from: number,
  options: RoundOptions,
): Promise<Measured> {
  const { postgres, producer } = bench
  const { orders, perSecond } = options
  standIn.send({ kind: 'begin', orders, webhookUrls: [...running.webhookUrls] })
  if (perSecond === undefined) {
    running.pause()
    const published = producer.next('published', 120_000)
    producer.send({ kind: 'fill', from, orders })
    await published
  }
  await postgres.query('checkpoint')
  const spinBefore = spin()
  const walBefore = await postgres.walPosition()
  const before = snapshot(bench, running, standIn)

  let startAt = Date.now()
  let published: Promise<unknown> = Promise.resolve()
  let backlog: Promise<number | null> = Promise.resolve(null)
  let producerLateness: number | null = null
  if (perSecond === undefined) {
    running.resume()
  } else {
    startAt += LEAD_MS
    published = producer.next('published', (orders / perSecond) * 1000 + 120_000).then((answer) => {
      producerLateness = answer.lateness.p99
    })
    producer.send({ kind: 'offer', from, orders, perSecond, startAt })
    backlog = backlogAt(startAt + (orders / perSecond) * 1000, standIn, orders)
  }
  running.beginMeasuring()
  const done = standIn.next('done', 3_600_000).catch(() => null)
  const stalled = await untilDone(standIn, done)
  const endAt = stalled === null ? ((await done)?.at ?? Date.now()) : Date.now() - STALLED_MS

  const after = snapshot(bench, running, standIn)
  const wal = (await postgres.walPosition()) - walBefore
  const inside = await running.endMeasuring()
  await published
  const report = standIn.next('report', 30_000)
  standIn.send({ kind: 'report' })
  return {
    startAt,
    endAt,
    stalled,
    ...between(before, after, orders),
    wal,
    inside,
    memoryMib: sum(running.pids.map((pid) => memoryOf(pid)?.now ?? null)),
    report: await report,
    backlog: await backlog,
    producerLateness,
    spin: spinBefore,
  }
}

/** Rows are counted after the contestant has stopped: then all its statistics are written, too. */
async function evaluate(
  bench: Bench,
  contestant: Contestant,
  measured: Measured,
  database: string,
  first: number,
  options: RoundOptions,
): Promise<RoundResult> {
  const { tables, delays } = await withDatabase(bench, database, async (client) => ({
    tables: await contestant.readTables(client, first),
    delays:
      options.perSecond === undefined
        ? undefined
        : await contestant.acceptDelays?.(client, first + options.warmUp),
  }))
  const { report, startAt, endAt } = measured
  const seconds = (endAt - startAt) / 1000
  const all = options.warmUp + options.orders
  const left = await bench.rabbitmq.countLeft()
  const wrong = [
    ...tables.wrong,
    ...problem(measured.stalled !== null, `it stood still: ${measured.stalled ?? ''}`),
    ...problem(tables.orders !== all, `${tables.orders} rows for ${all} orders`),
    ...problem(tables.complete !== all, `${tables.complete} of ${all} orders complete`),
    ...problem(report.acceptedTwice > 0, `${report.acceptedTwice} orders sent more than once`),
    ...problem(
      report.accepted !== options.orders,
      `${report.accepted} sends for ${options.orders}`,
    ),
    ...problem(report.strange > 0, `${report.strange} requests that no order explains`),
    ...problem(left > 0, `${left} events left in the queue, unacknowledged`),
  ]
  return {
    contestant: contestant.name,
    orders: options.orders,
    seconds,
    ordersPerSecond: report.statuses / 3 / seconds,
    cpu: measured.cpu,
    walBytesPerOrder: measured.wal / options.orders,
    updatesPerOrder: tables.updates.all / all,
    hotShare: tables.updates.hot / Math.max(1, tables.updates.all),
    inside: measured.inside,
    memoryMib: measured.memoryMib,
    standIn: report,
    acceptDelay:
      delays === undefined
        ? null
        : {
            p50: percentile(delays, 0.5),
            p99: percentile(delays, 0.99),
            max: delays.at(-1) ?? Number.NaN,
          },
    backlog: measured.backlog,
    producerLateness: measured.producerLateness,
    wrong,
    disturbance: measured.disturbance,
    spin: measured.spin,
  }
}

function problem(is: boolean, sentence: string): string[] {
  return is ? [sentence] : []
}

/** @returns null when every webhook had its 200, else how far it came */
async function untilDone(
  standIn: StandIn,
  done: Promise<unknown> = standIn.next('done', 3_600_000).catch(() => null),
): Promise<string | null> {
  const finished = done.then(() => true)
  let best = -1
  let since = Date.now()
  for (;;) {
    const waited = new Promise<false>((resolve) => setTimeout(() => resolve(false), 500))
    if (await Promise.race([finished, waited])) return null
    standIn.send({ kind: 'progress' })
    const { accepted, statuses, overdue } = await standIn.next('progress', 30_000)
    if (accepted + statuses > best) {
      best = accepted + statuses
      since = Date.now()
    } else if (Date.now() - since > STALLED_MS) {
      return `${accepted} orders accepted, ${statuses} statuses taken, ${overdue} waiting`
    }
  }
}

async function backlogAt(moment: number, standIn: StandIn, offered: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, moment - Date.now()))
  const answer = standIn.next('report', 30_000)
  standIn.send({ kind: 'report' })
  return offered - (await answer).accepted
}

interface Snapshot {
  cpu: CpuPerOrder
  bench: number
  machine: MachineTime | null
}

function snapshot(bench: Bench, running: Running, standIn: StandIn): Snapshot {
  return {
    cpu: {
      service: sum(running.pids.map(cpuTimeOf)),
      postgres: bench.postgres.cpuTime(),
      rabbitmq: bench.rabbitmq.cpuTime(),
      stand_in: cpuTimeOf(standIn.pid),
      producer: cpuTimeOf(bench.producer.pid),
    },
    bench: process.cpuUsage().user + process.cpuUsage().system,
    machine: machineTime(),
  }
}

function between(
  before: Snapshot,
  after: Snapshot,
  orders: number,
): { cpu: CpuPerOrder; disturbance: RoundResult['disturbance'] } {
  const spent = (name: keyof CpuPerOrder): number | null => {
    const [from, to] = [before.cpu[name], after.cpu[name]]
    return from === null || to === null ? null : to - from
  }
  const names = ['service', 'postgres', 'rabbitmq', 'stand_in', 'producer'] as const
  const ours =
    after.bench - before.bench + names.reduce((total, name) => total + (spent(name) ?? 0), 0)
  const per = (name: keyof CpuPerOrder): number | null => {
    const microseconds = spent(name)
    return microseconds === null ? null : microseconds / orders
  }
  return {
    cpu: {
      service: per('service'),
      postgres: per('postgres'),
      rabbitmq: per('rabbitmq'),
      stand_in: per('stand_in'),
      producer: per('producer'),
    },
    disturbance: disturbanceBetween(before.machine, after.machine, ours),
  }
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  )
}
