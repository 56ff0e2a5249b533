import { Command, CommanderError } from 'commander'
import picocolors from 'picocolors'
import type { Env } from '../config.ts'
import { loadEnv } from '../config/load-env.ts'
import { AppError, coerceError } from '../lib/errors.ts'
import { VERSION } from '../lib/version.ts'
import { CliError, EXIT, printError } from './cli-error.ts'
import type { ExitCode } from './cli-error.ts'
import type { CommandContext } from './commands/context.ts'
import { addBulk } from './commands/bulk.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEmulator } from './commands/emulator.ts'
import { addKeys } from './commands/keys.ts'
import { addMessages } from './commands/messages.ts'
import { addPublish } from './commands/publish.ts'
import { addRejected } from './commands/rejected.ts'
import { addSend } from './commands/send.ts'
import { addStats } from './commands/stats.ts'
import { addSuppliers } from './commands/suppliers.ts'
import { addMigrate, addSandbox, addServe } from './commands/serve.ts'
import { addTemplates } from './commands/templates.ts'
import type { CliIo } from './io.ts'
import { printable } from './printable.ts'

/**
 * Runs one command.
 *
 * @param argv what follows the program's name
 * @param real the real environment; `.env` of `io.cwd` is laid under it
 * @returns the exit code: 0 done, 1 the thing asked for failed, 2 wrong usage, 78 wrong configuration
 */
export async function runCli(argv: readonly string[], real: Env, io: CliIo): Promise<ExitCode> {
  const json = wantsJson(argv)
  try {
    const loaded = loadEnv(real, io.cwd)
    if (!loaded.ok) throw new CliError(EXIT.configuration, 'configuration', loaded.problem)
    return await runCommand(argv, loaded.env, io)
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, json, io)
    const failure = toCliError(error)
    printError(failure, json, io.err)
    return failure.exitCode
  }
}

async function runCommand(argv: readonly string[], env: Env, io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const context: CommandContext = {
    env,
    io,
    colors: picocolors.createColors(io.color),
    run:
      (action) =>
      async (...given) => {
        exitCode = await action(...given)
      },
  }
  const program = createProgram(context, await environmentHelp(argv))
  if (argv.length === 0) {
    io.err(program.helpInformation().trimEnd())
    return EXIT.usage
  }
  await program.parseAsync([...argv], { from: 'user' })
  return exitCode
}

function createProgram(context: CommandContext, help: string): Command {
  const { io } = context
  const program = new Command('aviso')
    .description(
      'Purchase orders to suppliers by WhatsApp: never lost, never twice, every failure explained.',
    )
    .version(VERSION)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, '')),
      writeErr: (text) => io.err(text.replace(/\n$/, '')),
      // Reported once, below, in the form that was asked for.
      outputError: () => undefined,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.color,
    })
  addServe(program, context, help)
  addSandbox(program, context)
  addEmulator(program, context)
  addMigrate(program, context)
  addPublish(program, context)
  addSend(program, context)
  addBulk(program, context)
  addMessages(program, context)
  addTemplates(program, context)
  addSuppliers(program, context)
  addStats(program, context)
  addRejected(program, context)
  addKeys(program, context)
  addDoctor(program, context)
  program.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.',
  )
  return program
}

/** The table of settings is read only where its help may be asked for. */
async function environmentHelp(argv: readonly string[]): Promise<string> {
  if (!argv.includes('serve')) return ''
  const { renderServeHelp } = await import('../config/describe-settings.ts')
  return renderServeHelp()
}

function reportUsage(error: CommanderError, json: boolean, io: CliIo): ExitCode {
  if (error.exitCode === 0) return EXIT.done
  // Commander's own help, asked for by leaving out a subcommand, is on standard error already.
  if (error.code === 'commander.help') return EXIT.usage
  const words = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  const detail = `${printable(words)}${/[.?)]$/.test(words) ? '' : '.'} See aviso --help.`
  printError(new CliError(EXIT.usage, 'invalid_query', detail), json, io.err)
  return EXIT.usage
}

function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  const cause = coerceError(error)
  if (cause instanceof AppError) {
    const exitCode = cause.code === 'configuration' ? EXIT.configuration : EXIT.failed
    return new CliError(exitCode, cause.code, cause.message, { cause })
  }
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    const detail = `cannot listen: ${cause.message}. Choose another port.`
    return new CliError(EXIT.configuration, 'configuration', detail, { cause })
  }
  return new CliError(EXIT.failed, 'internal', cause.message, { cause })
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}
