import type { Command } from 'commander'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { objectsAt, textAt } from '../json-object.ts'
import type { JsonObject } from '../json-object.ts'
import { jsonLine, printable } from '../printable.ts'
import { withClientOptions } from './context.ts'
import type { ClientFlags, CommandContext } from './context.ts'

interface DoctorFlags extends ClientFlags {
  sendTest?: string
}

/** A test message has its own limit, below this one. */
const ANSWER_WITHIN_MS = 150_000

export function addDoctor(program: Command, context: CommandContext): void {
  const doctor = program
    .command('doctor')
    .description('the before-going-live checklist; exit 0 only when nothing failed')
    .option(
      '--send-test <number>',
      'send a test message to this number, and wait up to a minute for its webhook',
    )
  withClientOptions(doctor).action(context.run((flags: DoctorFlags) => examine(flags, context)))
}

/** The running service knows itself best; without one the checks are made from here. */
async function examine(flags: DoctorFlags, context: CommandContext): Promise<ExitCode> {
  const text = (await askService(flags, context)) ?? (await examineHere(flags, context))
  const report = JSON.parse(text) as JsonObject
  const { io } = context
  if (flags.json === true) io.out(jsonLine(text))
  else for (const check of objectsAt(report, 'checks')) print(check, context)
  return report['ok'] === true ? EXIT.done : EXIT.failed
}

/** Null where no service answers and none was named. */
async function askService(flags: DoctorFlags, { env, io }: CommandContext): Promise<string | null> {
  const { expectOk, openClient } = await import('../client.ts')
  const client = openClient(env, flags, io)
  try {
    const { sendTest } = flags
    const asked = sendTest !== undefined && { body: JSON.stringify({ send_test: sendTest }) }
    const call = { ...asked, timeoutMs: ANSWER_WITHIN_MS }
    return expectOk(await client.call('POST', '/api/v1/doctor', call)).text
  } catch (error) {
    // An empty variable counts as unset.
    const isNamed =
      (flags.url ?? flags.dataDir) !== undefined || (env['AVISO_URL'] ?? '').trim() !== ''
    if (!(error instanceof CliError)) throw error
    const code = codeOf(error)
    if (code === 'not_found' && isNamed) {
      const words = 'The process there has not the role api, and so no doctor: name one that has.'
      throw new CliError(EXIT.failed, code, words, { cause: error })
    }
    // A refusal of the service is an answer.
    if (isNamed || (code !== 'unavailable' && code !== 'not_found')) throw error
    const why =
      code === 'not_found' ? 'The service here has not the role api' : 'No service answers'
    io.err(`${why}: the checks are made from here, and those of a running one are skipped.`)
    return null
  } finally {
    await client.close()
  }
}

function codeOf(error: CliError): string | null {
  return textAt(JSON.parse(error.problem) as JsonObject, 'code')
}

async function examineHere(flags: DoctorFlags, { env, io }: CommandContext): Promise<string> {
  const { loadServeConfig } = await import('../../config.ts')
  const loaded = loadServeConfig(env, { now: io.now() })
  if (!loaded.ok) {
    throw new CliError(EXIT.configuration, 'configuration', loaded.problems.join('\n'))
  }
  const { runDoctor } = await import('../../run-service.ts')
  return JSON.stringify(
    await runDoctor(loaded.config, {
      sendTest: flags.sendTest ?? null,
      tenantId: null,
    }),
  )
}

const WORDS: Readonly<Record<string, string>> = {
  ok: 'ok     ',
  warning: 'warning',
  failed: 'failed ',
  skipped: 'skipped',
}

function print(check: JsonObject, { io, colors }: CommandContext): void {
  const result = textAt(check, 'result') ?? ''
  const paint =
    { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim }[result] ??
    ((text: string) => text)
  const name = (textAt(check, 'name') ?? '').padEnd(20)
  const remedy = textAt(check, 'remedy')
  const guide = textAt(check, 'guide')
  const todo = remedy === null ? '' : ` → ${remedy}${guide === null ? '' : ` (${guide})`}`
  io.out(
    `${paint(WORDS[result] ?? result)}  ${printable(`${name}  ${textAt(check, 'detail') ?? ''}${todo}`)}`,
  )
}
