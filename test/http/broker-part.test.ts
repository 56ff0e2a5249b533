import { describe, expect, it } from 'vitest'
import { watchBroker } from '../../src/http/broker-part.ts'

const client = {
  status: () => ({ state: 'connected', detail: 'connected', remedy: null, deadLetters: 0 }),
}

describe('the broker, as a process knows it', () => {
  it.each([
    ['none is configured', false, undefined, undefined, false],
    ['another process speaks with it', true, undefined, undefined, true],
    ['this one consumes', true, client, undefined, false],
    ['this one publishes', true, undefined, client, false],
  ])('is elsewhere or not where %s', (_what, isConfigured, consumer, publisher, expected) => {
    expect(watchBroker(isConfigured, consumer, publisher).isElsewhere).toBe(expected)
  })
})
