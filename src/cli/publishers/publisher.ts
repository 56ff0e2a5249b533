/**
 * Where events are published to. Duties of every publisher: an event is handed over as it is written;
 * a refusal is a result; what makes going on pointless is thrown as a CliError; the same event
 * published twice does no harm.
 */
export interface Publisher {
  publish(json: string): Promise<PublishResult>
  close(): Promise<void>
}

export type PublishResult =
  | {
      kind: 'accepted' | 'duplicate'
      messageId: string | null
      status: string | null
      answer: string
    }
  /** `answer` is a problem: refused for good, or known with another content. */
  | { kind: 'conflict' | 'refused'; answer: string }
  /** Where nobody answers but the broker: it has the event, and a queue for it. */
  | { kind: 'confirmed'; answer: string }
  /** It has not: `problem` says why. */
  | { kind: 'unconfirmed'; answer: string; problem: string }
