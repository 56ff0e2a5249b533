import { describe, expect, it } from 'vitest'
import { watchBroker } from '../../src/http/broker-part.ts'

interface Client {
  status(): { state: string; detail: string; remedy: string | null; deadLetters: number | null }
}

const speaking = (state: string, detail: string, deadLetters: number | null = 0): Client => ({
  status: () => ({ state, detail, remedy: null, deadLetters }),
})
const watching = (client: Client) => ({
  watch: { ...client, ask: () => Promise.resolve() },
})

describe('the broker, as a process knows it', () => {
  it('is the worse of the two that speak with it', async () => {
    const well = speaking('connected', 'consumes')
    const away = speaking('connecting', 'away')
    const part = (consumer: Client, publisher: Client | undefined) =>
      watchBroker({ consumer, publisher }).broker(0)
    expect(await part(well, undefined)).toMatchObject({ status: 'ok', detail: 'consumes' })
    expect(await part(well, speaking('blocked', 'full'))).toMatchObject({ detail: 'full' })
    expect(await part(away, speaking('blocked', 'full'))).toMatchObject({
      status: 'degraded',
      detail: 'away',
    })
  })

  it('is down where it gave up on something, whoever counts', async () => {
    const counting = speaking('connected', 'consumes', 2)
    for (const clients of [{ consumer: counting, publisher: undefined }, watching(counting)]) {
      const health = watchBroker(clients)
      expect(await health.broker(0)).toMatchObject({
        status: 'down',
        detail: '2 messages are in the dead-letter queue',
        remedy: expect.stringContaining('move them back'),
      })
      expect(health.deadLetters()).toBe(2)
    }
  })

  it('counts one message as one', async () => {
    const counting = speaking('connected', 'consumes', 1)
    const health = watchBroker({ consumer: counting, publisher: undefined })
    const detail = '1 message is in the dead-letter queue'
    expect(await health.broker(0)).toMatchObject({ detail })
  })

  it('makes a process unready where it refuses what that process needs, and not where it only looks', () => {
    const refusing = speaking('refused', 'refuses queue q', null)
    const well = speaking('connected', 'fine')
    const words = (clients: Parameters<typeof watchBroker>[0]) =>
      watchBroker(clients).brokerRefusal()
    expect(words({ consumer: refusing, publisher: undefined })).toBe('refuses queue q')
    expect(words({ consumer: well, publisher: refusing })).toBe('refuses queue q')
    expect(words(watching(refusing))).toBeNull()
  })

  it('is nobody’s trouble where none is configured', async () => {
    const health = watchBroker(null)
    expect(await health.broker(0)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('not configured'),
    })
    expect([health.brokerRefusal(), health.deadLetters()]).toEqual([null, null])
  })
})
