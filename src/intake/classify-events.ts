import type { KnownKey } from './event-store.ts'

/** What decides whether an event is new. */
export interface Candidate {
  tenantId: string
  eventId: string
  poId: string
  revision: number | null
  /** hex of SHA-256 over `data` */
  fingerprint: string
  /** The id its message would get. */
  messageId: string
}

export type Classification =
  | { kind: 'new' }
  /** Known already; `rememberEventId` when the approval came under another event id before. */
  | { kind: 'duplicate'; messageId: string; rememberEventId: boolean }
  | { kind: 'conflict'; messageId: string; by: 'event_id' | 'revision' }

/**
 * Decides for each event of a batch, in order, whether it is new, a duplicate or a conflict: against
 * what the database remembers and against those before it in the batch.
 *
 * The first content wins. A conflict is not remembered, so a mended event under a new id is accepted.
 */
export function classifyEvents(
  candidates: readonly Candidate[],
  known: { events: Map<number, KnownKey>; revisions: Map<number, KnownKey> },
): Classification[] {
  const events = new Map<string, KnownKey>()
  const revisions = new Map<string, KnownKey>()
  return candidates.map((candidate, n) => {
    const eventKey = `${candidate.tenantId} ${candidate.eventId}`
    const revisionKey =
      candidate.revision === null
        ? null
        : `${candidate.tenantId} ${String(candidate.revision)} ${candidate.poId}`
    const sameEvent = known.events.get(n) ?? events.get(eventKey)
    if (sameEvent !== undefined) return compare(candidate, sameEvent, 'event_id')

    const sameRevision =
      revisionKey === null ? undefined : (known.revisions.get(n) ?? revisions.get(revisionKey))
    const remembered = {
      fingerprint: candidate.fingerprint,
      messageId: sameRevision?.messageId ?? candidate.messageId,
    }
    if (sameRevision !== undefined) {
      const result = compare(candidate, sameRevision, 'revision')
      if (result.kind === 'duplicate') events.set(eventKey, remembered)
      return result
    }
    events.set(eventKey, remembered)
    if (revisionKey !== null) revisions.set(revisionKey, remembered)
    return { kind: 'new' }
  })
}

function compare(
  candidate: Candidate,
  known: KnownKey,
  by: 'event_id' | 'revision',
): Classification {
  return known.fingerprint === candidate.fingerprint
    ? { kind: 'duplicate', messageId: known.messageId, rememberEventId: by === 'revision' }
    : { kind: 'conflict', messageId: known.messageId, by }
}
