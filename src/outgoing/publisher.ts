import type { OutgoingEvent } from './outgoing-event.ts'

/**
 * What became of an event.
 *
 * - `routed`: somebody has it for certain.
 * - `unbound`: nobody has bound a queue for it; it is gone unless it is sent again.
 * - `refused`: the broker said no, for example because a queue is full.
 * - `unconfirmed`: nobody knows; it is sent again with the same id.
 */
export type PublishOutcome = 'routed' | 'unbound' | 'refused' | 'unconfirmed'

export interface PublisherStatus {
  /** `refused`: the broker does not let us publish, until somebody does something. */
  state: 'connected' | 'connecting' | 'refused' | 'blocked'
  detail: string
  remedy: string | null
}

/** Where events go out to. */
export interface EventPublisher {
  /** Returns at once; whether the broker is there is said by `status`. Never gives up. */
  start(): void
  /** What is under way is waited for, but not longer than 2 s: the rest is unconfirmed. */
  stop(): Promise<void>
  /** Whether it makes sense to publish now. */
  isReady(): boolean
  /** One outcome an event, in order. Never throws; ends when the connection does, at the latest. */
  publish(events: readonly OutgoingEvent[]): Promise<PublishOutcome[]>
  status(): PublisherStatus
}
