import { Option } from 'commander'
import type { Command } from 'commander'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { objectAt, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { readTenant } from './option-values.ts'

interface StatsFlags extends ClientFlags {
  from?: string
  until?: string
  groupBy: string
  tenant?: string
  limit?: string
  csv?: boolean
  forecast?: string | true
}

const PATH = '/api/v1/whatsapp/stats'
const GROUPINGS = ['none', 'hour', 'day', 'template', 'supplier', 'tenant']
const HEAD = [
  'TOTAL',
  'PENDING',
  'SENT',
  'DELIVERED',
  'READ',
  'FAILED',
  'DELIVERED %',
  'READ %',
  'TO DELIVER',
  'TO READ',
  'BILLABLE',
  'COST',
]

/** `aviso stats`: what became of messages, how fast, and what it cost. */
export function addStats(program: Command, context: CommandContext): void {
  const stats = program
    .command('stats')
    .description('what became of messages, how fast, and what it cost')
    .addOption(new Option('--group-by <what>', 'one line each').choices(GROUPINGS).default('none'))
    .option('--from <time>', 'created at or after: 2026-11-22 or 2026-11-22T09:30:00Z')
    .option('--until <time>', 'created before')
    .option('--tenant <id>', 'of one tenant, for keys of all tenants', readTenant)
    .option('--limit <n>', 'groups at most')
    .option('--csv', 'as CSV')
    .option('--forecast [month]', 'what a month will have cost: 2026-11; default: this month')
  withClientOptions(stats).action(context.run((flags: StatsFlags) => showStats(flags, context)))
}

async function showStats(flags: StatsFlags, context: CommandContext): Promise<ExitCode> {
  const { expectOk, openClient } = await import('../client.ts')
  const { io } = context
  const client = openClient(context.env, flags, io)
  try {
    const query = {
      from: wholeTime(flags.from),
      to: wholeTime(flags.until),
      group_by: flags.groupBy,
      tenant_id: flags.tenant,
      limit: flags.limit,
    }
    if (flags.forecast !== undefined) {
      const month = flags.forecast === true ? undefined : flags.forecast
      const asked = { month, tenant_id: flags.tenant }
      const { body, text } = expectOk(
        await client.call('GET', `${PATH}/forecast`, { query: asked }),
      )
      if (flags.json === true) io.out(jsonLine(text))
      else printForecast(body, context)
      return EXIT.done
    }
    if (flags.csv === true) {
      const asked = { ...query, format: 'csv' }
      const csv = expectOk(await client.call('GET', PATH, { query: asked }))
      const text = csv.text.trimEnd()
      // A file keeps its content; a terminal would obey what a supplier's id says.
      io.out(io.isTerminal ? text.split('\n').map(printable).join('\n') : text)
      return EXIT.done
    }
    const { body, text } = expectOk(await client.call('GET', PATH, { query }))
    if (flags.json === true) io.out(jsonLine(text))
    else await printTable(body, flags.groupBy, context)
    return EXIT.done
  } finally {
    await client.close()
  }
}

async function printTable(
  body: JsonObject,
  groupBy: string,
  { io, colors }: CommandContext,
): Promise<void> {
  const groups = objectsAt(body, 'groups')
  if (groups.length === 0) {
    io.out('No messages.')
    return
  }
  const { renderTable } = await import('../table.ts')
  const isOne = groupBy === 'none'
  const head = (isOne ? HEAD : [groupBy.toUpperCase(), ...HEAD]).map((word) => colors.dim(word))
  const rows = groups.map((group) => {
    const key = printable(textAt(group, 'key') ?? '-')
    return isOne ? cellsOf(group) : [key, ...cellsOf(group)]
  })
  io.out(renderTable(head, rows))
  const omitted = textAt(body, 'omitted') ?? '0'
  if (omitted !== '0') io.err(`There are ${omitted} more: a larger --limit.`)
}

function printForecast(body: JsonObject, { io, colors }: CommandContext): void {
  const line = (label: string, key: string): string => {
    const sum = objectAt(body, key) ?? {}
    const billable = printable(textAt(sum, 'billable') ?? '0')
    return `  ${label.padEnd(18)}${moneyOf(sum) || 'nothing'}  (${billable} messages)`
  }
  io.out(colors.bold(printable(textAt(body, 'month') ?? '')))
  io.out(line('so far', 'so_far'))
  io.out(line('at its end, about', 'forecast'))
}

/** `1.9200 USD`, several separated by commas. */
function moneyOf(object: JsonObject): string {
  return objectsAt(object, 'cost')
    .map((cost) => printable(`${textAt(cost, 'amount') ?? ''} ${textAt(cost, 'currency') ?? ''}`))
    .join(', ')
}

function cellsOf(group: JsonObject): string[] {
  const counts = objectAt(group, 'counts') ?? {}
  const cell = (object: JsonObject, key: string): string => printable(textAt(object, key) ?? '')
  return [
    cell(group, 'total'),
    ...['PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED'].map((status) => cell(counts, status)),
    percent(group, 'delivery_rate'),
    percent(group, 'read_rate'),
    duration(group, 'seconds_to_deliver'),
    duration(group, 'seconds_to_read'),
    cell(group, 'billable'),
    moneyOf(group),
  ]
}

function percent(group: JsonObject, key: string): string {
  const rate = group[key]
  return typeof rate === 'number' ? (rate * 100).toFixed(1) : ''
}

/** Median and 95th percentile. */
function duration(group: JsonObject, key: string): string {
  const durations = objectAt(group, key) ?? {}
  const [median, p95] = [durations['median'], durations['p95']]
  if (typeof median !== 'number' || typeof p95 !== 'number') return ''
  return `${words(median)} / ${words(p95)}`
}

function words(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** A day alone is its first moment in UTC, as all times here are. */
function wholeTime(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
}
