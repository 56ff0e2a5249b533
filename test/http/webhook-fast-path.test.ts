import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { closeServer, createHttpServer } from '../../src/http/server.ts'
import type { Phase } from '../../src/http/server.ts'
import { openWebhookFastPath } from '../../src/http/webhook-fast-path.ts'
import { registerWebhookRoutes } from '../../src/http/webhook-routes.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createLogger } from '../../src/lib/logger.ts'

const PATH = '/api/v1/whatsapp/webhook'
const post = (body: string, head = ''): string =>
  `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n${head}\r\n${body}`

/** A service that takes webhooks; those whose body is `wait` only when told to. */
async function setup() {
  let phase: Phase = 'running'
  const logger = createLogger('silent')
  const app = await createHttpServer({ logger, version: '0', phase: () => phase })
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const take = async (raw: Buffer): Promise<AppError | undefined> => {
    const body = raw.toString()
    if (body === 'wait') await new Promise<void>((resolve) => waiting.push(resolve))
    taken.push(body)
    if (body === 'unsigned') return new AppError('unauthorized', 'The signature does not fit.')
    if (body === 'unstored') return new AppError('unavailable', 'Send it again.')
    if (body === 'broken') throw new Error('a fault of ours')
    return undefined
  }
  registerWebhookRoutes(app, { logger, verifyToken: 'v', take })
  let given = 0
  app.server.on('connection', () => (given += 1))
  const { mayMoreCome } = openWebhookFastPath(app.server, { phase: () => phase, take })
  let byServer = 0
  const accepted: Socket[] = []
  app.server.on('connection', (socket: Socket) => accepted.push(socket))
  app.server.on('request', () => (byServer += 1))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  onTestFinished(() => closeServer(app))
  return {
    app,
    taken,
    mayMoreCome,
    /** Connections that were left to Node's HTTP server. */
    given: () => given,
    /** Requests that Node's HTTP server has seen. */
    byServer: () => byServer,
    /** Lets those go on that wait. */
    release: () => waiting.splice(0).forEach((resolve) => resolve()),
    areWaiting: (count: number) => vi.waitUntil(() => waiting.length === count),
    setPhase: (next: Phase) => (phase = next),
    stop: () => {
      phase = 'stopping'
      return closeServer(app)
    },
    open: async (): Promise<Talk> => {
      const opened = accepted.length
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
      await vi.waitUntil(() => accepted.length > opened)
      return talk(socket, accepted[opened] as Socket)
    },
  }
}

interface Talk {
  socket: Socket
  /** The service's end. */
  accepted: Socket
  /** Resolves once the service has read what was written. */
  say(text: string): Promise<void>
  /** Resolves with what has come since the last time, once it matches. */
  hear(pattern: RegExp): Promise<string>
  /** Resolves once the service has ended the connection. */
  end: Promise<void>
}

function talk(socket: Socket, accepted: Socket): Talk {
  let heard = ''
  let said = 0
  const end = new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', () => resolve())
  })
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (heard += chunk.toString()))
  return {
    socket,
    accepted,
    end,
    async say(text) {
      said += Buffer.byteLength(text)
      socket.write(text)
      await vi.waitUntil(() => accepted.bytesRead === said, { interval: 1 })
    },
    async hear(pattern) {
      await vi.waitUntil(() => pattern.test(heard) || socket.readableEnded, { interval: 5 })
      const answer = heard
      heard = ''
      expect(answer).toMatch(pattern)
      return answer
    },
  }
}

