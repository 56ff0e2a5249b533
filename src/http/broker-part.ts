import type { HealthPart } from './contract.ts'

/** One that speaks with the broker, as health sees it. */
interface BrokerClient {
  status(): { state: string; detail: string; remedy: string | null }
}

interface CountingClient {
  /** `deadLetters` null: not counted yet. */
  status(): ReturnType<BrokerClient['status']> & { deadLetters: number | null }
}

/** Who speaks with the broker in this process; null: there is none. */
export type BrokerClients =
  | { consumer: CountingClient; publisher: BrokerClient | undefined }
  /** Only looks, and only once it is asked. */
  | { watch: CountingClient & { ask(ms: number): Promise<unknown> } }
  | null

/** What health asks of the clients of the broker in this process. */
export interface BrokerHealth {
  /** @param waitMs how long a first look may take, where there was none yet */
  broker: (waitMs: number) => Promise<HealthPart>
  /** Words where the broker refuses our declarations: then this process is not ready. */
  brokerRefusal: () => string | null
  /** What the broker itself gave up on; null: not known to this process. */
  deadLetters: () => number | null
}

export function watchBroker(clients: BrokerClients): BrokerHealth {
  if (clients === null) {
    const detail = 'not configured: events come over HTTP only'
    return {
      broker: () => Promise.resolve({ status: 'ok', detail, remedy: null }),
      brokerRefusal: () => null,
      deadLetters: () => null,
    }
  }
  if ('watch' in clients) {
    const { watch } = clients
    return {
      async broker(waitMs) {
        await watch.ask(waitMs)
        return withDeadLetters(partOf(watch), watch)
      },
      // It declares nothing: whatever the broker says to it, requests can be served.
      brokerRefusal: () => null,
      deadLetters: () => watch.status().deadLetters,
    }
  }
  const { consumer, publisher } = clients
  return {
    broker: () => Promise.resolve(withDeadLetters(worseOf(consumer, publisher), consumer)),
    brokerRefusal: () => {
      const statuses = [consumer.status(), publisher?.status()]
      return statuses.find((status) => status?.state === 'refused')?.detail ?? null
    },
    deadLetters: () => consumer.status().deadLetters,
  }
}

/** The worse of the two; the one that consumes first. */
function worseOf(consumer: BrokerClient, publisher: BrokerClient | undefined): HealthPart {
  const part = partOf(consumer)
  return part.status === 'ok' && publisher !== undefined && partOf(publisher).status !== 'ok'
    ? partOf(publisher)
    : part
}

function partOf(client: BrokerClient): HealthPart {
  const { state, detail, remedy } = client.status()
  return { status: state === 'connected' ? 'ok' : 'degraded', detail, remedy }
}

/** What lies in the dead-letter queue was lost to everybody but a person. */
function withDeadLetters(part: HealthPart, client: CountingClient): HealthPart {
  const count = client.status().deadLetters ?? 0
  if (count === 0) return part
  return {
    status: 'down',
    detail: `${count === 1 ? '1 message is' : `${String(count)} messages are`} in the dead-letter queue`,
    remedy: 'Look at them in the broker, mend the cause, and move them back to the queue.',
  }
}
