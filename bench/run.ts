/** `npm run bench`: every figure in interleaved rounds, a JSON line each. */

import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { makeMigrated } from './contestants/aviso.ts'
import { chooseFigures, figures } from './figures.ts'
import type { AnyFigure, Entrant, Figure } from './figure.ts'
import { describeMachine } from './measure/machine.ts'
import { readOptions } from './options.ts'
import type { Options } from './options.ts'
import { toLine, toOtherLine } from './report/line.ts'
import type { FigureLine } from './report/line.ts'
import { writeDocs } from './report/write-docs.ts'
import type { RunHead } from './report/write-docs.ts'
import { runProfile } from './profile/run-profile.ts'
import { openBench } from './rounds/bench.ts'
import type { Bench } from './rounds/bench.ts'
import type { RoundResult } from './rounds/result.ts'
import { runRound } from './rounds/round.ts'
import { ROOT } from './services/child.ts'

const AT_ROOT = { cwd: ROOT, stdio: 'inherit' } as const
const DRAIN_SECONDS = 10
const PROFILED_ORDERS_A_SECOND = 1000
const OPEN_SECONDS = { short: 30, full: 60 }

const options = readOptions(process.argv.slice(2))
process.exitCode = typeof options === 'string' ? refuse(options) : await main(options)

async function main(chosen: Options): Promise<number> {
  if (chosen.list) {
    for (const { name, title, short } of figures) {
      console.log(`${name.padEnd(14)} ${title}${short ? '' : ' (--full)'}`)
    }
    return 0
  }
  const selected = chooseFigures(chosen.only, chosen.full)
  if (typeof selected === 'string') return refuse(selected)
  if (chosen.build && spawnSync('npm', ['run', '--silent', 'build'], AT_ROOT).status !== 0) return 1
  const bench = await openBench({ profile: chosen.profile })
  const close = (): void => void bench.close().then(() => process.exit(130))
  process.once('SIGINT', close)
  try {
    return await (chosen.profile
      ? profile(bench, selected, chosen)
      : runFigures(bench, selected, chosen))
  } finally {
    process.removeListener('SIGINT', close)
    await bench.close()
  }
}

/** The load is that of the first figure chosen: a drain, or an open loop. */
async function profile(
  bench: Bench,
  [figure]: readonly AnyFigure[],
  chosen: Options,
): Promise<number> {
  await makeMigrated(bench.postgres)
  const load = { orders: PROFILED_ORDERS_A_SECOND * (chosen.seconds ?? DRAIN_SECONDS) }
  const isOpen = figure?.kind === 'load' && figure.perSecond !== undefined
  const { verified } = await runProfile(bench, isOpen ? loadOf(figure, 0, chosen) : load)
  return verified ? 0 : 1
}

async function runFigures(
  bench: Bench,
  selected: readonly AnyFigure[],
  chosen: Options,
): Promise<number> {
  const file = path.join(bench.directory, `results-${new Date().toISOString().slice(0, 19)}.jsonl`)
  const print = (value: unknown): void => {
    const line = JSON.stringify(value)
    console.log(line)
    appendFileSync(file, `${line}\n`)
  }
  const head: RunHead = {
    machine: describeMachine(),
    postgres: bench.postgres.description,
    rabbitmq: bench.rabbitmq.description,
  }
  const lines: FigureLine[] = []
  print(head)
  await makeMigrated(bench.postgres)
  let verified = true
  for (const figure of selected) {
    const missing = (await figure.missing?.(bench)) ?? null
    if (missing !== null) {
      print({ figure: figure.name, title: figure.title, left_out: missing })
      continue
    }
    if (figure.kind === 'load') {
      const line = toLine(figure, await runFigure(bench, figure, chosen))
      lines.push(line)
      print(line)
      verified &&= line.verified
    } else {
      const line = toOtherLine(figure, await figure.run(bench, chosen))
      print(line)
      verified &&= line.verified
    }
  }
  if (chosen.writeDocs) writeDocs(head, lines, new Date().toISOString().slice(0, 10))
  return verified ? 0 : 1
}

async function runFigure(bench: Bench, figure: Figure, chosen: Options): Promise<RoundResult[]> {
  const entrants = figure.contestants.filter(
    ({ contestant }) => chosen.contestants?.includes(contestant.name) !== false,
  )
  const speeds = new Map<Entrant, number>()
  const results: RoundResult[] = []
  for (let round = 1; round <= chosen.rounds; round += 1) {
    for (const entrant of entrants) {
      const result = await runRound(bench, entrant.contestant, {
        ...loadOf(figure, speeds.get(entrant) ?? entrant.guess, chosen),
        warmUp: entrant.warmUp,
        ...(entrant.database !== undefined && { database: await entrant.database(bench) }),
        standIn: figure.standIn,
      })
      speeds.set(entrant, result.ordersPerSecond)
      results.push(result)
      console.error(sentenceOf(figure, round, result))
    }
  }
  return results
}

function loadOf(
  figure: Figure,
  speed: number,
  chosen: Options,
): { orders: number; perSecond?: number } {
  if (figure.perSecond === undefined) {
    return { orders: Math.max(100, Math.round(speed * (chosen.seconds ?? DRAIN_SECONDS))) }
  }
  const seconds = chosen.seconds ?? (chosen.full ? OPEN_SECONDS.full : OPEN_SECONDS.short)
  return { orders: figure.perSecond * seconds, perSecond: figure.perSecond }
}

/** For whoever watches; the figures are on the other stream. */
function sentenceOf(figure: Figure, round: number, result: RoundResult): string {
  const { contestant, ordersPerSecond, cpu, standIn, acceptDelay, disturbance, wrong } = result
  const latency =
    figure.perSecond === undefined
      ? ''
      : `, webhook p50 ${standIn.latency.p50.toFixed(1)} p99 ${standIn.latency.p99.toFixed(1)} ms, ` +
        `accepted p99 ${acceptDelay?.p99.toFixed(1) ?? '?'} ms`
  const others = ((disturbance?.others ?? 0) + (disturbance?.stolen ?? 0)) * 100
  return (
    `${figure.name} ${round} ${contestant}: ${ordersPerSecond.toFixed(0)} orders/s${latency}, ` +
    `CPU us/order service ${cpu.service?.toFixed(0) ?? '?'} postgres ${cpu.postgres?.toFixed(0) ?? '?'}` +
    (disturbance?.disturbed === true ? `, disturbed (others ${others.toFixed(0)} %)` : '') +
    (wrong.length === 0 ? '' : `, WRONG: ${wrong.join('; ')}`)
  )
}

function refuse(text: string): number {
  console.error(text)
  return 2
}
