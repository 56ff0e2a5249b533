import { Connection } from 'rabbitmq-client'
import type { Channel, SyncMessage } from 'rabbitmq-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { keepBodiesRaw, toDelivery } from '../../../src/intake/event-sources/raw-bodies.ts'
import { openBrokerProxy } from '../../support/rabbitmq-proxy.ts'
import { describeWithVhost } from '../../support/rabbitmq-vhosts.ts'
import { run, startService } from '../setup.ts'

const EVENT = { event_id: 'e-1', event_type: 'po.approved', data: { po_id: 'p-1' } }

await describeWithVhost('publish to RabbitMQ', (vhost) => {
  it('hands over what is written: persistent, under its id, confirmed', async () => {
    const { env, take } = await openExchange()
    const raw = '{"event_id":"e-1","data":{"total_amount":1234.50,"n":12345678901234567890}}'
    const { code, out, err } = await run(['publish', '-'], { env, stdin: raw })
    expect({ code, out, err }).toEqual({ code: 0, out: ['confirmed  e-1'], err: [] })
    const message = await take()
    expect(message).toMatchObject({ messageId: 'e-1', durable: true })
    const { raw: bytes, contentType } = toDelivery(message)
    expect(bytes.toString()).toBe(raw)
    expect(contentType).toBe('application/json')
  })

  it('prints id and confirmation of each event with --json, and nothing else', async () => {
    const { env } = await openExchange()
    const stdin = JSON.stringify([EVENT, { ...EVENT, event_id: 'e-2' }, { data: {} }])
    const { code, out, err } = await run(['publish', '-', '--json'], { env, stdin })
    expect({ code, err }).toEqual({ code: 0, err: [] })
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event_id: 'e-1', confirmed: true },
      { event_id: 'e-2', confirmed: true },
      { event_id: null, confirmed: true },
    ])
  })

  it('names a CloudEvent as the service does, gives it its content type, and takes big ones', async () => {
    const { env, take } = await openExchange()
    const event = {
      specversion: '1.0',
      source: '/erp',
      id: 'ce-1',
      data: { name: 'x'.repeat(200_000) },
    }
    const { code, out } = await run(['publish', '-', '--json'], {
      env,
      stdin: JSON.stringify(event),
    })
    expect(code).toBe(0)
    expect(JSON.parse(out.join(''))).toEqual({ event_id: '/erp ce-1', confirmed: true })
    const message = await take()
    expect(message).toMatchObject({ messageId: '/erp ce-1', durable: true })
    const { raw: bytes, contentType } = toDelivery(message)
    expect(bytes.toString()).toBe(JSON.stringify(event))
    expect(contentType).toBe('application/cloudevents+json')
  })

  it('fails for an event that no queue gets, though the broker confirms it', async () => {
    const { env, channel, names } = await openExchange()
    await channel.queueUnbind({ ...names, routingKey: 'po.approved' })
    const { code, out } = await run(['publish', '-'], { env, stdin: JSON.stringify(EVENT) })
    expect(code).toBe(1)
    expect(out).toEqual([
      expect.stringContaining(
        `failed     e-1: no queue is bound to exchange ${names.exchange} with routing key po.approved`,
      ),
    ])
    const many = JSON.stringify([EVENT, EVENT, { data: {} }, { data: {} }])
    const json = await run(['publish', '-', '--json'], { env, stdin: many })
    expect(json.code).toBe(1)
    expect(json.out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event_id: 'e-1', confirmed: false },
      { event_id: 'e-1', confirmed: false },
      { event_id: null, confirmed: false },
      { event_id: null, confirmed: false },
    ])
    expect(json.err.map((line) => JSON.parse(line) as unknown)).toMatchObject(
      Array.from({ length: 4 }, () => ({ code: 'unavailable' })),
    )
  })

  it('fails for an event that the queue has no room for', async () => {
    const { env, channel, names } = await openExchange()
    await channel.queueDelete({ queue: names.queue })
    await channel.queueDeclare({
      queue: names.queue,
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    })
    await channel.queueBind({ ...names, routingKey: 'po.approved' })
    const stdin = JSON.stringify([EVENT, EVENT])
    const { code, out } = await run(['publish', '-'], { env, stdin })
    expect(code).toBe(1)
    expect(out).toEqual([
      'confirmed  e-1',
      'failed     e-1: the broker does not take it: the queue is full. Publish it again.',
    ])
  })

  it('sends again what a broken connection left unconfirmed', async () => {
    const { env, channel, names } = await openExchange()
    const proxy = await openBrokerProxy(vhost().url)
    onTestFinished(() => proxy.close())
    const events = Array.from({ length: 300 }, (_, index) => ({
      ...EVENT,
      event_id: `e-${String(index)}`,
      data: { po_id: `p-${String(index % 20)}` },
    }))
    let printed = 0
    const { code } = await run(['publish', '-'], {
      env: { ...env, RABBITMQ_URL: proxy.url },
      stdin: JSON.stringify(events),
      io: {
        out(line) {
          expect(line).toMatch(/^confirmed /)
          printed += 1
          if (printed !== 20) return
          proxy.cut()
          proxy.restore()
        },
      },
    })
    expect({ code, printed }).toEqual({ code: 0, printed: 300 })
    expect(proxy.connections).toBe(2)
    const ids: string[] = []
    for (;;) {
      const message = await channel.basicGet({ queue: names.queue, noAck: true })
      if (message === undefined) break
      ids.push(message.messageId ?? '')
    }
    expect(new Set(ids).size).toBe(300)
    for (let order = 0; order < 20; order += 1) {
      const ofOrder = [...new Set(ids)].map((id) => Number(id.slice(2)))
      const numbers = ofOrder.filter((number) => number % 20 === order)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  })

  it('says that there is no exchange', async () => {
    const env = { RABBITMQ_URL: vhost().url, AVISO_EVENTS_EXCHANGE: 'nowhere' }
    const { code, err } = await run(['publish', '-'], { env, stdin: JSON.stringify(EVENT) })
    expect({ code, err }).toEqual({
      code: 1,
      err: ['error: the broker has no exchange nowhere. Start the service once, or make it.'],
    })
  })

  it('says that it is not let in, and repeats no password', async () => {
    const url = new URL(vhost().url)
    url.password = 'not-the-password'
    const env = { RABBITMQ_URL: url.href }
    const { code, err } = await run(['publish', '-'], { env, stdin: JSON.stringify(EVENT) })
    expect(code).toBe(1)
    expect(err).toEqual([expect.stringMatching(/RABBITMQ_URL: ACCESS_REFUSED - Login was refused/)])
    expect(err.join()).not.toContain('not-the-password')
  })

  interface Opened {
    env: Record<string, string>
    channel: Channel
    names: { exchange: string; queue: string }
    /** The queue's next message. */
    take(): Promise<SyncMessage>
  }

  let count = 0

  async function openExchange(): Promise<Opened> {
    count += 1
    const names = { exchange: `orders-${String(count)}`, queue: `queue-${String(count)}` }
    const connection = new Connection({ url: vhost().url })
    const channel = await connection.acquire()
    keepBodiesRaw(channel)
    onTestFinished(async () => {
      await channel.close()
      await connection.close()
    })
    await channel.exchangeDeclare({ exchange: names.exchange, type: 'topic', durable: true })
    await channel.queueDeclare({ queue: names.queue, durable: true })
    await channel.queueBind({ ...names, routingKey: 'po.approved' })
    return {
      env: { RABBITMQ_URL: vhost().url, AVISO_EVENTS_EXCHANGE: names.exchange },
      channel,
      names,
      async take() {
        const message = await channel.basicGet({ queue: names.queue, noAck: true })
        if (message === undefined) throw new Error(`queue ${names.queue} is empty`)
        return message
      },
    }
  }
})

