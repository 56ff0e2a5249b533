import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { CliError, EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'
import { printable } from '../printable.ts'
import type { CommandContext } from './context.ts'
import { readExitCode } from './exit-code.ts'

/** The service against real configuration, the sandbox, and the schema. */
export function addServe(program: Command, context: CommandContext, environmentHelp: string): void {
  program
    .command('serve')
    .description('run the service; what it needs comes from the environment')
    .option('--roles <list>', 'api, webhook, consumer, dispatcher: any of them (default: all)')
    .addHelpText('after', environmentHelp)
    .action(context.run((flags: { roles?: string }) => serve(flags, context)))
}

export function addSandbox(program: Command, context: CommandContext): void {
  program
    .command('sandbox')
    .description(
      'run everything embedded, with an emulator in the place of Meta; nothing leaves the machine',
    )
    .option('--data-dir <dir>', 'where it keeps its data (default: ./data/sandbox)')
    .option('--port <n>', 'port of the API (PORT; default: 8080)', readPort)
    .option('--no-examples', 'publish no example orders')
    .action(
      context.run((flags: { dataDir?: string; port?: number; examples: boolean }) =>
        sandbox(flags, context),
      ),
    )
}

export function addMigrate(program: Command, context: CommandContext): void {
  const command = program
    .command('migrate')
    .description('apply the schema migrations that are pending')
    .action(context.run(() => migrate('up', context)))
  command
    .command('status')
    .description('show the migrations, the current one first; exit 1 when some are pending')
    .action(context.run(() => migrate('status', context)))
}

async function serve(flags: { roles?: string }, { env, io }: CommandContext): Promise<ExitCode> {
  const { loadServeConfig } = await import('../../config.ts')
  const { readRoles } = await import('../../config/checks.ts')
  // A wrong flag is wrong usage, not wrong configuration.
  const [wrongRole] = readRoles(flags.roles).problems
  if (wrongRole !== undefined) throw new CliError(EXIT.usage, 'invalid_query', wrongRole)
  const loaded = loadServeConfig(env, {
    now: io.now(),
    ...(flags.roles !== undefined && { roles: flags.roles }),
  })
  if (!loaded.ok) return refuse(loaded.problems, io.err)
  for (const warning of loaded.warnings) io.err(`warning: ${printable(warning)}`)
  const { runServe } = await import('../../run-service.ts')
  return readExitCode(await runServe(loaded.config, io))
}

async function sandbox(
  flags: { dataDir?: string; port?: number; examples: boolean },
  { env, io }: CommandContext,
): Promise<ExitCode> {
  const { loadSandboxConfig } = await import('../../config.ts')
  const loaded = loadSandboxConfig(env, flags)
  if (!loaded.ok) return refuse(loaded.problems, io.err)
  if (loaded.ignored.length > 0) {
    io.err(
      `The sandbox does not read ${loaded.ignored.join(', ')}, though set: nothing leaves this machine.`,
    )
  }
  const { runSandbox } = await import('../../sandbox/sandbox.ts')
  return readExitCode(await runSandbox(loaded.config, io))
}

async function migrate(mode: 'up' | 'status', { env, io }: CommandContext): Promise<ExitCode> {
  const { loadDatabaseConfig } = await import('../../config.ts')
  const loaded = loadDatabaseConfig(env)
  if (!loaded.ok) return refuse(loaded.problems, io.err)
  const { runMigrate } = await import('../../run-service.ts')
  return readExitCode(await runMigrate(loaded.config, mode, io))
}

/** One line a problem and nothing else, so that a script can count them. */
function refuse(problems: readonly string[], err: (line: string) => void): ExitCode {
  for (const problem of problems) err(printable(problem))
  return EXIT.configuration
}

/** @throws InvalidArgumentError for anything but a port number */
export function readPort(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 0 && value <= 65_535) return value
  throw new InvalidArgumentError('It is not a port number.')
}
