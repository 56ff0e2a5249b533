// npm test: every suite. Arguments go to vitest, e.g. `npm test -- test/dispatcher`.
//
// npm run test:conformance -- FILE: the emulator and the client against Meta's OpenAPI document, which is
// not part of the repository.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')

function readArguments(given) {
  if (given[0] !== '--conformance') return { env: process.env, forwarded: given }
  const [, file, ...forwarded] = given
  if (file === undefined) fail('usage: npm run test:conformance -- FILE')
  // npm changes to the package's folder; INIT_CWD is where the command was typed.
  const absolute = path.resolve(process.env.INIT_CWD ?? process.cwd(), file)
  if (!existsSync(absolute)) fail(`${file} is not there`)
  return { env: { ...process.env, META_OPENAPI_FILE: absolute }, forwarded }
}

function fail(line) {
  console.error(line)
  process.exit(2)
}

const { env, forwarded } = readArguments(process.argv.slice(2))
const run = spawn(process.execPath, [vitest, 'run', ...forwarded], {
  cwd: root,
  env,
  stdio: 'inherit',
})
run.once('exit', (code, signal) => {
  if (signal !== null) console.error(`the test run was ended by ${signal}`)
  process.exit(code ?? 1)
})
// The run gets the same Ctrl-C from the terminal, and cleans up by itself.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => run.kill('SIGTERM'))
