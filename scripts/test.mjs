// npm test: the quick tier: every suite but the slowest, each on one database engine. Arguments go to
// vitest, e.g. `npm test -- test/dispatcher`, and what they name runs as a whole.
//
//   --all   everything, as with CI=true
//
// npm run test:conformance -- FILE: the emulator and the client against Meta's OpenAPI document, which is
// not part of the repository.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fail, runVitest } from './run-vitest.mjs'

function readArguments(given) {
  if (given[0] === '--all') return { env: {}, forwarded: given.slice(1) }
  if (given[0] !== '--conformance') {
    const isWhole = process.env.CI === 'true' || given.some((word) => !word.startsWith('-'))
    return { env: isWhole ? {} : { AVISO_TEST_TIER: 'quick' }, forwarded: given }
  }
  const [, file, ...forwarded] = given
  if (file === undefined) fail('usage: npm run test:conformance -- FILE')
  // npm changes to the package's folder; INIT_CWD is where the command was typed.
  const absolute = path.resolve(process.env.INIT_CWD ?? process.cwd(), file)
  if (!existsSync(absolute)) fail(`${file} is not there`)
  return { env: { META_OPENAPI_FILE: absolute }, forwarded }
}

const { env, forwarded } = readArguments(process.argv.slice(2))
runVitest(forwarded, env)
