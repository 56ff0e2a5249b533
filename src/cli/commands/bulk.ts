import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { BULK_FORMATS } from '../bulk/bulk-file.ts'
import type { BadLine, BulkFile, BulkFormat } from '../bulk/bulk-file.ts'
import type { PlannedBatch } from '../bulk/plan-batches.ts'
import type { QueuedBatch } from '../bulk/send-batches.ts'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import { jsonLine, printable } from '../printable.ts'
import { nameOfFile, readFile } from '../read-file.ts'
import { addBulkActions } from './bulk-actions.ts'
import { followToEnd } from './bulk-follow.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { readTenant } from './option-values.ts'
import { judgeWithClient } from './with-client.ts'

interface BulkFlags extends ClientFlags {
  format?: BulkFormat
  ratePerSecond?: number
  stopWhenFailedShare?: number
  tenant?: string
  again?: string
  rejectedTo?: string
  follow: boolean
  timeout: number
}

/** `aviso bulk`: many messages from a file, and what becomes of them. */
export function addBulk(program: Command, context: CommandContext): void {
  const bulk = program
    .command('bulk')
    .description('send the messages of a file as batches; show, pause, resume, cancel a batch')
  const send = bulk
    .command('send', { isDefault: true })
    .description('queue the messages of a file, and follow them until they are settled')
    .argument(
      '<file>',
      'CSV: to,template,language,param_1,param_2,… with this header, other columns become metadata; ' +
        'a JSON array; JSON lines; - for standard input',
    )
    .addOption(
      new Option('--format <format>', 'of the file, where its ending does not say it').choices(
        BULK_FORMATS,
      ),
    )
    .option('--rate-per-second <n>', 'messages a second at most, of the whole file', readRate)
    .option(
      '--stop-when-failed-share <share>',
      'cancel the rest when more than this share has failed: 0.1 = a tenth',
      readShare,
    )
    .option('--tenant <id>', 'whose messages they are, with a key of every tenant', readTenant)
    .option(
      '--again <word>',
      'send the same messages once more, on purpose; the word tells this time from others',
      readWord,
    )
    .option('--rejected-to <file>', 'write the lines that were not taken to a new file')
    .option('--no-follow', 'do not wait for what becomes of them')
    .option(
      '--timeout <seconds>',
      'how long to wait for deliveries after the last was sent',
      readSeconds,
      60,
    )
  withClientOptions(send).action(
    context.run((name: string, flags: BulkFlags) => sendFile(name, flags, context)),
  )
  addBulkActions(bulk, context)
  bulk.addHelpText(
    'after',
    '\naviso bulk FILE is aviso bulk send FILE; what it takes: aviso bulk send --help',
  )
}

async function sendFile(
  name: string,
  flags: BulkFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { readBulk } = await import('../bulk/read-bulk.ts')
  const { addTenant } = await import('../bulk/add-tenant.ts')
  const { planBatches } = await import('../bulk/plan-batches.ts')
  const file = readBulk(await readFile(name, context.io), name, flags.format)
  if (file.good.length === 0 && file.bad.length === 0) {
    const detail = `there is no message in ${nameOfFile(name)}.`
    throw new CliError(EXIT.failed, 'validation_failed', detail)
  }
  const { tenant } = flags
  const lines = tenant === undefined ? file.good : addTenant(file.good, tenant)
  const planned = planBatches(lines, flags.again ?? null)
  return judgeWithClient(flags, context, async (client) => {
    const stopped = context.io.untilStopped()
    const queued = await queueAll(client, planned, stopped, flags, context)
    const rejected = [...file.bad, ...queued.flatMap((batch) => batch.rejected)]
    rejected.sort((a, b) => a.line - b.line)
    const taken = queued.reduce((sum, { accepted }) => sum + accepted, 0)
    await report({ file, rejected, taken }, flags, context)
    const ids = queued.filter(({ accepted }) => accepted > 0).map(({ id }) => id)
    if (!flags.follow || ids.length === 0) {
      if (flags.json === true) for (const { answer } of queued) context.io.out(jsonLine(answer))
      return rejected.length > 0 ? EXIT.failed : EXIT.done
    }
    const follow = { ...flags, deliveryMs: flags.timeout * 1000, stopped }
    const end = await followToEnd(client, ids, follow, context)
    return rejected.length > 0 ? EXIT.failed : end
  })
}

