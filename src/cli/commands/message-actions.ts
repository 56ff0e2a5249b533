import { Option } from 'commander'
import type { Command } from 'commander'
import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { textAt } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'

interface ResolveFlags extends ClientFlags {
  as: string
}

/** Adds retry, cancel and resolve to `aviso messages`. */
export function addMessageActions(messages: Command, context: CommandContext): void {
  const retry = messages
    .command('retry')
    .description('queue a failed, expired or canceled message again, with a new attempt')
    .argument('<id>', 'id of the message')
  withClientOptions(retry).action(
    context.run((id: string, _flags: unknown, command: Command) =>
      act('retry', id, command.optsWithGlobals<ClientFlags>(), context),
    ),
  )
  const cancel = messages
    .command('cancel')
    .description('cancel a message that is not being sent yet')
    .argument('<id>', 'id of the message')
  withClientOptions(cancel).action(
    context.run((id: string, _flags: unknown, command: Command) =>
      act('cancel', id, command.optsWithGlobals<ClientFlags>(), context),
    ),
  )
  const resolve = messages
    .command('resolve')
    .description('say what became of an unconfirmed message; what Meta says later still wins')
    .argument('<id>', 'id of the message')
    .addOption(
      new Option('--as <word>', 'sent: it arrived; not_sent: it did not; resend: send it once more')
        .choices(['sent', 'not_sent', 'resend'])
        .makeOptionMandatory(),
    )
  withClientOptions(resolve).action(
    context.run((id: string, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<ResolveFlags>()
      return act('resolve', id, flags, context, JSON.stringify({ as: flags.as }))
    }),
  )
}

async function act(
  action: 'retry' | 'cancel' | 'resolve',
  id: string,
  flags: ClientFlags,
  { env, io }: CommandContext,
  body?: string,
): Promise<ExitCode> {
  const { expectOk, openClient } = await import('../client.ts')
  const client = openClient(env, flags, io)
  try {
    const path = `/api/v1/whatsapp/messages/${encodeURIComponent(id)}/${action}`
    const answer = expectOk(await client.call('POST', path, body === undefined ? {} : { body }))
    io.out(flags.json === true ? jsonLine(answer.text) : sentence(answer.body))
    return EXIT.done
  } finally {
    await client.close()
  }
}

function sentence(message: Parameters<typeof textAt>[0]): string {
  const words = (key: string): string => printable(textAt(message, key) ?? '')
  return `Message ${words('id')} is ${words('status')} (${words('state')}).`
}
