import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../src/intake/event-source.ts'
import { createInProcessEventSource } from '../../../src/intake/event-sources/in-process.ts'
import { describeEventSource, event } from './event-source-contract.ts'
import type { EventSourceWorld, SentEvent } from './event-source-contract.ts'

describe('the in-process event source', () => {
  describeEventSource(() => Promise.resolve(openWorld()))

  it('refuses events before it is started and after it is stopped', async () => {
    const source = createInProcessEventSource()
    const refusal = expect.objectContaining({ code: 'unavailable' })
    await expect(source.publish(toDelivery(event('early')))).rejects.toEqual(refusal)
    await source.start(() => Promise.reject(new Error('never asked')))
    await source.stop()
    await expect(source.publish(toDelivery(event('late')))).rejects.toEqual(refusal)
  })

  it('passes on to the sender what the handler throws', async () => {
    const source = createInProcessEventSource()
    await source.start(() => Promise.reject(new Error('database away')))
    await expect(source.publish(toDelivery(event('a')))).rejects.toThrow('database away')
  })
})

function toDelivery(sent: SentEvent): Delivery {
  return { ...sent, source: 'http', onlyTenant: null }
}

/** The sender is a client over HTTP: it keeps what is not answered, and asks again and again. */
function openWorld(): EventSourceWorld {
  const kept = new Set<SentEvent>()
  let source = createInProcessEventSource()
  let isClosed = false
  const deliver = async (sent: SentEvent): Promise<void> => {
    while (!isClosed && kept.has(sent)) {
      const asked = source
      await asked.publish(toDelivery(sent)).then(
        // A process that has died answers nobody.
        () => asked === source && kept.delete(sent),
        () => new Promise((resolve) => setImmediate(resolve)),
      )
    }
  }
  return {
    source,
    send(sent) {
      kept.add(sent)
      void deliver(sent)
      return Promise.resolve()
    },
    crash() {
      source = createInProcessEventSource()
      for (const sent of kept) void deliver(sent)
      return Promise.resolve(source)
    },
    unconfirmed: () => Promise.resolve(kept.size),
    close() {
      isClosed = true
      return Promise.resolve()
    },
  }
}