/** @throws CliError with what is queued already, and what to do about the rest */
async function queueAll(
  client: ServiceClient,
  planned: readonly PlannedBatch[],
  stopped: Promise<void>,
  flags: BulkFlags,
  { io }: CommandContext,
): Promise<QueuedBatch[]> {
  const { queueBatch } = await import('../bulk/send-batches.ts')
  const settings = {
    ratePerSecond: flags.ratePerSecond ?? null,
    stopWhenFailedShare: flags.stopWhenFailedShare ?? null,
  }
  const queued: QueuedBatch[] = []
  for (const batch of planned) {
    const made = await Promise.race([
      queueBatch(client, batch, settings, planned.length).catch((error: unknown) => {
        throw withProgress(error, queued.length, planned.length)
      }),
      stopped.then(() => null),
    ])
    if (made === null) throw interrupted(queued, planned.length)
    queued.push(made)
    if (flags.json !== true) io.out(queuedWords(made))
  }
  return queued
}

/** Without what was not taken: lines that could not be read belong to no batch, and are counted with the rest. */
function queuedWords({ id, accepted, wasKnown }: QueuedBatch): string {
  const known = wasKnown ? '; queued by an earlier run of this file, nothing was added' : ''
  return `Batch ${printable(id)}: ${messages(accepted)}${known}.`
}

async function report(
  { file, rejected, taken }: { file: BulkFile; rejected: readonly BadLine[]; taken: number },
  flags: BulkFlags,
  context: CommandContext,
): Promise<void> {
  const { printRejected, saveRejected } = await import('../bulk/report-rejected.ts')
  printRejected(rejected, taken, flags.json === true, context)
  if (rejected.length > 0 && flags.rejectedTo !== undefined) {
    await saveRejected(flags.rejectedTo, file, rejected, taken, context)
  }
}

function withProgress(error: unknown, done: number, total: number): unknown {
  if (!(error instanceof CliError) || total < 2) return error
  const detail =
    `${error.message} ${String(done)} of ${String(total)} batches of this file are queued; run the same ` +
    'command again for the rest: what is known makes no second message.'
  return new CliError(error.exitCode, 'unavailable', detail, { cause: error })
}

function interrupted(queued: readonly QueuedBatch[], total: number): CliError {
  const ids = queued.map(({ id }) => printable(id)).join(' ')
  const detail =
    `Interrupted: ${String(queued.length)} of ${String(total)} batches of this file are queued for certain` +
    `${ids === '' ? '' : ` (${ids})`}, and go on. Run the same command again to queue the rest and see what ` +
    'became of them: what is known makes no second message. aviso bulk cancel ends one.'
  return new CliError(EXIT.failed, 'canceled', detail)
}

function messages(count: number): string {
  return count === 1 ? '1 message' : `${String(count)} messages`
}

function readRate(text: string): number {
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (rate > 0 && rate <= 1000) return rate
  throw new InvalidArgumentError('It is not a number above 0, up to 1000.')
}

function readShare(text: string): number {
  const share = /^\d?\.?\d{1,6}$/.test(text) ? Number(text) : 0
  if (share > 0 && share <= 1) return share
  throw new InvalidArgumentError('It is not a share above 0, up to 1: 0.1 = a tenth.')
}

function readWord(text: string): string {
  if (/^[\w.:-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('It is not a word of up to 64 letters, digits and .:_-')
}

function readSeconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not a whole number of seconds.')
}
