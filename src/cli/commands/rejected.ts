import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { describeField } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import { isObject, objectAt, objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { ok, withClient } from './with-client.ts'
import { printList } from './list-pages.ts'

interface ListFlags extends ClientFlags {
  source?: string
  code?: string
  limit: number
}

const PATH = '/api/v1/rejected-events'
const HEAD = ['RECEIVED', 'SOURCE', 'CODE', 'EVENT', 'REPLAYED', 'ID', 'DETAIL']

export function addRejected(program: Command, context: CommandContext): void {
  const rejected = program
    .command('rejected')
    .description('what could not be understood, newest first; show one; replay it once mended')
    .option('--source <source>', 'rabbitmq, http or webhook')
    .option('--code <code>', 'invalid_json, validation_failed, unknown_tenant, conflict, …')
    .option('--limit <n>', 'how many at most', readLimit, 50)
  withClientOptions(rejected).action(
    context.run((flags: ListFlags) =>
      withClient(flags, context, (client) => list(client, flags, context)),
    ),
  )
  const show = rejected
    .command('show')
    .description('one of them: why it was refused, and its bytes as text')
    .argument('<id>', 'id of the rejected event')
  withClientOptions(show).action(
    context.run((id: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ClientFlags>()
      return withClient(flags, context, (client) => showOne(client, id, flags, context))
    }),
  )
  const replay = rejected
    .command('replay')
    .description('take it once more, after its cause was mended')
    .argument('<id>', 'id of the rejected event')
  withClientOptions(replay).action(
    context.run((id: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ClientFlags>()
      return withClient(flags, context, (client) => replayOne(client, id, flags, context))
    }),
  )
}

function list(client: ServiceClient, flags: ListFlags, context: CommandContext): Promise<void> {
  const query = { source: flags.source?.toLowerCase(), code: flags.code?.toLowerCase() }
  return printList(
    client,
    context,
    { path: PATH, query, limit: flags.limit, json: flags.json },
    { head: HEAD, row: rejectedRow, none: 'No rejected events.' },
  )
}

async function showOne(
  client: ServiceClient,
  id: string,
  flags: ClientFlags,
  { io, colors }: CommandContext,
): Promise<void> {
  const { body, text } = await ok(client.call('GET', `${PATH}/${encodeURIComponent(id)}`))
  const lines = flags.json === true ? [jsonLine(text)] : describeRejected(body, colors)
  for (const line of lines) io.out(line)
}

async function replayOne(
  client: ServiceClient,
  id: string,
  flags: ClientFlags,
  { io }: CommandContext,
): Promise<void> {
  const path = `${PATH}/${encodeURIComponent(id)}/replay`
  const { body, text } = await ok(client.call('POST', path))
  if (flags.json === true) {
    io.out(jsonLine(text))
    return
  }
  const messageId = textAt(body, 'message_id')
  const known = textAt(body, 'duplicate') === 'true' ? ', known before' : ''
  io.out(
    messageId === null
      ? `Taken${known}; it concerns no single message.`
      : `Taken${known}: message ${printable(messageId)} is ${cell(body, 'status')}.`,
  )
}

function describeRejected(row: JsonObject, colors: CommandContext['colors']): string[] {
  const facts: [string, string][] = [
    ['received', cell(row, 'received_at')],
    ['source', cell(row, 'source')],
    ['code', colors.red(cell(row, 'code'))],
    ['detail', cell(row, 'detail')],
    ['event', cell(row, 'event_id')],
    ['tenant', cell(row, 'tenant_id')],
    ['replayed', cell(row, 'replayed_at')],
    ['message', cell(row, 'message_id')],
  ]
  const errors = objectsAt(row, 'errors').map((error) => `  ${describeField(error)}`)
  const headers = Object.entries(objectAt(row, 'headers') ?? {}).map(
    ([name, value]) => `  ${printable(name)}: ${printable(headerText(value))}`,
  )
  return [
    `${colors.bold('Rejected event')} ${cell(row, 'id')}`,
    ...facts.flatMap(([name, value]) => (value === '' ? [] : [`  ${name.padEnd(12)}${value}`])),
    ...section('Fields', errors, colors),
    ...section('Headers', headers, colors),
    ...section('Content', contentLines(textAt(row, 'raw') ?? ''), colors),
  ]
}

function section(
  title: string,
  lines: readonly string[],
  colors: CommandContext['colors'],
): string[] {
  return lines.length === 0 ? [] : ['', colors.bold(title), ...lines]
}

/** Line by line as it came; what is no UTF-8 shows as U+FFFD, and what a terminal obeys not at all. */
function contentLines(base64: string): string[] {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  return text === '' ? [] : text.split(/\r?\n/).map((line) => `  ${printable(line)}`)
}

function headerText(value: unknown): string {
  if (typeof value === 'string') return value
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value)
}

function rejectedRow(row: JsonObject): string[] {
  return [
    cell(row, 'received_at').replace(/\.\d+Z$/, 'Z'),
    cell(row, 'source'),
    cell(row, 'code'),
    cell(row, 'event_id'),
    textAt(row, 'replayed_at') === null ? 'no' : 'yes',
    cell(row, 'id'),
    cell(row, 'detail'),
  ]
}

function cell(row: JsonObject, key: string): string {
  return printable(textAt(row, key) ?? '')
}

function readLimit(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It is not a whole number from 1.')
  return value
}
