/** `npm run bench:history`: five million orders of the past, made once and kept; minutes. */

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { LARGE, SMALL, hasHistory, makeHistory } from './history/make-history.ts'
import type { History } from './history/make-history.ts'
import { DIRECTORY } from './rounds/bench.ts'
import { openPostgres } from './services/postgres.ts'

const again = process.argv.includes('--again')
/** For trying the generator: another number of orders in the large database. */
const asked = Number(process.argv.find((one) => /^\d+$/.test(one)) ?? LARGE.orders)
const histories: History[] = [SMALL, { ...LARGE, orders: asked }]

const logDirectory = path.join(DIRECTORY, 'logs')
mkdirSync(logDirectory, { recursive: true })
const postgres = await openPostgres({
  directory: DIRECTORY,
  logDirectory,
  profile: false,
  loading: true,
})
try {
  for (const history of histories) {
    if (!again && (await hasHistory(postgres, history))) {
      console.error(`${history.database} is there already; --again makes it anew`)
      continue
    }
    console.error(`${history.database}: ${history.orders} orders`)
    const started = performance.now()
    await makeHistory(postgres, history, (line) => console.error(`  ${line}`))
    const [size] = await postgres.query<{ bytes: string }>(
      'select pg_database_size($1)::text as bytes',
      [history.database],
    )
    console.log(
      JSON.stringify({
        history: history.database,
        orders: history.orders,
        seconds: Math.round((performance.now() - started) / 1000),
        gib: Number((Number(size?.bytes ?? 0) / 2 ** 30).toFixed(1)),
      }),
    )
  }
} finally {
  await postgres.stop()
}
