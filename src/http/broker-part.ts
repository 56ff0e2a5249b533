import type { HealthPart } from './contract.ts'

/** One that speaks with the broker, as health sees it. */
interface BrokerClient {
  status(): { state: string; detail: string; remedy: string | null }
}

/**
 * The broker's part of health: the worse of the two that speak with it; the one that consumes first.
 *
 * @param isConfigured there is a broker; its clients may run in another process
 */
function brokerPart(
  isConfigured: boolean,
  consumer: BrokerClient | undefined,
  publisher: BrokerClient | undefined,
): HealthPart {
  if (!isConfigured) {
    return { status: 'ok', detail: 'not configured: events come over HTTP only', remedy: null }
  }
  const [first = null, ...others] = [consumer?.status(), publisher?.status()].filter(
    (status) => status !== undefined,
  )
  const worst = others.find(({ state }) => first?.state === 'connected' && state !== 'connected')
  const shown = worst ?? first
  if (shown === null) {
    return { status: 'ok', detail: 'not asked: this process does not consume', remedy: null }
  }
  const { state, detail, remedy } = shown
  return { status: state === 'connected' ? 'ok' : 'degraded', detail, remedy }
}

/** What health asks of the clients of the broker in this process. */
export interface BrokerHealth {
  broker: () => HealthPart
  /** Another process has the roles that speak with it. */
  isElsewhere: boolean
  /** Words where the broker refuses our declarations: then this process is not ready. */
  brokerRefusal: () => string | null
  /** What the broker itself gave up on; null: not known to this process. */
  deadLetters: () => number | null
}

export function watchBroker(
  isConfigured: boolean,
  consumer:
    { status(): ReturnType<BrokerClient['status']> & { deadLetters: number | null } } | undefined,
  publisher: BrokerClient | undefined,
): BrokerHealth {
  return {
    broker: () => brokerPart(isConfigured, consumer, publisher),
    isElsewhere: isConfigured && consumer === undefined && publisher === undefined,
    brokerRefusal: () => {
      const statuses = [consumer?.status(), publisher?.status()]
      return statuses.find((status) => status?.state === 'refused')?.detail ?? null
    },
    deadLetters: () => consumer?.status().deadLetters ?? null,
  }
}
