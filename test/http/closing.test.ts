import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Authenticate } from '../../src/http/authenticate.ts'
import type { ChangeFeed, FeedEvent } from '../../src/http/change-feed.ts'
import { registerLiveRoutes } from '../../src/http/live-routes.ts'
import { closeServer, createHttpServer } from '../../src/http/server.ts'
import type { Phase } from '../../src/http/server.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createLogger } from '../../src/lib/logger.ts'

const CALLER = { keyId: 'k', name: 'k', role: 'admin', tenantId: null } as const

async function setup(isCut = false, authenticate: Authenticate = () => Promise.resolve(CALLER)) {
  let phase: Phase = 'running'
  const app = await createHttpServer({
    logger: createLogger('silent'),
    version: '0',
    phase: () => phase,
  })
  const listeners: ((event: FeedEvent) => void)[] = []
  const feed = {
    subscribe: (listener: (event: FeedEvent) => void) => {
      listeners.push(listener)
      for (let number = 0; isCut && number < 100; number++) {
        listener({ id: String(number), tenantId: 't', json: '{}' })
      }
      return Promise.resolve({ end: () => undefined, isCut })
    },
  } as unknown as ChangeFeed
  registerLiveRoutes(app, { authenticate, feed })
  app.post('/echo', (request) => request.body)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address() as { port: number }
  return {
    app,
    listeners,
    url: `http://127.0.0.1:${String(address.port)}`,
    port: address.port,
    close: () => {
      phase = 'stopping'
      return closeServer(app)
    },
  }
}

it('finishes a request that is under way when the service stops, and says that the connection ends', async () => {
  const { app, port, close } = await setup()
  const socket = connect(port, '127.0.0.1')
  const received = once(app.server, 'request')
  socket.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a"',
  )
  await received
  const closed = close()
  socket.write(':1}')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(answer).toMatch(/connection: close/i)
  expect(answer).toContain('{"a":1}')
  await closed
})

it('cuts a request that does not end', async () => {
  const { app, port, close } = await setup()
  const socket = connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .resume()
  const received = once(app.server, 'request')
  socket.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a"',
  )
  await received
  const ended = once(socket, 'close')
  await close()
  await ended
})

it('ends the streams of those who listen when the service stops', async () => {
  const { url, close } = await setup()
  const response = await fetch(`${url}/api/v1/whatsapp/messages/events`)
  const heard = response.text()
  await close()
  expect(await heard).toBe('')
})

it('cuts off a listener who is too far behind', async () => {
  const { url, listeners, close } = await setup()
  const response = await fetch(`${url}/api/v1/whatsapp/messages/events`)
  const event = { tenantId: 't', json: '{}' }
  for (let number = 0; number <= 20_000; number++) {
    listeners[0]?.({ ...event, id: String(number) })
  }
  const heard = await response.text()
  expect(heard.split('event: message').length - 1).toBeLessThan(20_000)
  await close()
})

it('ends a stream that begins with a part of what was missed, once that is sent', async () => {
  const { url, close } = await setup(true)
  const heard = await (await fetch(`${url}/api/v1/whatsapp/messages/events`)).text()
  expect(heard.split('event: message').length - 1).toBe(100)
  await close()
})

it('ends a stream soon after its key is revoked or expires, and not for a database that is away', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  let refusal: Error | null = null
  const asked = vi.fn<Authenticate>(() =>
    refusal === null ? Promise.resolve(CALLER) : Promise.reject(refusal),
  )
  const { url, listeners, close } = await setup(false, asked)
  const response = await fetch(`${url}/api/v1/whatsapp/messages/events`)
  await vi.advanceTimersByTimeAsync(15_000)
  refusal = new AppError('unavailable', 'The database does not answer.')
  await vi.advanceTimersByTimeAsync(15_000)
  listeners[0]?.({ id: '1', tenantId: 't', json: '{"heard":true}' })
  refusal = new AppError('unauthorized', 'The API key is not known, expired or revoked.')
  await vi.advanceTimersByTimeAsync(15_000)
  expect(await response.text()).toContain('{"heard":true}')
  expect(asked).toHaveBeenCalledTimes(4)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toHaveBeenCalledTimes(4)
  await close()
})
