import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import { ClosingLines } from './test/support/reporter.ts'

const BASE_SETUP = 'test/support/global-setup.ts'

/** Left out of the quick tier: half a minute and more each on two idle cores, processes by the dozen, a compiler. */
const SLOW = [
  'test/deploy/chart.test.ts',
  'test/db/migrate.test.ts',
  'test/faults/kills-quick.test.ts',
  'test/sandbox/**',
  'test/scenario/action-races.test.ts',
  'test/scenario/crash-simulation.test.ts',
  'test/simulation/**',
]

/** Each of these takes longer than all that may still run when the others have ended. */
const LONGEST = [
  'test/faults/kills.fault.ts',
  'test/scenario/crash-simulation.test.ts',
  'test/scenario/action-races.test.ts',
  'test/sandbox/sandbox.test.ts',
  'test/sandbox/npm-start.test.ts',
  'test/outgoing/relay.test.ts',
]

/** Else the longest of all would begin when everybody else has ended. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLongest = ({ moduleId }: TestSpecification) =>
      LONGEST.some((name) => moduleId.endsWith(name))
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))]
  }
}

/** Which tests run: npm test, or one of the commands that bring something of their own. */
function selectTests() {
  // Meta's OpenAPI document, given by `npm run test:conformance -- FILE`, is not part of the repository.
  if ((process.env['META_OPENAPI_FILE'] ?? '') !== '') {
    return { include: ['test/conformance/**/*.test.ts'] }
  }
  const tier = process.env['AVISO_TEST_TIER']
  if (tier === 'faults' || tier === 'soak') {
    return {
      include: [tier === 'soak' ? 'test/faults/**/*.soak.ts' : 'test/faults/**/*.fault.ts'],
      globalSetup: [BASE_SETUP, 'test/faults/support/fault-setup.ts'],
      // Each worker has servers of its own, and breaks them; a soak is one file.
      maxWorkers: tier === 'soak' ? 1 : 2,
      isolate: true,
      testTimeout: 600_000,
      hookTimeout: 300_000,
    }
  }
  const exclude = ['node_modules/**', 'test/conformance/**', ...(tier === 'quick' ? SLOW : [])]
  return { include: ['test/**/*.test.ts'], exclude }
}

export default defineConfig({
  test: {
    exclude: ['node_modules/**'],
    globalSetup: [BASE_SETUP],
    reporters: ['default', new ClosingLines()],
    // Each PGlite takes 0.3 to 0.7 GB and a core. In the quick tier, which has few of them, a third worker fills
    // what the others leave idle: 118 s instead of 145 on two cores.
    maxWorkers: process.env['AVISO_TEST_TIER'] === 'quick' ? 3 : 2,
    // Loading the modules anew for each file took longer than all tests together. Nothing of ours keeps
    // state in a module; what a test changes of the process (environment, mocks) it takes back.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // A first PGlite takes 3 s on an idle machine; many times that on a busy one is no failure yet.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A process that opens what it does not close is a failure of the test: no hanging run hides it.
    teardownTimeout: 10_000,
    // A run of twenty minutes on a loaded machine does not fall for one hiccup; the closing lines name
    // each test that needed its second try. On one's own machine there is none.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    ...selectTests(),
  },
})
