/** `npm run bench -- --profile`: where the time of an order goes, in the service and in PostgreSQL. */

import path from 'node:path'
import { aviso } from '../contestants/aviso.ts'
import { round } from '../measure/summary.ts'
import type { Bench } from '../rounds/bench.ts'
import { runRound } from '../rounds/round.ts'
import { costOfBackends, readBackends } from './backends.ts'
import type { BackendCost, BackendTimes } from './backends.ts'
import { readCpuProfile } from './cpu-profile.ts'
import type { Share } from './cpu-profile.ts'
import { readStatements, resetStatements } from './statements.ts'
import type { StatementCost } from './statements.ts'

const WARM_UP = 10_000

/** Slower than a fair round: the profiler and pg_stat_statements take their share. */
export async function runProfile(
  bench: Bench,
  load: { orders: number; perSecond?: number },
): Promise<{ verified: boolean }> {
  const profileFile = path.join(bench.directory, 'service.cpuprofile')
  let statements: StatementCost[] = []
  let backends: BackendCost[] = []
  let before: BackendTimes
  const result = await runRound(bench, aviso({ profileFile }), {
    ...load,
    warmUp: WARM_UP,
    standIn: { answerAfterMs: 0, statusesPerPost: 1, connections: 128 },
    around: {
      async before(client) {
        await resetStatements(client)
        before = await readBackends(client)
      },
      async after(client) {
        backends = costOfBackends(before, await readBackends(client), load.orders)
        statements = await readStatements(client, load.orders)
      },
    },
  })
  const { busyUs, owners, functions, inclusive } = readCpuProfile(profileFile, load.orders)
  const { ordersPerSecond, cpu, wrong, disturbance } = result
  console.log(JSON.stringify({ profile: 'aviso', ordersPerSecond, cpu, disturbance, wrong }))
  console.log(`\nservice, main thread: ${busyUs.toFixed(0)} us an order; by owner of the code`)
  printShares(owners, 30)
  console.log('\nby function, itself only')
  printShares(functions, 45)
  console.log('\nby function of ours, with all it calls')
  printShares(inclusive, 45)
  console.log('\nPostgreSQL by process: us an order on a core, and ready but without one')
  for (const { name, processes, us, waitedUs } of backends) {
    console.log(
      `${us.toFixed(1).padStart(7)} ${waitedUs.toFixed(1).padStart(7)}  ${name} (${processes})`,
    )
  }
  console.log(
    '\nstatements: us an order, plan / execution ms a call, rows a call, pages and WAL bytes an order',
  )
  for (const one of statements) {
    const times = `${one.meanPlanMs.toFixed(3)} / ${one.meanExecMs.toFixed(3)}`
    console.log(
      `${one.usPerOrder.toFixed(1).padStart(7)}  ${times.padEnd(16)} ${String(one.calls).padStart(6)} calls ${String(one.plans).padStart(6)} plans ` +
        `${String(round(one.rowsPerCall)).padStart(7)} rows ${String(round(one.pagesPerOrder)).padStart(7)} pages ` +
        `${String(round(one.walBytesPerOrder)).padStart(7)} B  ${one.statement}`,
    )
  }
  console.log(`\nthe CPU profile for Chrome's developer tools: ${profileFile}`)
  return { verified: wrong.length === 0 }
}

function printShares(shares: readonly Share[], most: number): void {
  for (const { name, us, share } of shares.slice(0, most)) {
    console.log(
      `${us.toFixed(1).padStart(7)} us ${(share * 100).toFixed(1).padStart(5)} %  ${name}`,
    )
  }
}
