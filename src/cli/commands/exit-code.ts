import { EXIT } from '../cli-error.ts'
import type { ExitCode } from '../cli-error.ts'

/** An exit code as the interface names them; any other number is a failure. */
export function readExitCode(code: number): ExitCode {
  return Object.values(EXIT).find((known) => known === code) ?? EXIT.failed
}
