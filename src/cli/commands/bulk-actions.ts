import type { Command } from 'commander'
import { addUp } from '../bulk/batch-counts.ts'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { followToEnd } from './bulk-follow.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { judgeWithClient, ok } from './with-client.ts'

const ACTIONS = {
  pause: 'send nothing more of a batch until it is resumed',
  resume: 'go on with a paused batch',
  cancel: 'cancel what a batch has not sent yet, for good',
} as const

const LOOK_AGAIN_MS = 60_000

/** Adds show, pause, resume and cancel to `aviso bulk`. */
export function addBulkActions(bulk: Command, context: CommandContext): void {
  const show = bulk
    .command('show')
    .description('how far a batch is')
    .argument('<batch_id...>', 'one, or several together')
    .option('--follow', 'until it is settled')
  withClientOptions(show).action(
    context.run((ids: string[], flags: ClientFlags & { follow?: boolean }) =>
      flags.follow === true
        ? judgeWithClient(flags, context, (client) => {
            const stopped = context.io.untilStopped()
            return followToEnd(
              client,
              ids,
              { ...flags, deliveryMs: LOOK_AGAIN_MS, stopped },
              context,
            )
          })
        : callEach('GET', ids, '', flags, context, describeBatch),
    ),
  )
  for (const [action, words] of Object.entries(ACTIONS)) {
    const command = bulk
      .command(action)
      .description(words)
      .argument('<batch_id...>', 'one, or several')
    withClientOptions(command).action(
      context.run((ids: string[], flags: ClientFlags) =>
        callEach('POST', ids, `/${action}`, flags, context, (batch) => [sentence(batch)]),
      ),
    )
  }
}

async function callEach(
  method: 'GET' | 'POST',
  ids: readonly string[],
  action: string,
  flags: ClientFlags,
  context: CommandContext,
  describe: (batch: JsonObject) => string[],
): Promise<ExitCode> {
  const { batchPath } = await import('../bulk/follow-batches.ts')
  return judgeWithClient(flags, context, async (client) => {
    for (const id of ids) {
      const { body, text } = await ok(client.call(method, `${batchPath(id)}${action}`))
      for (const line of flags.json === true ? [jsonLine(text)] : describe(body)) {
        context.io.out(line)
      }
    }
    return EXIT.done
  })
}

function sentence(batch: JsonObject): string {
  const { counts, total } = addUp([batch])
  return (
    `Batch ${word(batch, 'batch_id')} is ${word(batch, 'state')}: ` +
    `${String(total - counts.PENDING)} of ${String(total)} messages are not pending any more.`
  )
}

function describeBatch(batch: JsonObject): string[] {
  const { counts } = addUp([batch])
  const rate = textAt(batch, 'rate_per_second')
  const facts: [string, string][] = [
    ['state', word(batch, 'state')],
    ['messages', word(batch, 'total')],
    ['not taken', word(batch, 'rejected')],
    ...Object.entries(counts).map(([status, count]): [string, string] => [
      status.toLowerCase(),
      String(count),
    ]),
    ['rate', rate === null ? 'no limit of its own' : `${printable(rate)} a second at most`],
    ['created', word(batch, 'created_at')],
    ['ends about', word(batch, 'estimated_end')],
    ['finished', word(batch, 'finished_at')],
  ]
  return [
    `Batch ${word(batch, 'batch_id')}`,
    ...facts.flatMap(([name, value]) => (value === '' ? [] : [`  ${name.padEnd(12)}${value}`])),
  ]
}

function word(batch: JsonObject, key: string): string {
  return printable(textAt(batch, key) ?? '')
}
