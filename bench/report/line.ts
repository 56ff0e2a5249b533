/** A figure's rounds as one JSON line. */

import type { Figure, Goal, OtherFigure, OtherLine, Values } from '../figure.ts'
import { round, summarize } from '../measure/summary.ts'
import type { Summary } from '../measure/summary.ts'
import type { RoundResult } from '../rounds/result.ts'

export interface FigureLine {
  figure: string
  title: string
  rounds: number
  /** Rounds in which others used the machine; they count all the same. */
  disturbed_rounds: number
  contestants: Record<string, Record<string, unknown>>
  /** Of neighbouring rounds, so that most of the machine's moods cancel. */
  ratios: Record<string, Summary & { rounds: number[] }>
  goals: (Goal & { value: number | null; met: boolean })[]
  /** Every round: each order accepted once, with all its times, none missing, repeated events made none. */
  verified: boolean
  wrong: string[]
}

/** What is printed of a round, by the names that goals use behind the contestant's. */
const MEASURES: Record<string, (result: RoundResult) => number | null> = {
  orders_per_second: (result) => result.ordersPerSecond,
  'cpu_us_per_order.service': (result) => result.cpu.service,
  'cpu_us_per_order.postgres': (result) => result.cpu.postgres,
  'cpu_us_per_order.rabbitmq': (result) => result.cpu.rabbitmq,
  'cpu_us_per_order.stand_in': (result) => result.cpu.stand_in,
  'cpu_us_per_order.producer': (result) => result.cpu.producer,
  wal_bytes_per_order: (result) => result.walBytesPerOrder,
  updates_per_order: (result) => result.updatesPerOrder,
  hot_share: (result) => result.hotShare,
  event_loop_p99_ms: (result) => result.inside?.eventLoop.p99 ?? null,
  event_loop_utilization: (result) => result.inside?.utilization ?? null,
  memory_mib: (result) => result.memoryMib,
}

/** Never quoted from a drain: there they only say how long the queue was. */
const OPEN_MEASURES: typeof MEASURES = {
  webhook_p50_ms: (result) => result.standIn.latency.p50,
  webhook_p99_ms: (result) => result.standIn.latency.p99,
  webhook_max_ms: (result) => result.standIn.latency.max,
  accept_p50_ms: (result) => result.acceptDelay?.p50 ?? null,
  accept_p99_ms: (result) => result.acceptDelay?.p99 ?? null,
  backlog_orders: (result) => result.backlog,
  producer_lateness_p99_ms: (result) => result.producerLateness,
}

export function toLine(figure: Figure, results: readonly RoundResult[]): FigureLine {
  const names = [...new Set(results.map(({ contestant }) => contestant))]
  const values: Values = {}
  const contestants: FigureLine['contestants'] = {}
  const measures = figure.perSecond === undefined ? MEASURES : { ...MEASURES, ...OPEN_MEASURES }
  for (const name of names) {
    const own = results.filter(({ contestant }) => contestant === name)
    const measured = Object.entries(measures).map(([measure, read]) => {
      const summary = summarize(own.map(read))
      values[`${name}.${measure}`] = summary
      return [measure, summary] as const
    })
    contestants[name] = {
      ...nest(measured),
      others_share: own.map(({ disturbance }) => round(disturbance?.others ?? 0)),
      spin_us: own.map((result) => round(result.spin)),
    }
  }
  const ratios = figure.perSecond === undefined ? ratiosOf(names, results) : {}
  Object.assign(values, ratios)
  const wrong = results.flatMap((result) =>
    result.wrong.map((sentence) => `${result.contestant}: ${sentence}`),
  )
  return {
    figure: figure.name,
    title: figure.title,
    rounds: Math.ceil(results.length / Math.max(1, names.length)),
    disturbed_rounds: results.filter(({ disturbance }) => disturbance?.disturbed === true).length,
    contestants,
    ratios,
    goals: judgeAll(figure.goals, values),
    verified: wrong.length === 0,
    wrong,
  }
}

export function toOtherLine(figure: OtherFigure, { medians, ...line }: OtherLine) {
  const { name, title, goals } = figure
  return { figure: name, title, ...line, goals: judgeAll(goals, medians) }
}

/** Goals of contestants that did not take part are left out. */
function judgeAll(goals: readonly Goal[], values: Values): FigureLine['goals'] {
  return goals
    .filter(({ of }) => of in values)
    .map((goal) => ({ ...goal, ...judge(goal, values[goal.of] ?? null) }))
}

function judge(goal: Goal, summary: Summary | null): { value: number | null; met: boolean } {
  if (summary === null) return { value: null, met: false }
  const { median } = summary
  const met = median >= (goal.atLeast ?? -Infinity) && median <= (goal.atMost ?? Infinity)
  return { value: median, met }
}

const RATIOS: Record<string, (result: RoundResult) => number | null> = {
  '': (result) => result.ordersPerSecond,
  '.service_cpu': (result) => result.cpu.service,
  '.postgres_cpu': (result) => result.cpu.postgres,
}

/** The first contestant over each of the others, round by round: speed, and processor time an order. */
function ratiosOf(names: readonly string[], results: readonly RoundResult[]): FigureLine['ratios'] {
  const [first, ...others] = names
  if (first === undefined) return {}
  const of = (name: string): RoundResult[] =>
    results.filter(({ contestant }) => contestant === name)
  const ratios: FigureLine['ratios'] = {}
  for (const name of others) {
    for (const [what, read] of Object.entries(RATIOS)) {
      const rounds = of(name).map((result, index) => {
        const own = of(first)[index]
        return (
          round((own === undefined ? null : read(own)) ?? Number.NaN) / (read(result) ?? Number.NaN)
        )
      })
      const summary = summarize(rounds.filter(Number.isFinite))
      if (summary !== null)
        ratios[`${first}/${name}${what}`] = { ...summary, rounds: rounds.map(round) }
    }
  }
  return ratios
}

/** `a.b` becomes an object in an object. */
function nest(entries: readonly (readonly [string, Summary | null])[]): Record<string, unknown> {
  const nested: Record<string, Record<string, unknown>> = {}
  const flat: Record<string, unknown> = {}
  for (const [name, value] of entries) {
    const [outer = '', inner] = name.split('.')
    if (inner === undefined) flat[outer] = value
    else {
      nested[outer] ??= {}
      nested[outer][inner] = value
      flat[outer] = nested[outer]
    }
  }
  return flat
}
