import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { ExitCode } from '../cli-error.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine } from '../printable.ts'
import { describeMessage, MESSAGE_HEAD, messageRow } from '../show-message.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { addMessageActions } from './message-actions.ts'
import { addMessageGaps } from './message-gaps.ts'
import { addMessageRelease } from './message-release.ts'
import { listPages } from './list-pages.ts'
import { ok, withClient } from './with-client.ts'

interface ListFlags extends ClientFlags {
  status?: string
  state?: string
  to?: string
  po?: string
  template?: string
  batch?: string
  from?: string
  until?: string
  query?: string
  limit: number
  all?: boolean
}

export function addMessages(program: Command, context: CommandContext): void {
  const messages = program
    .command('messages')
    .description('list messages, newest first; show one; retry, cancel, resolve or release; gaps')
    .option('--status <status>', 'PENDING, SENT, DELIVERED, READ or FAILED')
    .option('--state <state>', 'queued, held, in_doubt, unconfirmed, failed, …')
    .option('--to <phone>', 'recipient')
    .option('--po <number>', 'order number')
    .option('--template <name>', 'template')
    .option('--batch <id>', 'batch')
    .option('--from <time>', 'created at or after: 2026-11-22 or 2026-11-22T09:30:00Z')
    .option('--until <time>', 'created before')
    .option(
      '-q, --query <text>',
      'order number, id, wamid or phone exactly; supplier by its beginning',
    )
    .option('--limit <n>', 'how many at most', readLimit, 50)
    .option('--all', 'all of them')
  withClientOptions(messages).action(
    context.run((flags: ListFlags) => listMessages(flags, context)),
  )
  const show = messages
    .command('show')
    .description('one message: details, why it failed and what to do, its timeline')
    .argument('<id>', 'id of the message')
  withClientOptions(show).action(
    context.run((id: string, _flags: unknown, command: Command) =>
      showMessage(id, command.optsWithGlobals<ClientFlags>(), context),
    ),
  )
  addMessageActions(messages, context)
  addMessageRelease(messages, context)
  addMessageGaps(messages, context)
}

async function listMessages(flags: ListFlags, context: CommandContext): Promise<ExitCode> {
  return withClient(flags, context, async (client) => {
    const { rows, more } = await listPages(client, context, {
      path: '/api/v1/whatsapp/messages',
      query: queryOf(flags),
      limit: flags.all === true ? Infinity : flags.limit,
      json: flags.json,
    })
    if (flags.json !== true) await printTable(rows, context)
    if (more) context.io.err('There are more: --all, a larger --limit, or a narrower question.')
  })
}

async function printTable(rows: readonly JsonObject[], context: CommandContext): Promise<void> {
  const { io, colors } = context
  if (rows.length === 0) {
    io.out('No messages.')
    return
  }
  const { renderTable } = await import('../table.ts')
  const head = MESSAGE_HEAD.map((word) => colors.dim(word))
  io.out(
    renderTable(
      head,
      rows.map((row) => messageRow(row, colors, io.isTerminal)),
    ),
  )
}

async function showMessage(
  id: string,
  flags: ClientFlags,
  context: CommandContext,
): Promise<ExitCode> {
  return withClient(flags, context, async (client) => {
    const path = `/api/v1/whatsapp/messages/${encodeURIComponent(id)}`
    const { body, text } = await ok(client.call('GET', path))
    const lines = flags.json === true ? [jsonLine(text)] : describeMessage(body, context.colors)
    for (const line of lines) context.io.out(line)
  })
}

function queryOf(flags: ListFlags): Record<string, string | undefined> {
  return {
    status: flags.status?.toUpperCase(),
    state: flags.state?.toLowerCase(),
    recipient_phone: flags.to,
    po_number: flags.po,
    template_name: flags.template,
    batch_id: flags.batch,
    from: wholeTime(flags.from),
    to: wholeTime(flags.until),
    q: flags.query,
  }
}

/** A day alone is its first moment in UTC, as all times here are. */
function wholeTime(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text
}

function readLimit(text: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value < 1) throw new InvalidArgumentError('It is not a whole number from 1.')
  return value
}
