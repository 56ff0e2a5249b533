import { setTimeout } from 'node:timers/promises'
import { DELIVERY_RANK } from './expected-state.ts'

type Query = <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>

/** Somebody who looks at the messages all the time, and remembers the best that each was. */
export interface Observer {
  /** How often a message was seen lower than before. */
  readonly regressions: readonly string[]
  close(): Promise<void>
}

const LOOK_EVERY_MS = 250

export function startObserver(query: Query): Observer {
  const best = new Map<string, string>()
  const regressions: string[] = []
  let isClosed = false
  let since = '-infinity'
  const look = async (): Promise<void> => {
    const rows = await query<{ id: string; state: string; seen: string }>(
      `select id, state, (clock_timestamp() - interval '2 seconds')::text as seen
       from whatsapp_messages where updated_at >= $1 and state >= 'accepted'`,
      [since],
    )
    for (const { id, state, seen } of rows) {
      since = seen
      const before = best.get(id)
      const isLower = before !== undefined && rankOf(state) < rankOf(before)
      if (isLower) regressions.push(`${id} was ${before} and became ${state}`)
      best.set(id, isLower ? before : state)
    }
  }
  const run = async (): Promise<void> => {
    while (!isClosed) {
      // A database that is away shows nothing.
      await look().catch(() => undefined)
      await setTimeout(LOOK_EVERY_MS)
    }
  }
  const running = run()
  return {
    regressions,
    async close() {
      isClosed = true
      await running
    },
  }
}

function rankOf(state: string): number {
  return DELIVERY_RANK[state] ?? 0
}
