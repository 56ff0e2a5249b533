import { existsSync } from 'node:fs'
import path from 'node:path'

/**
 * A program of somebody else that a suite calls, looked for in PATH.
 *
 * @param comesWith where it is to be had, for the line that says why a suite is skipped
 */
export function findTool(
  env: NodeJS.ProcessEnv,
  name: string,
  comesWith: string,
): { found: true; where: string; executablePath: string } | { found: false; reason: string } {
  const executablePath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((candidate) => existsSync(candidate))
  return executablePath === undefined
    ? { found: false, reason: `no ${name} in PATH (it comes with ${comesWith})` }
    : { found: true, where: executablePath, executablePath }
}
