// npm run test:soak -- MINUTES [--seed N]: load, and a random fault every 5 s.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { buildWhereStale } from './build-where-stale.mjs'
import { fail, runVitest } from './run-vitest.mjs'

const USAGE = 'usage: npm run test:soak -- MINUTES [--seed N]'

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: 'string' } },
    })
    const [minutes = '10'] = positionals
    const { seed = String(randomInt(1_000_000)) } = values
    if (!/^\d{1,4}$/.test(minutes) || !/^\d{1,6}$/.test(seed)) fail(USAGE)
    return { minutes, seed }
  } catch {
    return fail(USAGE)
  }
}

const { minutes, seed } = readArguments()
buildWhereStale()
console.log(`seed ${seed}`)
runVitest([], {
  AVISO_TEST_TIER: 'soak',
  AVISO_SOAK_MINUTES: minutes,
  AVISO_FAULTS_SEED: seed,
})
