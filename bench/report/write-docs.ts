/** The lines of a run as a part of docs/benchmarks.md: numbers, tables, and plots beside it. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Machine } from '../measure/machine.ts'
import type { Summary } from '../measure/summary.ts'
import { ROOT } from '../services/child.ts'
import { barChart, format } from './bar-chart.ts'
import type { FigureLine } from './line.ts'

/** The first line of a run. */
export interface RunHead {
  machine: Machine
  postgres: string
  rabbitmq: string
}

const BEGIN = '<!-- results: written by npm run bench -- --write-docs -->'
const END = '<!-- end of results -->'

/** @param lines of figures in rounds; others are not shown */
export function writeDocs(head: RunHead, lines: readonly FigureLine[], date: string): void {
  const folder = path.join(ROOT, 'docs/benchmarks')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    path.join(folder, 'results.json'),
    `${JSON.stringify({ date, ...head, figures: lines }, null, 2)}\n`,
  )
  for (const line of lines) {
    for (const [name, svg] of plotsOf(line)) writeFileSync(path.join(folder, name), svg)
  }
  const page = path.join(ROOT, 'docs/benchmarks.md')
  const before = readFileSync(page, 'utf8')
  writeFileSync(page, withResults(before, sectionOf(head, lines, date)))
  // As every page of the house is, so that the next commit's lint has nothing to say.
  spawnSync('npx', ['prettier', '--write', page, path.join(folder, 'results.json')], { cwd: ROOT })
}

/** @throws where the page has no place for results */
export function withResults(page: string, section: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error('docs/benchmarks.md has no place for results')
  return `${page.slice(0, from)}${BEGIN}\n\n${section}\n${page.slice(to)}`
}

export function sectionOf(head: RunHead, lines: readonly FigureLine[], date: string): string {
  const { cpu, cores, memory_gib, kernel, node } = head.machine
  return [
    `Measured on ${date}: ${cores} cores (${cpu}), ${memory_gib} GiB, Linux ${kernel}, Node ${node};`,
    `${head.postgres}; ${head.rabbitmq}. Medians, with the least and the most of the rounds.`,
    ...lines.flatMap(figureOf),
  ].join('\n')
}

function figureOf(line: FigureLine): string[] {
  const names = Object.keys(line.contestants)
  const rows = MEASURES.flatMap(([title, ...keys]) => {
    const cells = names.map((name) => cell(read(line, name, keys)))
    return cells.every((one) => one === '') ? [] : [`| ${[title, ...cells].join(' | ')} |`]
  })
  const ratios = Object.entries(line.ratios).filter(([name]) => !name.includes('.'))
  const goals = line.goals.map(({ of, atLeast, atMost, value, met }) => {
    const wanted = atLeast === undefined ? `at most ${atMost ?? ''}` : `at least ${atLeast}`
    return `| \`${of}\` | ${wanted} | ${value === null ? '' : format(value)} | ${met ? 'yes' : 'no'} |`
  })
  return [
    '',
    `### ${line.figure}: ${line.title}`,
    '',
    `${line.rounds} rounds, ${line.disturbed_rounds} of ${line.rounds * names.length} disturbed by others; ${line.verified ? 'all of them verified.' : `NOT verified: ${line.wrong.join('; ')}.`}`,
    '',
    `| | ${names.join(' | ')} |`,
    `| --- |${names.map(() => ' --- |').join('')}`,
    ...rows,
    ...ratios.map(
      ([name, { median, min, max }]) =>
        `\n${name}: ${format(median)} (${format(min)} to ${format(max)})`,
    ),
    '',
    ...(goals.length === 0
      ? []
      : ['| goal | wanted | median | met |', '| --- | --- | --- | --- |', ...goals, '']),
    ...plotsOf(line).map(([name]) => `![${line.title}](benchmarks/${name})\n`),
  ]
}

const MEASURES: [title: string, ...keys: string[]][] = [
  ['orders a second', 'orders_per_second'],
  ['service, µs an order', 'cpu_us_per_order', 'service'],
  ['PostgreSQL, µs an order', 'cpu_us_per_order', 'postgres'],
  ['RabbitMQ, µs an order', 'cpu_us_per_order', 'rabbitmq'],
  ['stand-in, µs an order', 'cpu_us_per_order', 'stand_in'],
  ['log of PostgreSQL, bytes an order', 'wal_bytes_per_order'],
  ["updates of an order's row", 'updates_per_order'],
  ['of them HOT', 'hot_share'],
  ['event loop late, p99 ms', 'event_loop_p99_ms'],
  ['memory, MiB', 'memory_mib'],
  ['webhook to its 200, p50 ms', 'webhook_p50_ms'],
  ['webhook to its 200, p99 ms', 'webhook_p99_ms'],
  ['event to acceptance, p50 ms', 'accept_p50_ms'],
  ['event to acceptance, p99 ms', 'accept_p99_ms'],
  ['backlog at the end, orders', 'backlog_orders'],
]

function read(line: FigureLine, name: string, keys: readonly string[]): Summary | null {
  let value: unknown = line.contestants[name]
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key]
  return (value as Summary | null | undefined) ?? null
}

function cell(summary: Summary | null): string {
  if (summary === null) return ''
  const { median, min, max } = summary
  return min === max ? format(median) : `${format(median)} (${format(min)} to ${format(max)})`
}

function plotsOf(line: FigureLine): [name: string, svg: string][] {
  const names = Object.keys(line.contestants)
  const goal = line.goals.find(({ of }) => of === 'aviso.orders_per_second')?.atLeast
  const speed = barChart({
    title: line.title,
    unit: 'orders a second',
    ...(goal !== undefined && { goal }),
    bars: names.map((label) => {
      const summary = read(line, label, ['orders_per_second'])
      return {
        label,
        parts: [{ name: 'orders', value: summary?.median ?? 0 }],
        ...(summary !== null && { range: summary }),
      }
    }),
  })
  const cpu = barChart({
    title: 'Processor time an order',
    unit: 'µs',
    bars: names.map((label) => ({
      label,
      parts: ['service', 'postgres', 'rabbitmq'].map((name) => ({
        name,
        value: read(line, label, ['cpu_us_per_order', name])?.median ?? 0,
      })),
    })),
  })
  return [
    [`${line.figure}-speed.svg`, speed],
    [`${line.figure}-cpu.svg`, cpu],
  ]
}
