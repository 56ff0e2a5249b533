import { setTimeout as sleep } from 'node:timers/promises'
import { describeFailure } from '../cloud-api/error-catalogue.ts'
import type { Database } from '../db/database.ts'
import { findMessages } from '../message/message-store.ts'
import type { ListedMessage } from '../message/message-store.ts'

const LOOK_MS = 50
const SETTLED = new Set(['READ', 'FAILED'])

/**
 * Follows messages and tells the way of each once it is settled, or what has become of it in time.
 *
 * @param patienceMs how long to wait for all of them
 */
export async function narrate(
  database: Database,
  ids: readonly string[],
  options: { patienceMs: number; out: (line: string) => void; stopped: () => boolean },
): Promise<void> {
  const open = new Set(ids)
  const until = performance.now() + options.patienceMs
  while (open.size > 0 && performance.now() < until && !options.stopped()) {
    for (const row of await findMessages(database, [...open])) {
      if (!SETTLED.has(row.status)) continue
      open.delete(row.id)
      for (const line of tellWay(row)) options.out(line)
    }
    if (open.size > 0) await sleep(LOOK_MS)
  }
  for (const row of await findMessages(database, [...open])) {
    for (const line of tellWay(row)) options.out(line)
  }
}

function tellWay(row: ListedMessage): string[] {
  const steps: [string, Date | null][] = [
    ['SENT', row.accepted_at],
    ['DELIVERED', row.delivered_at],
    ['READ', row.read_at],
  ]
  const way = ['PENDING', ...steps.filter(([, at]) => at !== null).map(([word]) => word)]
  const total = [row.template_parameters].flat().at(-1)
  const what = `${(row.po_number ?? '').padEnd(13)} ${(row.supplier_name ?? '').padEnd(26)} ${String(total).padStart(14)}`
  if (row.status !== 'FAILED') return [`  ${what}  ${way.join(' → ')}`]
  const error = describeFailure(row.error_code ?? '')
  return [
    `  ${what}  ${[...way, 'FAILED'].join(' → ')}`,
    `  ${' '.repeat(14)}${error.title} (${error.code ?? 'no code'}). ${error.detail ?? ''}`,
    `  ${' '.repeat(14)}What to do: ${error.remedy}`,
  ]
}
