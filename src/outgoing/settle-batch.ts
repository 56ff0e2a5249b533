import type { OutgoingRow } from './outgoing-event.ts'
import type { Settled } from './outgoing-store.ts'
import type { PublishOutcome } from './publisher.ts'

/**
 * What follows from a batch's outcomes. Pure. A routing key is closed by its last word: within a batch
 * a binding may come or go. What nobody confirmed changes nothing and is sent again.
 */
export function settle(
  rows: readonly Pick<OutgoingRow, 'id' | 'routing_key'>[],
  outcomes: readonly PublishOutcome[],
): Pick<Settled, 'done' | 'open' | 'closed'> {
  const done: string[] = []
  const keys = new Map<string, Exclude<PublishOutcome, 'unconfirmed'>>()
  rows.forEach((row, index) => {
    const outcome = outcomes[index] ?? 'unconfirmed'
    if (outcome === 'unconfirmed') return
    if (outcome === 'routed') done.push(row.id)
    keys.set(row.routing_key, outcome)
  })
  const closed = [...keys].flatMap(([routing_key, reason]) =>
    reason === 'routed' ? [] : [{ routing_key, reason }],
  )
  const open = [...keys].flatMap(([key, outcome]) => (outcome === 'routed' ? [key] : []))
  return { done, open, closed }
}
