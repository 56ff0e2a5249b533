import { findService as find } from '../config/find-service.ts'
import type { FoundService, ServiceFlags } from '../config/find-service.ts'
import type { Env } from '../config.ts'
import { AppError } from '../lib/errors.ts'
import { CliError, EXIT, makeProblem } from './cli-error.ts'

export type { FoundService, ServiceFlags } from '../config/find-service.ts'

/**
 * The service that flags and environment name, or a sandbox that runs.
 *
 * @throws CliError for an address or a key that is malformed, and where no sandbox runs in `--data-dir`
 */
export function findService(env: Env, flags: ServiceFlags, cwd: string): FoundService {
  try {
    return find(env, flags, cwd, '--url')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'unavailable') {
      throw new CliError(EXIT.failed, error.code, error.message, {
        problem: makeProblem(503, error.code, error.message),
      })
    }
    const exit = error.code === 'configuration' ? EXIT.configuration : EXIT.usage
    throw new CliError(exit, error.code, error.message)
  }
}
