import { existsSync } from 'node:fs'
import type { Services } from './services.ts'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser for the dashboard's suites: `CHROMIUM_PATH`, else the usual places. It is not started. */
export function findChromium(env: NodeJS.ProcessEnv): Services['chromium'] {
  const given = env['CHROMIUM_PATH'] ?? ''
  const candidates = given === '' ? PATHS : [given]
  const executablePath = candidates.find((path) => existsSync(path))
  if (executablePath === undefined) {
    return { found: false, reason: `no Chromium at ${candidates.join(', ')}` }
  }
  return { found: true, where: executablePath, executablePath }
}
