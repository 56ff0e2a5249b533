import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { AppError } from '../lib/errors.ts'
import { createProblem } from './problem.ts'
import type { Phase } from './server.ts'
import { createPostHeadReader } from './post-head.ts'
import { WEBHOOK_PATH } from './webhook-routes.ts'
import type { WebhookTaker } from './webhook-routes.ts'

/** A single webhook of Meta has hundreds of bytes, twenty have 10 KB; what is larger is rare enough for the route. */
const MAX_BODY_BYTES = 64 * 1024
/** As the HTTP server has them (`server.ts`): between requests, and for the first one or the rest of one. */
const KEEP_ALIVE_MS = 5000
const WAIT_MS = 10_000
const SWEEP_MS = 1000

const readPost = createPostHeadReader(
  Buffer.from(`POST ${WEBHOOK_PATH} HTTP/1.1\r\n`),
  MAX_BODY_BYTES,
)

export interface WebhookFastPath {
  /**
   * False while each of the connections waits for its answer: none of them has another webhook before that.
   * True where there is none, since others come by the route.
   */
  mayMoreCome(): boolean
}

/**
 * Answers Meta's usual POST before Node's HTTP server sees the connection: three of them come for each
 * order, and of the service's 475 µs for an order 62 were requests, responses and streams of HTTP
 * ([decision 25](../../docs/decisions/0025-usual-webhooks-off-the-socket.md)).
 *
 * A connection begins here and stays as long as nothing comes over it but such POSTs. With the first
 * byte of anything else it is the HTTP server's, for good, as if it had just been opened: other methods,
 * paths and versions, bodies of unknown or great length, two requests at once, a service that is starting.
 * There the route of the same address takes webhooks by the same function.
 *
 * @param server before it has had a connection; what closes its connections closes these, too
 */
export function openWebhookFastPath(
  server: Server,
  options: { phase: () => Phase; take: WebhookTaker },
): WebhookFastPath {
  const connections = new Set<Connection>()
  const busy = new Set<Connection>()
  const others = server.listeners('connection') as ((socket: Socket) => void)[]
  const giveToServer = (socket: Socket): void => {
    for (const connect of others) connect.call(server, socket)
  }
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const connection = createConnection(socket, {
      ...options,
      giveToServer,
      onBusy: () => void busy.add(connection),
      onIdle: () => void busy.delete(connection),
      onEnd: () => {
        connections.delete(connection)
        busy.delete(connection)
      },
    })
    connections.add(connection)
  })
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const connection of connections) connection.endIfSilent(now)
  }, SWEEP_MS).unref()
  server.once('close', () => {
    clearInterval(sweep)
  })
  alsoCall(server, 'closeIdleConnections', () => {
    for (const connection of connections) connection.endIfIdle()
  })
  alsoCall(server, 'closeAllConnections', () => {
    for (const connection of connections) connection.cut()
  })
  return { mayMoreCome: () => connections.size === 0 || busy.size < connections.size }
}

function alsoCall(
  server: Server,
  method: 'closeIdleConnections' | 'closeAllConnections',
  more: () => void,
): void {
  const own = server[method].bind(server)
  server[method] = () => {
    own()
    more()
  }
}

interface Connection {
  endIfIdle(): void
  endIfSilent(now: number): void
  cut(): void
}

interface ConnectionOptions {
  phase: () => Phase
  take: WebhookTaker
  giveToServer: (socket: Socket) => void
  /** The connection has ended, or is no longer ours. */
  onEnd: () => void
  /** A webhook came whole. */
  onBusy: () => void
  /** It is answered, or never will be. */
  onIdle: () => void
}

