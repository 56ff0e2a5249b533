import { randomUUID } from 'node:crypto'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceClient } from '../client.ts'
import { textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'
import { readTenant } from './option-values.ts'

interface SendFlags extends ClientFlags {
  to: string
  template?: string
  language?: string
  params?: string[]
  components?: unknown
  text?: string
  tenant?: string
  idempotencyKey?: string
  follow: boolean
  timeout: number
}

const PATH = '/api/v1/whatsapp/messages'

export function addSend(program: Command, context: CommandContext): void {
  const command = program
    .command('send')
    .description('send one message, and follow it until it is settled')
    .requiredOption('--to <recipient>', 'a phone number, or a business-scoped user id (ES.1349…)')
    .option('--template <name>', 'an approved template')
    .option('--language <code>', 'of the template: es, pt_BR; default: the service’s own')
    .option(
      '--params <values...>',
      'of the template, in the order of its variables; or one JSON array, or one JSON object by name',
    )
    .option('--components <json>', "instead of --params: Meta's own form", readJson)
    .option('--text <words>', 'instead of a template, while the 24-hour window is open')
    .option('--tenant <id>', 'whose message it is, with a key of every tenant', readTenant)
    .option('--idempotency-key <key>', 'the same key and message is sent once, however often')
    .option('--no-follow', 'do not wait for what becomes of it')
    .option('--timeout <seconds>', 'how long to follow at most', readSeconds, 60)
  withClientOptions(command).action(context.run((flags: SendFlags) => sendMessage(flags, context)))
}

async function sendMessage(flags: SendFlags, context: CommandContext): Promise<ExitCode> {
  const { env, io } = context
  const body = JSON.stringify(requestOf(flags))
  const { expectOk, openClient } = await import('../client.ts')
  const client = openClient(env, flags, io)
  try {
    const headers = { 'idempotency-key': flags.idempotencyKey ?? randomUUID() }
    const sent = expectOk(await client.call('POST', PATH, { body, headers, repeatable: true }))
    if (flags.follow) return await follow(client, sent.body, flags, context)
    io.out(flags.json === true ? jsonLine(sent.text) : sentence(sent.body))
    return EXIT.done
  } finally {
    await client.close()
  }
}

async function follow(
  client: ServiceClient,
  sent: JsonObject,
  flags: SendFlags,
  { io, colors }: CommandContext,
): Promise<ExitCode> {
  const { followMessage } = await import('../follow-message.ts')
  const { describeMessage, progressLine } = await import('../show-message.ts')
  if (flags.json !== true) io.out(sentence(sent))
  const id = textAt(sent, 'id') ?? ''
  const last = await followMessage(client, id, flags.timeout * 1000, (message) => {
    if (flags.json !== true) io.out(progressLine(message, colors))
  })
  const status = textAt(last.body, 'status')
  if (flags.json === true) io.out(jsonLine(last.text))
  else if (status === 'FAILED' || status === 'PENDING') {
    for (const line of describeMessage(last.body, colors)) io.out(line)
    if (status === 'PENDING')
      io.out('It goes on by itself; look again with: aviso messages show ' + id)
  }
  return status === 'FAILED' || status === 'PENDING' ? EXIT.failed : EXIT.done
}

function requestOf(flags: SendFlags): JsonObject {
  const { to, template, text, tenant } = flags
  const common = { to, ...(tenant !== undefined && { tenant_id: tenant }) }
  const forTemplate = [flags.language, flags.params, flags.components]
  if (text !== undefined && template === undefined) {
    if (forTemplate.some((flag) => flag !== undefined)) {
      throw wrong('--language, --params and --components belong to --template, not to --text.')
    }
    return { ...common, type: 'text', text: { body: text } }
  }
  if (template === undefined || text !== undefined) {
    throw wrong('name either --template with its --params, or --text.')
  }
  const { language, params, components } = flags
  if (params !== undefined && components !== undefined) {
    throw wrong('name either --params or --components.')
  }
  return {
    ...common,
    type: 'template',
    template: {
      name: template,
      ...(language !== undefined && { language }),
      ...(params !== undefined && { parameters: parametersOf(params) }),
      ...(components !== undefined && { components }),
    },
  }
}

/** One value that is a JSON array or object says all; else each is a text. */
function parametersOf(params: readonly string[]): unknown {
  const [only] = params
  if (params.length !== 1 || only === undefined || !/^\s*[[{]/.test(only)) return params
  try {
    return JSON.parse(only)
  } catch {
    throw wrong('--params begins like JSON, but is none. Quote it as one argument.')
  }
}

function wrong(words: string): CliError {
  return new CliError(EXIT.usage, 'invalid_query', `${words} See aviso send --help.`)
}

function sentence(message: JsonObject): string {
  const words = (key: string): string => printable(textAt(message, key) ?? '')
  const to = words('recipient_phone') === '' ? words('recipient_input') : words('recipient_phone')
  return `Message ${words('id')} to ${to}`
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidArgumentError('It is not JSON.')
  }
}

function readSeconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is not a whole number of seconds.')
}
