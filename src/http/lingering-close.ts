import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

/** Several times the largest body that is taken (bulk, 16 MB); to throw it away costs less than to read one. */
const MAX_BYTES = 128 * 1024 * 1024
const MAX_MS = 10_000
const LOOK_MS = 100

/**
 * Lets a client read an answer that was given before its request was whole, such as 413.
 *
 * With the last answer of a connection Node destroys the socket. Where bytes of the request have not been
 * read or are still coming, the system then resets the connection, and the client, which is still
 * writing, finds it broken and throws away the answer that had already come. So only our side is ended, and
 * what comes is thrown away, until the request is over, 128 MiB have come or 10 s have passed.
 *
 * To be called before the answer is sent; it changes nothing where the connection stays open.
 */
export function lingerAfterAnswer(request: IncomingMessage): void {
  if (request.complete) return
  const { socket } = request
  const destroySoon = Socket.prototype.destroySoon.bind(socket)
  socket.destroySoon = () => {
    if (request.complete) destroySoon()
    else drain(request, destroySoon)
  }
}

function drain(request: IncomingMessage, destroySoon: () => void): void {
  const { socket } = request
  const fromBytes = socket.bytesRead
  const until = performance.now() + MAX_MS
  const look = setInterval(() => {
    if (performance.now() > until || socket.bytesRead - fromBytes > MAX_BYTES) socket.destroy()
  }, LOOK_MS)
  socket.once('close', () => {
    clearInterval(look)
  })
  request.once('end', destroySoon)
  request.resume()
  socket.end()
}
