import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import type { ServiceClient } from '../client.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { textAt } from '../json-object.ts'
import { jsonLine } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'

interface ReleaseFlags extends ClientFlags {
  held: string
  /** In ms. */
  olderThan?: number
  newerThan?: number
  cancel?: boolean
  yes?: boolean
}

const PATH = '/api/v1/whatsapp/messages/release'
const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Adds release to `aviso messages`: it shows what waits, asks, and then does it. */
export function addMessageRelease(messages: Command, context: CommandContext): void {
  const release = messages
    .command('release')
    .description('send, or cancel, what waits for a person after sending had been switched off')
    .addOption(
      new Option('--held <reason>', 'what held it')
        .choices(['backlog_not_released'])
        .default('backlog_not_released'),
    )
    .option('--older-than <age>', 'only what was created earlier: 90m, 36h or 2d ago', readAge)
    .option('--newer-than <age>', 'only what was created since then', readAge)
    .option('--cancel', 'cancel it instead of sending it')
    .option('-y, --yes', 'do not ask')
  withClientOptions(release).action(
    context.run((_flags: unknown, command: Command) =>
      runRelease(command.optsWithGlobals<ReleaseFlags>(), context),
    ),
  )
}

async function runRelease(flags: ReleaseFlags, context: CommandContext): Promise<ExitCode> {
  const { openClient } = await import('../client.ts')
  const client = openClient(context.env, flags, context.io)
  try {
    return await releaseWith(client, flags, context)
  } finally {
    await client.close()
  }
}

async function releaseWith(
  client: ServiceClient,
  flags: ReleaseFlags,
  { io }: CommandContext,
): Promise<ExitCode> {
  const { expectOk } = await import('../client.ts')
  const now = io.now().getTime()
  const request = {
    hold_reason: flags.held,
    decision: flags.cancel === true ? 'cancel' : 'send',
    ...(flags.olderThan !== undefined && { created_to: timeAt(now - flags.olderThan) }),
    ...(flags.newerThan !== undefined && { created_from: timeAt(now - flags.newerThan) }),
  }
  const call = async (isDryRun: boolean) =>
    expectOk(
      await client.call('POST', PATH, { body: JSON.stringify({ ...request, dry_run: isDryRun }) }),
    )
  const verb = flags.cancel === true ? 'Cancel' : 'Send'
  if (flags.yes !== true) {
    const { body } = await call(true)
    const count = Number(body['matching'])
    if (count === 0) {
      io.out('No messages wait for a release.')
      return EXIT.done
    }
    const span = `${textAt(body, 'oldest_at') ?? ''} to ${textAt(body, 'newest_at') ?? ''}`
    const question = `${messagesOf(count)}, created ${span}. ${verb} them? [y/N] `
    const answer = await io.ask(question)
    if (answer === null) {
      const detail = `${messagesOf(count)}, created ${span}. Nothing was done: add --yes.`
      throw new CliError(EXIT.usage, 'invalid_query', detail)
    }
    if (!/^y(es)?$/i.test(answer.trim())) {
      io.out('Nothing was done.')
      return EXIT.failed
    }
  }
  const { body, text } = await call(false)
  const done = flags.cancel === true ? 'canceled' : 'released'
  io.out(flags.json === true ? jsonLine(text) : `${messagesOf(Number(body['done']))} ${done}.`)
  return EXIT.done
}

function messagesOf(count: number): string {
  return count === 1 ? '1 message' : `${String(count)} messages`
}

function timeAt(ms: number): string {
  return new Date(ms).toISOString()
}

/** @throws InvalidArgumentError for anything but a number with a unit */
function readAge(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const factor = UNIT_MS[unit]
  if (number === undefined || factor === undefined) {
    throw new InvalidArgumentError('It is not an age like 90m, 36h or 2d.')
  }
  return Number(number) * factor
}
