import { defineConfig } from 'vitest/config'
import { ClosingLines } from './test/support/reporter.ts'

/**
 * Meta's OpenAPI document, given by `npm run test:conformance -- FILE`: its suite needs a file that is
 * not part of the repository, so it runs alone and never as a part of `npm test`.
 */
const conformance = (process.env['META_OPENAPI_FILE'] ?? '') !== ''

export default defineConfig({
  test: {
    include: conformance ? ['test/conformance/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: conformance ? ['node_modules/**'] : ['node_modules/**', 'test/conformance/**'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', new ClosingLines()],
    // Each PGlite takes 0.3 to 0.7 GB and a core; more workers than two make the run slower, not faster.
    maxWorkers: 2,
    // A first PGlite takes 3 s on an idle machine; many times that on a busy one is no failure yet.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // A process that opens what it does not close is a failure of the test: no hanging run hides it.
    teardownTimeout: 10_000,
  },
})