/** What an answer says, without what differs from one to the next. */
const fieldsOf = (answer: string) => {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [line, ...lines] = head.toLowerCase().split('\r\n')
  const varying = /^(date|x-request-id|connection|keep-alive): ./
  const id = /"request_id":"[0-9a-f-]{36}"/
  return {
    line,
    lines: lines.filter((one) => !varying.test(one)).sort(),
    body: body.replace(id, ''),
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe("Meta's usual POST", () => {
  it('is answered without a request of the HTTP server, one after the other', async () => {
    const { open, taken, byServer } = await setup()
    const { socket, hear } = await open()
    for (const body of ['one', '', 'three']) {
      socket.write(post(body))
      const answer = await hear(/\r\n\r\n$/)
      expect(answer).toMatch(
        /^HTTP\/1\.1 200 OK\r\ncontent-length: 0\r\ndate: \w{3}, .* GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=5\r\n\r\n$/,
      )
    }
    expect([taken, byServer()]).toEqual([['one', '', 'three'], 0])
  })

  it.each(['unsigned', 'unstored', 'fine'])(
    'is answered as the route of the same address would (%s)',
    async (body) => {
      const { open, byServer } = await setup()
      const [fast, route] = [await open(), await open()]
      fast.socket.write(post(body))
      const answer = await fast.hear(/\r\n\r\n(\{.*\})?$/)
      expect(byServer()).toBe(0)
      route.socket.write(post(body, 'connection: close\r\n'))
      const other = fieldsOf(await route.hear(/\r\n\r\n(\{.*\})?$/))
      expect(byServer()).toBe(1)
      if (body !== 'fine') expect(fieldsOf(answer)).toEqual(other)
      else expect(fieldsOf(answer)).toMatchObject({ line: other.line, body: other.body })
    },
  )

  it('may come in pieces', async () => {
    const { open, taken, byServer } = await setup()
    const { say, hear } = await open()
    const whole = post('a body of some length')
    for (const [from, to] of [
      [0, -15],
      [-15, -10],
      [-10, -1],
      [-1, undefined],
    ] as const) {
      await say(whole.slice(from, to))
    }
    await hear(/^HTTP\/1\.1 200/)
    expect([taken, byServer()]).toEqual([['a body of some length'], 0])
  })

  it('ends the connection where the service fails at it, so that Meta sends it again', async () => {
    const { open } = await setup()
    const { socket, end } = await open()
    socket.write(post('broken'))
    await end
  })

  it('is answered to a sender who has said the last', async () => {
    const { open, release, areWaiting } = await setup()
    const { socket, hear, end } = await open()
    socket.end(post('wait'))
    await areWaiting(1)
    release()
    expect(await hear(/\r\n\r\n$/)).toContain('connection: close')
    await end
  })

  it('does no harm where its sender is gone before the answer', async () => {
    const { open, release, areWaiting, taken, given } = await setup()
    const first = await open()
    await first.say(post('wait'))
    await areWaiting(1)
    await first.say(post('never read', 'connection: close\r\n'))
    const gone = new Promise((resolve) => first.accepted.once('close', resolve))
    first.socket.resetAndDestroy()
    const second = await open()
    await second.say(post('next'))
    await second.hear(/200 OK/)
    await gone
    release()
    await vi.waitUntil(() => taken.length === 2)
    await second.say(post('last'))
    await second.hear(/200 OK/)
    expect([taken, given()]).toEqual([['next', 'wait', 'last'], 0])
  })
})

describe('whether more webhooks may come', () => {
  it('is denied while every connection waits for an answer, and only then', async () => {
    const { open, mayMoreCome, areWaiting, release } = await setup()
    expect(mayMoreCome()).toBe(true)
    const first = await open()
    await first.say(post('wait'))
    await areWaiting(1)
    expect(mayMoreCome()).toBe(false)
    const second = await open()
    expect(mayMoreCome()).toBe(true)
    await second.say(post('wait'))
    await areWaiting(2)
    expect(mayMoreCome()).toBe(false)
    release()
    await first.hear(/200 OK/)
    await second.hear(/200 OK/)
    expect(mayMoreCome()).toBe(true)
  })

  it('heeds no connection that is gone, or the HTTP server’s', async () => {
    const { open, mayMoreCome, areWaiting, byServer } = await setup()
    const gone = await open()
    await gone.say(post('wait'))
    const stays = await open()
    await stays.say(post('wait'))
    await areWaiting(2)
    gone.socket.resetAndDestroy()
    await vi.waitUntil(() => gone.accepted.closed)
    expect(mayMoreCome()).toBe(false)
    const other = await open()
    expect(mayMoreCome()).toBe(true)
    await other.say('GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n')
    await other.hear(/404/)
    expect(byServer()).toBe(1)
    expect(mayMoreCome()).toBe(false)
  })
})

describe('whatever else comes over the connection', () => {
  it('is answered by the HTTP server from then on', async () => {
    const { open, taken, byServer } = await setup()
    const { socket, hear } = await open()
    socket.write(post('first'))
    await hear(/200 OK/)
    socket.write(`GET ${PATH} HTTP/1.1\r\nhost: x\r\n\r\n`)
    await hear(/^HTTP\/1\.1 403 .*\}$/s)
    socket.write(post('last'))
    await hear(/200 OK/)
    expect([taken, byServer()]).toEqual([['first', 'last'], 2])
  })

  it.each([
    ['a request whose head is not whole', post('x').slice(0, 40), post('x').slice(40)],
    [
      'a body in chunks',
      `POST ${PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`,
      '1\r\nx\r\n0\r\n\r\n',
    ],
    ['somebody who waits for 100', post('x', 'expect: 100-continue\r\n').slice(0, -1), 'x'],
  ])('is the HTTP server’s: %s', async (_what, first, rest) => {
    const { open, taken, byServer } = await setup()
    const { say, hear } = await open()
    await say(first)
    if (first.includes('100')) await hear(/100 Continue/)
    await say(rest)
    await hear(/200 OK/)
    expect([taken, byServer()]).toEqual([['x'], 1])
  })

  it('is the HTTP server’s: a body of more than 64 KiB', async () => {
    const { open, taken, byServer } = await setup()
    const { socket, hear } = await open()
    const large = 'x'.repeat(64 * 1024 + 1)
    socket.write(post(large))
    await hear(/200 OK/)
    expect([taken, byServer()]).toEqual([[large], 1])
  })

  it('is answered in the order it came, however much came at once', async () => {
    const { open, taken, release, areWaiting } = await setup()
    const { say, hear, accepted, socket } = await open()
    await say(post('wait'))
    await areWaiting(1)
    await say(post('unsigned') + post('fine'))
    socket.write(post('unstored'))
    expect(taken).toEqual([])
    // Nobody can make the service keep more than one chunk of it.
    expect(accepted.isPaused()).toBe(true)
    release()
    const answers = await hear(/ 200 .* 401 .* 200 .* 503 .*\}$/s)
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toHaveLength(4)
    expect(taken).toEqual(['wait', 'unsigned', 'fine', 'unstored'])
  })

  it('is refused with 503 while the service is starting', async () => {
    const { open, setPhase, taken } = await setup()
    setPhase('starting')
    const { socket, hear } = await open()
    socket.write(post('early'))
    await hear(/^HTTP\/1\.1 503 .*\}$/s)
    expect(taken).toEqual([])
  })

  it('is no HTTP, and told so', async () => {
    const { open } = await setup()
    const { socket, hear, end } = await open()
    socket.write('this is not HTTP\r\n\r\n')
    await hear(/^HTTP\/1\.1 400 .*\}$/s)
    await end
  })
})