function createConnection(socket: Socket, options: ConnectionOptions): Connection {
  /** What came of a request that is not whole yet, or while one was being answered. */
  let chunks: Buffer[] = []
  let missingBytes = 0
  let isBusy = false
  let hasEnded = false
  let deadline = performance.now() + WAIT_MS

  const onData = (chunk: Buffer): void => {
    if (isBusy) {
      // The next request before the answer to this one: nobody who waits for answers sends so.
      chunks.push(chunk)
      socket.pause()
      return
    }
    if (chunk.length < missingBytes) {
      missingBytes -= chunk.length
      chunks.push(chunk)
      return
    }
    read(chunks.length === 0 ? chunk : Buffer.concat([...chunks, chunk]))
  }

  const read = (bytes: Buffer): void => {
    const post = options.phase() === 'starting' ? undefined : readPost(bytes)
    if (post === undefined || bytes.length > post.bytes) {
      giveAway(bytes)
    } else if (bytes.length < post.bytes) {
      chunks = [bytes]
      missingBytes = post.bytes - bytes.length
      deadline = performance.now() + WAIT_MS
    } else {
      chunks = []
      missingBytes = 0
      isBusy = true
      options.onBusy()
      options.take(bytes.subarray(post.headBytes), post.signature).then(answer, destroy)
    }
  }

  const answer = (refusal: AppError | undefined): void => {
    isBusy = false
    options.onIdle()
    // Given away now, it would never end for the server.
    if (socket.destroyed) return
    const isLast = hasEnded || options.phase() === 'stopping'
    socket.write(refusal === undefined ? accepted(isLast) : refused(refusal, isLast), 'latin1')
    if (isLast) {
      socket.destroySoon()
      return
    }
    deadline = performance.now() + KEEP_ALIVE_MS
    if (chunks.length > 0) {
      const next = Buffer.concat(chunks)
      chunks = []
      socket.resume()
      read(next)
    }
  }

  const onEnd = (): void => {
    hasEnded = true
    if (!isBusy) socket.destroySoon()
  }
  const destroy = (): void => {
    socket.destroy()
  }
  const leave = (): void => {
    socket.off('data', onData).off('end', onEnd).off('error', destroy).off('close', leave)
    options.onEnd()
  }
  const giveAway = (bytes: Buffer): void => {
    leave()
    socket.pause()
    socket.unshift(bytes)
    options.giveToServer(socket)
    // Only then, so that the server's listeners are there.
    process.nextTick(() => socket.resume())
  }

  socket.on('data', onData).on('end', onEnd).on('error', destroy).on('close', leave)
  return {
    endIfIdle() {
      if (!isBusy && chunks.length === 0) socket.destroy()
    },
    endIfSilent(now) {
      if (isBusy || now < deadline) return
      // The server says that it waited in vain.
      if (chunks.length > 0) giveAway(Buffer.concat(chunks))
      else socket.destroy()
    },
    cut: destroy,
  }
}

function accepted(isLast: boolean): string {
  // No line, no id and no schema: an answer to Meta is a status and nothing else.
  return `HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${lastLines(isLast)}`
}

/** ASCII: the words are ours. */
function refused({ code, message }: AppError, isLast: boolean): string {
  const id = randomUUID()
  const problem = createProblem(code, message, id)
  const body = JSON.stringify(problem)
  const lines = [
    `HTTP/1.1 ${String(problem.status)} ${STATUS_CODES[problem.status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${String(body.length)}`,
    `x-request-id: ${id}`,
    'x-content-type-options: nosniff',
    ...(code === 'unavailable' ? ['retry-after: 2'] : []),
    ...(code === 'unauthorized' ? ['www-authenticate: Bearer'] : []),
  ]
  return `${lines.join('\r\n')}\r\n${lastLines(isLast)}${body}`
}

const LAST = 'connection: close\r\n'
const NOT_LAST = `connection: keep-alive\r\nkeep-alive: timeout=${String(KEEP_ALIVE_MS / 1000)}\r\n`
let date = { second: 0, line: '' }

/** With the empty line at the end of a head. */
function lastLines(isLast: boolean): string {
  const second = Math.floor(Date.now() / 1000)
  // Made once a second: it costs as much as all the rest of an answer.
  if (second !== date.second) {
    date = { second, line: `date: ${new Date(second * 1000).toUTCString()}\r\n` }
  }
  return `${date.line}${isLast ? LAST : NOT_LAST}\r\n`
}
