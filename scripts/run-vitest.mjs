import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')

/** Runs vitest with these arguments and variables, and ends this process as it ended. */
export function runVitest(forwarded, env = {}) {
  const run = spawn(process.execPath, [vitest, 'run', ...forwarded], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  run.once('exit', (code, signal) => {
    if (signal !== null) console.error(`the test run was ended by ${signal}`)
    process.exit(code ?? 1)
  })
  // The run gets the same Ctrl-C from the terminal, and cleans up by itself.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => run.kill('SIGTERM'))
}

/** Says how it is used, and ends. */
export function fail(line) {
  console.error(line)
  process.exit(2)
}
