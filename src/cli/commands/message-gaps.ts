import type { Command } from 'commander'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { findMember, splitArray } from '../split-json.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { ok, withClient } from './with-client.ts'
import type { ServiceClient } from '../client.ts'

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

async function list(
  client: ServiceClient,
  flags: GapFlags,
  { io, colors }: CommandContext,
): Promise<void> {
  const rows: JsonObject[] = []
  let cursor: string | undefined
  do {
    const { body, text } = await ok(
      client.call('GET', '/api/v1/whatsapp/gaps', {
        query: { open: flags.closed === true ? 'false' : 'true', limit: '200', cursor },
      }),
    )
    const page = objectsAt(body, 'data')
    if (flags.json === true) {
      for (const line of splitArray(findMember(text, 'data') ?? '[]')) io.out(jsonLine(line))
    } else rows.push(...page)
    cursor = page.length === 0 ? undefined : (textAt(body, 'next_cursor') ?? undefined)
  } while (cursor !== undefined)
  if (flags.json === true) return
  if (rows.length === 0) {
    io.out('No gaps.')
    return
  }
  const { renderTable } = await import('../table.ts')
  io.out(
    renderTable(
      HEAD.map((word) => colors.dim(word)),
      rows.map((row) => [
        printable(textAt(row, 'accepted_at') ?? ''),
        KINDS[textAt(row, 'kind') ?? ''] ?? '',
        ANSWERS[textAt(row, 'answer') ?? ''] ?? 'not asked yet',
        printable(textAt(row, 'closed_at') ?? ''),
        printable(textAt(row, 'message_id') ?? ''),
      ]),
    ),
  )
}
