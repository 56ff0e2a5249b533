// npm run test:simulation: seeded histories over the model of the row store, in virtual time. Options:
//
//   --histories N   how many (200,000)
//   --seed N        the first seed (a new one each time); alone: tells the history of this seed, step by step
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fail } from './run-vitest.mjs'

const USAGE = 'usage: npm run test:simulation -- [--histories N] [--seed N]'
const RUN = fileURLToPath(new URL('../test/simulation/run.ts', import.meta.url))
const MOST_PROCESSES = 4

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { histories: { type: 'string' }, seed: { type: 'string' } },
    })
    for (const value of Object.values(values)) if (!/^\d{1,9}$/.test(value)) fail(USAGE)
    return values
  } catch {
    return fail(USAGE)
  }
}

/** Resolves with what a share printed last; the rest is a story, and is shown. */
function runShare(first, count, ...more) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', RUN, String(first), String(count), ...more],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let text = ''
    child.stdout.on('data', (piece) => (text += piece))
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`a share ended with ${String(code)}`))
      const lines = text.trimEnd().split('\n')
      if (lines.length > 1) console.log(lines.slice(0, -1).join('\n'))
      resolve(JSON.parse(lines.at(-1) ?? '{}'))
    })
  })
}

const options = readOptions()
const started = performance.now()
const seed = Number(options.seed ?? randomInt(1_000_000_000))
const isReplay = options.seed !== undefined && options.histories === undefined
const histories = isReplay ? 1 : Number(options.histories ?? 200_000)
const processes = isReplay ? 1 : Math.min(MOST_PROCESSES, availableParallelism())
const share = Math.ceil(histories / processes)
const shares = await Promise.all(
  Array.from({ length: processes }, (_, place) => {
    const count = Math.max(0, Math.min(share, histories - place * share))
    return runShare(seed + place * share, count, ...(isReplay ? ['story'] : []))
  }),
)
const sum = (name) => shares.reduce((total, one) => total + one[name], 0)
const unsound = shares.flatMap((one) => one.unsound)
for (const { seed: bad, violations } of unsound) {
  console.log(`seed ${bad}: ${violations.join('; ')}`)
  console.log(`  again, step by step: npm run test:simulation -- --seed ${bad}`)
}
const seconds = ((performance.now() - started) / 1000).toFixed(1)
console.log(
  `histories ${sum('histories')} unsound ${unsound.length} | accepted-by-meta ${sum('acceptances')} in-doubt ${sum('doubts')} | ${seconds} s | seed ${seed}`,
)
process.exit(unsound.length > 0 ? 1 : 0)
