import type { Command } from 'commander'
import type picocolors from 'picocolors'
import type { Env } from '../../config.ts'
import type { ExitCode } from '../cli-error.ts'
import type { ServiceFlags } from '../find-service.ts'
import type { CliIo } from '../io.ts'

/** What every command has at hand. */
export interface CommandContext {
  env: Env
  io: CliIo
  colors: ReturnType<typeof picocolors.createColors>
  /** Wraps a command's action: what it resolves with is the process's exit code. */
  run<Arguments extends unknown[]>(
    action: (...given: Arguments) => Promise<ExitCode>,
  ): (...given: Arguments) => Promise<void>
}

export interface ClientFlags extends ServiceFlags {
  json?: boolean
}

/** The options of every command that speaks to a running service. */
export function withClientOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the service (AVISO_URL)')
    .option('--key <key>', 'API key (AVISO_API_KEY)')
    .option(
      '--data-dir <dir>',
      'data directory of a running sandbox, whose address and key go before AVISO_URL and AVISO_API_KEY',
    )
    .option('--json', "print the API's JSON unchanged")
}