describe('publish with RABBITMQ_URL', () => {
  it('says at once that no broker answers', async () => {
    const env = { RABBITMQ_URL: 'amqp://guest:secret@127.0.0.1:9' }
    const { code, out, err } = await run(['publish', '-'], { env, stdin: JSON.stringify(EVENT) })
    expect({ code, out }).toEqual({ code: 1, out: [] })
    expect(err).toEqual([
      expect.stringMatching(/^error: no broker takes events at RABBITMQ_URL: .*ECONNREFUSED/),
    ])
    expect(err.join()).not.toContain('secret')
  })

  it('is wrong configuration where the address is no address', async () => {
    const env = { RABBITMQ_URL: 'http://broker' }
    const { code, err } = await run(['publish', '-'], { env, stdin: JSON.stringify(EVENT) })
    expect(code).toBe(78)
    expect(err).toEqual([expect.stringContaining('RABBITMQ_URL')])
  })

  it('goes to the service that the command names', async () => {
    const service = await startService(() => ({ status: 202, body: { message_id: 'm-1' } }))
    const env = { RABBITMQ_URL: 'amqp://127.0.0.1:9' }
    const { code } = await run(['publish', '-', '--url', service.url], {
      env,
      stdin: JSON.stringify(EVENT),
    })
    expect({ code, requests: service.seen.length }).toEqual({ code: 0, requests: 1 })
  })
})
