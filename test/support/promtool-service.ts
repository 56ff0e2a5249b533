import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Services } from './services.ts'

/** Prometheus's own checker of rules, in Debian's package `prometheus`. It is not started. */
export function findPromtool(env: NodeJS.ProcessEnv): Services['promtool'] {
  const executablePath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'promtool'))
    .find((candidate) => existsSync(candidate))
  if (executablePath === undefined) {
    return { found: false, reason: 'no promtool in PATH (it comes with prometheus)' }
  }
  return { found: true, where: executablePath, executablePath }
}
