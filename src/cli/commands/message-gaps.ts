import type { Command } from 'commander'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { withClient } from './with-client.ts'
import type { ServiceClient } from '../client.ts'
import { printable } from '../printable.ts'
import { printList } from './list-pages.ts'

interface GapFlags extends ClientFlags {
  closed?: boolean
}

const HEAD = ['TAKEN BY META', 'WHAT IS MISSING', "META'S HISTORY", 'CLOSED', 'MESSAGE']
const KINDS: Record<string, string> = {
  no_status: 'any status',
  undelivered: 'a delivery',
}
const ANSWERS: Record<string, string> = {
  statuses: 'had statuses: applied',
  nothing: 'has nothing of it',
  refused: 'cannot be asked',
  unreachable: 'did not answer',
}

/** Adds gaps to `aviso messages`: those of which Meta's webhooks left something out. */
export function addMessageGaps(messages: Command, context: CommandContext): void {
  const gaps = messages
    .command('gaps')
    .description('messages that Meta took and of which no status, or no delivery, has come')
    .option('--closed', 'also those of which a status has come since')
  withClientOptions(gaps).action(
    context.run((_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GapFlags>()
      return withClient(flags, context, (client) => list(client, flags, context))
    }),
  )
}

function list(client: ServiceClient, flags: GapFlags, context: CommandContext): Promise<void> {
  const query = { open: flags.closed === true ? 'false' : 'true' }
  return printList(
    client,
    context,
    { path: '/api/v1/whatsapp/gaps', query, limit: Infinity, json: flags.json },
    { head: HEAD, row: gapRow, none: 'No gaps.' },
  )
}

function gapRow(row: JsonObject): string[] {
  return [
    printable(textAt(row, 'accepted_at') ?? ''),
    KINDS[textAt(row, 'kind') ?? ''] ?? '',
    ANSWERS[textAt(row, 'answer') ?? ''] ?? 'not asked yet',
    printable(textAt(row, 'closed_at') ?? ''),
    printable(textAt(row, 'message_id') ?? ''),
  ]
}
