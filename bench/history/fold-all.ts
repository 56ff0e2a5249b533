import type { Database } from '../../src/db/database.ts'
import { compact, fold } from '../../src/stats/fold-store.ts'
import { nextStep } from '../../src/stats/stats-folder.ts'

/** Sums of the statistics, as the service makes them by itself, and slower, because it leaves room for orders. */
export async function foldAll(database: Database): Promise<void> {
  let step = 60 * 60 * 1000
  // The first fold only notes who is writing; what is settled is known by the next one.
  for (let quiet = 0; quiet < 3;) {
    const report = await fold(database, step)
    if (report === undefined) continue
    step = nextStep(step, report.messages, 10_000)
    quiet = report.more || report.messages > 0 ? 0 : quiet + 1
  }
  while ((await compact(database)) > 0);
}
