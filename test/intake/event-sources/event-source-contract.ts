import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type {
  Delivery,
  EventHandler,
  EventOutcome,
  EventSource,
} from '../../../src/intake/event-source.ts'

export interface SentEvent {
  raw: Buffer
  contentType: string | undefined
  headers: Record<string, unknown>
}

/** A source, and a sender that keeps every event until it is confirmed, and then sends it again. */
export interface EventSourceWorld {
  source: EventSource
  /** Gives the event to the sender; does not wait for its confirmation. */
  send(event: SentEvent): Promise<void>
  /** Our process dies without a word; another source takes its place, not started. */
  crash(): Promise<EventSource>
  /** Events whose sender still waits. Only asked while nothing is being handed over. */
  unconfirmed(): Promise<number>
  close(): Promise<void>
}

/** What every source of events owes, whatever it is made of. */
export function describeEventSource(open: () => Promise<EventSourceWorld>): void {
  describe('an event source', () => {
    it('hands over bytes, content type and headers as they came', async () => {
      const world = await openWorld()
      const seen = await startCollecting(world.source)
      const sent = [
        event('{"total_amount":1234.50,"n":12345678901234567890,"x":1,"x":2}', 'application/json'),
        event(Buffer.from([0xff, 0xfe, 0x7b]), 'text/plain'),
        event('not json', 'application/json; charset=utf-8'),
        event('', undefined),
        event('x'.repeat(300_000), 'application/cloudevents+json', { 'cloudEvents:id': 'é-1' }),
      ]
      for (const each of sent) await world.send(each)
      await expect.poll(() => seen.length).toBe(sent.length)
      for (const { raw, contentType, headers } of sent) {
        const found = seen.find((delivery) => delivery.raw.equals(raw))
        expect(found, raw.subarray(0, 40).toString()).toBeDefined()
        expect(found?.contentType).toBe(contentType)
        expect(found?.headers).toMatchObject(headers)
      }
    })

    it('confirms an event once it is answered, whatever the answer is', async () => {
      const world = await openWorld()
      const outcomes: EventOutcome[] = [
        { kind: 'accepted', messageId: 'm', status: 'PENDING', eventId: 'e' },
        { kind: 'duplicate', messageId: 'm', status: 'PENDING', eventId: 'e' },
        { kind: 'conflict', messageId: 'm', eventId: 'e', detail: 'it differs' },
        { kind: 'rejected', code: 'invalid_json', detail: 'no', errors: [], eventId: null },
      ]
      let answered = 0
      await world.source.start(() => Promise.resolve(outcomes[answered++] ?? ACCEPTED))
      for (const each of outcomes) await world.send(event(each.kind))
      await expect.poll(() => answered).toBe(outcomes.length)
      await world.source.stop()
      expect(await world.unconfirmed()).toBe(0)
      expect(answered).toBe(outcomes.length)
    })

    it('leaves an event with its sender when we die before the answer, and gets it again', async () => {
      const world = await openWorld()
      const gate = deferred()
      onTestFinished(gate.resolve)
      let begun = 0
      await world.source.start(async () => {
        begun += 1
        await gate.promise
        return ACCEPTED
      })
      await world.send(event('precious'))
      await expect.poll(() => begun).toBe(1)
      const next = await world.crash()
      await expect.poll(() => world.unconfirmed()).toBe(1)
      const seen = await startCollecting(next)
      await expect.poll(() => seen.map((delivery) => delivery.raw.toString())).toEqual(['precious'])
      await next.stop()
      expect(await world.unconfirmed()).toBe(0)
    })

    it('hands over again what the handler threw at, and loses none of the others', async () => {
      const world = await openWorld()
      const names = ['a', 'b', 'c', 'd', 'e']
      const thrownAt = new Set<string>()
      const answered = new Set<string>()
      await world.source.start((delivery) => {
        const name = delivery.raw.toString()
        if (name === 'a' && !thrownAt.has(name)) {
          thrownAt.add(name)
          return Promise.reject(new Error('database away'))
        }
        answered.add(name)
        return Promise.resolve(ACCEPTED)
      })
      for (const name of names) await world.send(event(name))
      await expect.poll(() => [...answered].toSorted(), { timeout: 5000 }).toEqual(names)
      await world.source.stop()
      expect(await world.unconfirmed()).toBe(0)
      expect([...thrownAt]).toEqual(['a'])
    })

    it('does not let a slow event hold up the others', async () => {
      const world = await openWorld()
      const slow = deferred()
      const done: string[] = []
      await world.source.start(async (delivery) => {
        const name = delivery.raw.toString()
        if (name === 'slow') await slow.promise
        done.push(name)
        return ACCEPTED
      })
      for (const name of ['slow', 'b', 'c']) await world.send(event(name))
      await expect.poll(() => done.toSorted()).toEqual(['b', 'c'])
      slow.resolve()
      await expect.poll(() => done.length).toBe(3)
    })

    it('stops only after what was handed over is answered and confirmed', async () => {
      const world = await openWorld()
      const gate = deferred()
      let begun = 0
      await world.source.start(async () => {
        begun += 1
        await gate.promise
        return ACCEPTED
      })
      for (const name of ['a', 'b', 'c']) await world.send(event(name))
      await expect.poll(() => begun).toBe(3)
      let isStopped = false
      const stopping = world.source.stop().then(() => (isStopped = true))
      await new Promise((resolve) => setImmediate(resolve))
      expect(isStopped).toBe(false)
      gate.resolve()
      await stopping
      expect(await world.unconfirmed()).toBe(0)
    })

    it('hands nothing over after it has stopped', async () => {
      const world = await openWorld()
      const seen = await startCollecting(world.source)
      await world.send(event('before'))
      await expect.poll(() => seen.length).toBe(1)
      await world.source.stop()
      await world.send(event('after'))
      await expect.poll(() => world.unconfirmed()).toBe(1)
      expect(seen.map((delivery) => delivery.raw.toString())).toEqual(['before'])
    })
  })

  async function openWorld(): Promise<EventSourceWorld> {
    const world = await open()
    onTestFinished(() => world.close())
    return world
  }
}

export const ACCEPTED: EventOutcome = {
  kind: 'accepted',
  messageId: randomUUID(),
  status: 'PENDING',
  eventId: 'event',
}

export function event(
  raw: Buffer | string,
  contentType?: string,
  headers: Record<string, unknown> = {},
): SentEvent {
  return { raw: Buffer.from(raw), contentType, headers }
}

export function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((given) => (resolve = given))
  return { promise, resolve }
}

/** Starts with a handler that answers at once. */
export async function startCollecting(source: EventSource): Promise<Delivery[]> {
  const seen: Delivery[] = []
  const handler: EventHandler = (delivery) => {
    seen.push(delivery)
    return Promise.resolve(ACCEPTED)
  }
  await source.start(handler)
  return seen
}
