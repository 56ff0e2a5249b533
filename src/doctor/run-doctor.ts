import { isUndefinedTable } from '../db/database-error.ts'
import { coerceError } from '../lib/errors.ts'
import { CHECK_NAMES, failed, skipped } from './check.ts'
import type { Check, CheckName, DoctorReport, Finding } from './check.ts'

/** How each check is made. */
export type Checks = Readonly<Record<CheckName, () => Promise<Finding>>>

/** Longer than any call of Meta may take. */
const CHECK_WITHIN_MS = 20_000
/** The test message has a limit of its own, with better words. */
const TEST_WITHIN_MS = 120_000
const OTHERS: Readonly<Partial<Record<CheckName, number>>> = {
  test_message: TEST_WITHIN_MS,
  webhook_received: TEST_WITHIN_MS,
}

/**
 * Makes every check, side by side, each by a real call; one that fails to run has failed, and never keeps
 * the others from running.
 */
export async function runDoctor(checks: Checks): Promise<DoctorReport> {
  const found = await Promise.all(
    CHECK_NAMES.map(async (name): Promise<Check> => ({
      name,
      ...(await make(checks[name], OTHERS[name] ?? CHECK_WITHIN_MS)),
    })),
  )
  return { ok: found.every((check) => check.result !== 'failed'), checks: found }
}

async function make(check: () => Promise<Finding>, withinMs: number): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      const detail = `it did not end within ${String(withinMs / 1000)} s`
      resolve(failed(detail, 'Look at the log, and try again.', 'troubleshooting'))
    }, withinMs)
  })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    if (isUndefinedTable(error)) {
      return skipped('the database is not migrated yet: see migrations', null, null)
    }
    const detail = `it could not be checked: ${coerceError(error).message}`
    return failed(detail, 'Mend what the message names, and try again.', 'troubleshooting')
  } finally {
    clearTimeout(timer)
  }
}
