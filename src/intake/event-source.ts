/**
 * Where purchase order events come from. What a source owes:
 *
 * - it hands over each delivery at least once, with the bytes as they came;
 * - it confirms a delivery to its sender only after the handler's answer, which comes after the
 *   commit;
 * - when the handler throws, the database is away: the source keeps the delivery (or tells its
 *   sender to keep it) and hands it over again later.
 */

import type { FieldError } from '../lib/errors.ts'
import type { MessageStatus } from '../message/message.ts'

export interface Delivery {
  raw: Buffer
  contentType: string | undefined
  /** Header names in lower case over HTTP; application properties over AMQP. */
  headers: Record<string, unknown>
  source: 'http' | 'rabbitmq'
  /** The only tenant the sender may speak for; null for every tenant. */
  onlyTenant: string | null
  /** It is a rejected event already: when it is refused again, no second one is kept. */
  isReplay?: boolean
  /** Reading it has ended the process again and again: it is rejected unread. */
  isUnreadable?: boolean
}

export type RejectionCode =
  | 'invalid_json'
  | 'validation_failed'
  | 'unknown_tenant'
  | 'too_large'
  | 'unsupported_version'
  | 'forbidden'

export type EventOutcome =
  | { kind: 'accepted'; messageId: string; status: MessageStatus; eventId: string }
  /**
   * The same event, or the same approval under another event id: nothing new was made. Without a status
   * where the message is older than messages are kept; its event is known for longer.
   */
  | { kind: 'duplicate'; messageId: string; status: MessageStatus | null; eventId: string }
  /** Another content under a known id: kept under rejected events, nothing is sent. */
  | { kind: 'conflict'; messageId: string; eventId: string; detail: string }
  /** Not understood: kept under rejected events with its bytes. */
  | {
      kind: 'rejected'
      code: RejectionCode
      detail: string
      errors: readonly FieldError[]
      eventId: string | null
    }

export type EventHandler = (delivery: Delivery) => Promise<EventOutcome>

export interface EventSource {
  readonly name: string
  /** Begins to hand over. */
  start(handler: EventHandler): Promise<void>
  /** Takes nothing new; resolves once what was handed over is answered. */
  stop(): Promise<void>
}
