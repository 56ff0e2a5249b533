import { explainRefusal } from '../../broker/refusal.ts'
import type { TopologyMode } from '../../broker/refusal.ts'
import { coerceError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { PublisherStatus } from '../publisher.ts'

export interface PublisherHealth {
  /** @param blocked why the broker takes nothing from publishers just now, or null */
  read(blocked: string | null): PublisherStatus
  connected(): void
  /** The broker has answered for an event. */
  published(): void
  /** Whether there was a connection since the last failure. */
  wasConnected(): boolean
  failed(error: unknown): PublisherStatus['state']
  stopped(): void
}

/** What the status says; each change is one line in the log. */
export function createPublisherHealth(
  logger: Logger,
  exchange: string,
  topology: TopologyMode,
): PublisherHealth {
  let status: PublisherStatus = { state: 'connecting', detail: 'not connected yet', remedy: null }
  let said = ''
  let wasConnected = false
  /** Connecting works, and publishing is refused: it is not well until an event was taken. */
  let isPublishingRefused = false
  const change = (next: PublisherStatus, key: string, log: () => void): void => {
    status = next
    if (key === said) return
    said = key
    log()
  }
  const well = (): void => {
    const detail = `connected; events go to ${exchange}`
    change({ state: 'connected', detail, remedy: null }, 'connected', () =>
      logger.info({ exchange }, 'WhatsApp outgoing.connected'),
    )
  }
  return {
    read(blocked) {
      if (blocked === null || status.state !== 'connected') return status
      return {
        state: 'blocked',
        detail: `the broker takes no events for ${exchange}: ${blocked}`,
        remedy: 'Free memory or disk space at the broker; what waits is published by itself.',
      }
    },
    connected() {
      wasConnected = true
      if (!isPublishingRefused) well()
    },
    published() {
      isPublishingRefused = false
      well()
    },
    wasConnected: () => wasConnected,
    failed(error) {
      const refusal = explainRefusal(error, `exchange ${exchange}`, topology)
      if (refusal !== undefined) {
        isPublishingRefused = wasConnected
        wasConnected = false
        const { message: detail, remedy } = refusal
        change({ state: 'refused', detail, remedy }, detail, () =>
          logger.error({ exchange, detail, remedy }, 'WhatsApp outgoing.refused'),
        )
        return 'refused'
      }
      wasConnected = false
      const detail = `the broker is away: ${coerceError(error).message}`
      const remedy = 'Start the broker, or correct RABBITMQ_URL; the service connects by itself.'
      // Its words may change with every try; it is the same outage.
      change({ state: 'connecting', detail, remedy }, 'away', () =>
        logger.warn({ exchange, err: coerceError(error) }, 'WhatsApp outgoing.away'),
      )
      return 'connecting'
    },
    stopped() {
      status = { state: 'connecting', detail: 'stopped', remedy: null }
    },
  }
}