describe('a connection over which nothing comes', () => {
  const inSeconds = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)

  it('is closed five seconds after its last answer, and not while one is under way', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
    const { open, release, areWaiting } = await setup()
    const { say, hear, socket, end } = await open()
    for (const body of ['x', 'y', 'z']) {
      await say(post(body))
      await hear(/200 OK/)
      await inSeconds(4)
    }
    await say(post('wait'))
    await areWaiting(1)
    await inSeconds(60)
    release()
    await hear(/200 OK/)
    await inSeconds(4)
    expect(socket.readableEnded).toBe(false)
    await inSeconds(2)
    await end
  })

  it('is closed ten seconds after it was opened', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
    const { open } = await setup()
    const { socket, end } = await open()
    await inSeconds(9)
    expect(socket.readableEnded).toBe(false)
    await inSeconds(2)
    await end
  })

  it('is the HTTP server’s after ten seconds where a request has begun', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] })
    const { open, byServer, taken } = await setup()
    const { say, hear } = await open()
    await say(post('not whole').slice(0, -1))
    await inSeconds(9)
    expect(byServer()).toBe(0)
    await inSeconds(2)
    await vi.waitUntil(() => byServer() === 1)
    await say('e')
    await hear(/200 OK/)
    expect(taken).toEqual(['not whole'])
  })
})

describe('a service that stops', () => {
  it('closes what is idle and finishes what is under way, and says that the connection ends', async () => {
    const { open, stop, release, areWaiting, taken } = await setup()
    const [idle, busy] = [await open(), await open()]
    idle.socket.write(post('x'))
    await idle.hear(/200 OK/)
    busy.socket.write(post('wait'))
    await areWaiting(1)
    const stopped = stop()
    await idle.end
    release()
    expect(await busy.hear(/\r\n\r\n$/)).toContain('connection: close')
    await stopped
    expect(taken).toEqual(['x', 'wait'])
  })

  it('cuts what does not end', async () => {
    const { open, stop, areWaiting } = await setup()
    const { say, end } = await open()
    await say(post('wait'))
    await areWaiting(1)
    await stop()
    await end
  })
})
