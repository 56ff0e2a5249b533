// npm run test:sabotage: builds one fault after the other into a copy of the tree, and looks whether the
// test that is named for it fails. Options:
//
//   --only TEXT   those whose name holds it
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { VARIANTS } from '../test/sabotage/variants.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'data'])
const RUN_WITHIN_MS = 600_000

const sound = new Map()
const copy = mkdtempSync(path.join(tmpdir(), 'aviso-test-sabotage-'))
process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

cpSync(ROOT, copy, {
  recursive: true,
  filter: (from) => !LEFT_OUT.has(path.relative(ROOT, from)),
})
symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'))

const [flag, wanted = ''] = process.argv.slice(2)
const variants = VARIANTS.filter(({ name }) => flag !== '--only' || name.includes(wanted))
const results = variants.map((variant) => {
  const result = tryVariant(variant)
  console.log(
    `${result.verdict.padEnd(10)}  ${result.name}\n            ${variant.caughtBy.join('  ')}`,
  )
  return result
})
const caught = results.filter(({ verdict }) => verdict === 'caught').length
console.log(`${caught} of ${results.length} faults caught`)
process.exitCode = caught === results.length && caught > 0 ? 0 : 1

/** Sound first: a test that fails anyway has caught nothing. */
function tryVariant(variant) {
  const { name, file, find, replace, caughtBy } = variant
  const place = path.join(copy, file)
  const text = readFileSync(place, 'utf8')
  const times = text.split(find).length - 1
  if (times !== 1) return { name, verdict: `it stands ${times} times in ${file}` }
  const before = runOnSound(caughtBy)
  if (before.passed === 0) return { name, verdict: 'no such test' }
  if (before.failed > 0) return { name, verdict: 'fails on sound source' }
  writeFileSync(
    place,
    text.replace(find, () => replace),
  )
  const after = run(caughtBy)
  writeFileSync(place, text)
  return { name, verdict: after.failed > 0 ? 'caught' : 'NOT CAUGHT' }
}

/** The same test may catch several faults. */
function runOnSound(caughtBy) {
  const key = caughtBy.join(' ')
  const known = sound.get(key) ?? run(caughtBy)
  sound.set(key, known)
  return known
}

function run([file, pattern]) {
  return file.endsWith('.test.ts') ? runTest(file, pattern) : runSimulation(file, pattern)
}

/** Its last line tells which histories do not hold. */
function runSimulation(file, histories) {
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', file, '1', histories], {
    cwd: copy,
    encoding: 'utf8',
    timeout: RUN_WITHIN_MS,
  })
  try {
    const failed = JSON.parse(stdout.trimEnd().split('\n').at(-1)).unsound.length
    return { passed: failed === 0 ? 1 : 0, failed }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

function runTest(file, pattern) {
  const report = path.join(copy, 'report.json')
  rmSync(report, { force: true })
  const options = ['-t', pattern, '--reporter=json', `--outputFile=${report}`, '--retry=0']
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', file, ...options], {
    cwd: copy,
    env: { ...process.env, CI: '' },
    stdio: 'ignore',
    timeout: RUN_WITHIN_MS,
  })
  try {
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    return { passed, failed }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
