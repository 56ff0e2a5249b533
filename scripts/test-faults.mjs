// npm run test:faults: kills, restarts, cuts, on servers of its own. Options:
//
//   --kills N   SIGKILLs under load (60)
//   --full      what is shown before a release: 300 kills, 20 restarts of the database, 5 of the broker,
//               50 SIGTERMs, long outages
//   --seed N    repeats a run (a new one each time)
//
// Further arguments go to vitest, e.g. `-t F5`.
import { randomInt } from 'node:crypto'
import { buildWhereStale } from './build-where-stale.mjs'
import { fail, runVitest } from './run-vitest.mjs'

const USAGE = 'usage: npm run test:faults -- [--kills N] [--full] [--seed N] [arguments of vitest]'

function readArguments(given) {
  const env = { AVISO_TEST_TIER: 'faults', AVISO_FAULTS_SEED: String(randomInt(1_000_000)) }
  const forwarded = []
  const rest = [...given]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--full') env.AVISO_FAULTS_FULL = '1'
    else if (word === '--kills') env.AVISO_FAULTS_KILLS = readNumber(rest.shift())
    else if (word === '--seed') env.AVISO_FAULTS_SEED = readNumber(rest.shift())
    else forwarded.push(word)
  }
  return { env, forwarded }
}

function readNumber(text) {
  if (text === undefined || !/^\d{1,6}$/.test(text)) fail(USAGE)
  return text
}

const { env, forwarded } = readArguments(process.argv.slice(2))
// Whole processes are started from dist/: an old one would be tested instead of this source.
buildWhereStale()
runVitest(forwarded, env)
