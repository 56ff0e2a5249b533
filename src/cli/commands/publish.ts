import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { CliError, EXIT, describeProblem, makeProblem } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { CliIo } from '../io.ts'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { publishEvents } from '../publish-events.ts'
import { findBroker } from '../find-broker.ts'
import type { Publisher, PublishResult } from '../publishers/publisher.ts'
import { readEvents } from '../read-events.ts'
import type { BadEvent, FileEvent } from '../read-events.ts'
import { nameOfFile, readFile } from '../read-file.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'

export function addPublish(program: Command, context: CommandContext): void {
  const command = program
    .command('publish')
    .description(
      'publish purchase-order events: to RabbitMQ where RABBITMQ_URL is set and no service is named, else over HTTP',
    )
    .argument('<file>', 'a JSON document, an array of them, or JSON lines; - for standard input')
  withClientOptions(command).action(
    context.run((file: string, flags: ClientFlags) => publish(file, flags, context)),
  )
}

async function publish(
  file: string,
  flags: ClientFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const entries = readEvents(await readFile(file, context.io))
  if (entries.length === 0) {
    throw new CliError(EXIT.failed, 'invalid_json', `there is no event in ${nameOfFile(file)}.`)
  }
  const publisher = await openPublisher(flags, context)
  try {
    const events = entries.filter((entry) => entry.kind === 'event')
    const results = publishEvents(events, publisher)
    let failures = 0
    let printed = 0
    for (const entry of entries) {
      if (entry.kind === 'bad') {
        failures += 1
        printBad(entry, flags, context)
        continue
      }
      const result = await results[printed]?.catch((error: unknown) => {
        throw withProgress(error, printed, events.length)
      })
      if (result === undefined) continue
      printed += 1
      if (isFailure(result)) failures += 1
      printResult(entry, result, flags, context)
    }
    return failures === 0 ? EXIT.done : EXIT.failed
  } finally {
    await publisher.close()
  }
}

/** RabbitMQ where it is configured, unless the command itself names a service. */
async function openPublisher(flags: ClientFlags, context: CommandContext): Promise<Publisher> {
  const namesService = [flags.url, flags.key, flags.dataDir].some((flag) => flag !== undefined)
  const broker = namesService ? null : findBroker(context.env)
  if (broker !== null) {
    const { openRabbitmqPublisher } = await import('../publishers/rabbitmq.ts')
    return openRabbitmqPublisher(broker)
  }
  const { openClient } = await import('../client.ts')
  const { createHttpPublisher } = await import('../publishers/http.ts')
  const client = openClient(context.env, flags, context.io)
  return createHttpPublisher(client, (seconds) => sleep(seconds * 1000))
}

function isFailure({ kind }: PublishResult): boolean {
  return kind === 'refused' || kind === 'conflict' || kind === 'unconfirmed'
}

function withProgress(error: unknown, done: number, total: number): unknown {
  if (!(error instanceof CliError) || done === 0) return error
  const detail =
    `${error.message} ${String(done)} of ${String(total)} events were answered before; ` +
    'publish the file again: what is known makes no second message.'
  return new CliError(error.exitCode, 'unavailable', detail, { cause: error })
}

function printBad(entry: BadEvent, flags: ClientFlags, { io, colors }: CommandContext): void {
  const detail = `${entry.label}: ${entry.detail}`
  if (flags.json === true) {
    printRefusal(null, makeProblem(400, 'invalid_json', detail), io)
    return
  }
  io.out(`${colors.red('refused')}    ${printable(detail)}`)
}

/** What stands on standard output for an event that was not taken; its problem is an error, and goes where they go. */
function printRefusal(id: string | null, problem: string, io: CliIo): void {
  const parsed = JSON.parse(problem) as JsonObject
  const code = textAt(parsed, 'code')
  const messageId = textAt(parsed, 'message_id')
  io.out(jsonLine(JSON.stringify({ event_id: id, accepted: false, code, message_id: messageId })))
  io.err(jsonLine(problem))
}

function printResult(
  { label, id }: FileEvent,
  result: PublishResult,
  flags: ClientFlags,
  { io, colors }: CommandContext,
): void {
  if (flags.json === true) {
    if (result.kind === 'refused' || result.kind === 'conflict') {
      printRefusal(id, result.answer, io)
      return
    }
    io.out(jsonLine(result.answer))
    if (result.kind === 'unconfirmed') io.err(jsonLine(result.problem))
    return
  }
  const name = printable(label)
  switch (result.kind) {
    case 'accepted':
    case 'duplicate': {
      const word = result.kind === 'accepted' ? colors.green('accepted ') : colors.cyan('duplicate')
      const status = result.status === null ? '' : ` ${result.status}`
      io.out(
        printable(`${name}  message ${result.messageId ?? '?'}${status}`).replace(/^/, `${word}  `),
      )
      return
    }
    case 'confirmed':
      io.out(`${colors.green('confirmed')}  ${name}`)
      return
    case 'unconfirmed': {
      const [detail] = describeProblem(result.problem, 'the broker does not take it')
      io.out(`${colors.red('failed   ')}  ${name}: ${detail ?? ''}`)
      return
    }
    case 'conflict':
    case 'refused': {
      const word = result.kind === 'conflict' ? colors.yellow('conflict ') : colors.red('refused  ')
      const [first, ...fields] = describeProblem(result.answer, 'the service refused it')
      io.out(`${word}  ${name}: ${first ?? ''}`)
      for (const field of fields) io.out(`             ${field}`)
    }
  }
}
