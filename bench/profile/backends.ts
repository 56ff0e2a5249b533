/** Processor time of PostgreSQL's processes one by one: backends by the pool they serve, and the others. */

import { readFileSync } from 'node:fs'
import type pg from 'pg'

/** By process id. Nanoseconds on a core, and waiting for one. */
export type BackendTimes = Map<number, { name: string; onCore: number; waiting: number }>

export interface BackendCost {
  name: string
  processes: number
  /** Microseconds an order. */
  us: number
  /** Ready to run, but no core was free. */
  waitedUs: number
}

export async function readBackends(client: pg.ClientBase): Promise<BackendTimes> {
  const { rows } = await client.query<{ pid: number; name: string }>(
    `select pid, case backend_type when 'client backend' then coalesce(nullif(application_name, ''), 'unnamed')
       else backend_type end as name
     from pg_stat_activity where pid <> pg_backend_pid()`,
  )
  const times: BackendTimes = new Map()
  for (const { pid, name } of rows) {
    const [onCore = 0, waiting = 0] = readSchedule(pid)
    times.set(pid, { name, onCore, waiting })
  }
  return times
}

export function costOfBackends(
  before: BackendTimes,
  after: BackendTimes,
  orders: number,
): BackendCost[] {
  const costs = new Map<string, BackendCost>()
  for (const [pid, { name, onCore, waiting }] of after) {
    const earlier = before.get(pid)
    const cost = costs.get(name) ?? { name, processes: 0, us: 0, waitedUs: 0 }
    cost.processes += 1
    cost.us += (onCore - (earlier?.onCore ?? 0)) / 1000 / orders
    cost.waitedUs += (waiting - (earlier?.waiting ?? 0)) / 1000 / orders
    costs.set(name, cost)
  }
  return [...costs.values()].sort((a, b) => b.us - a.us)
}

function readSchedule(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ').map(Number)
  } catch {
    return []
  }
}
