/**
 * Posts webhooks over sockets that stay open, one at a time on each. Written on plain sockets for the
 * same reason as the server: an HTTP client costs three times as much for each.
 */

import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export interface Post {
  /** ASCII only. */
  body: string
  /** Called once, after the first 200. */
  onAccepted(): void
}

export interface Poster {
  post(post: Post): void
  /** Answers other than 200 and broken sockets so far; each was posted again. */
  readonly repeated: number
}

interface Connection {
  socket: Socket
  head: string
  current: Post | undefined
  received: string
}

/** Meta repeats what is not answered with 200; it waits longer. */
const REPEAT_AFTER_MS = 500

/** @param urls posts are spread over them evenly */
export function createPoster(
  urls: readonly string[],
  connections: number,
  appSecret: string,
): Poster {
  const free: Connection[] = []
  const waiting: Post[] = []
  let first = 0
  let opened = 0
  let repeated = 0

  const open = (url: URL): void => {
    opened += 1
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    const connection: Connection = {
      socket,
      head: `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: */*\r\nUser-Agent: facebookexternalua\r\nContent-Type: application/json\r\n`,
      current: undefined,
      received: '',
    }
    socket.setEncoding('latin1')
    socket.once('connect', () => release(connection))
    socket.on('data', (text: string) => receive(connection, text))
    socket.on('error', () => undefined)
    socket.once('close', () => {
      opened -= 1
      const place = free.indexOf(connection)
      if (place >= 0) free.splice(place, 1)
      if (connection.current !== undefined) again(connection.current)
      connection.current = undefined
      if (waiting.length > first) setTimeout(start, REPEAT_AFTER_MS)
    })
  }
  const start = (): void => {
    const url = urls[opened % urls.length]
    if (opened < connections && url !== undefined) open(new URL(url))
  }
  const again = (post: Post): void => {
    repeated += 1
    setTimeout(() => take(post), REPEAT_AFTER_MS)
  }
  const take = (post: Post): void => {
    const connection = free.pop()
    if (connection !== undefined) {
      write(connection, post)
      return
    }
    waiting.push(post)
    start()
  }
  const write = (connection: Connection, post: Post): void => {
    connection.current = post
    const signature = createHmac('sha256', appSecret).update(post.body).digest('hex')
    connection.socket.write(
      `${connection.head}X-Hub-Signature-256: sha256=${signature}\r\nContent-Length: ${post.body.length}\r\n\r\n${post.body}`,
      'latin1',
    )
  }
  const release = (connection: Connection): void => {
    const next = waiting[first]
    if (next === undefined) {
      free.push(connection)
      return
    }
    first += 1
    if (first > 10_000) {
      waiting.splice(0, first)
      first = 0
    }
    write(connection, next)
  }
  const receive = (connection: Connection, text: string): void => {
    const received = connection.received === '' ? text : connection.received + text
    const headEnd = received.indexOf('\r\n\r\n')
    const length = /\r\ncontent-length: *(\d+)/i.exec(received)?.[1]
    if (headEnd < 0 || received.length < headEnd + 4 + Number(length ?? 0)) {
      connection.received = received
      return
    }
    connection.received = ''
    const post = connection.current
    connection.current = undefined
    if (post === undefined) return
    if (received.startsWith('HTTP/1.1 200 ')) post.onAccepted()
    else again(post)
    release(connection)
  }

  return {
    post: take,
    get repeated() {
      return repeated
    },
  }
}
