/**
 * As much of an HTTP server as the stand-in needs: requests with a Content-Length over sockets that stay
 * open. node:http costs twice as much for the same answers, and what the load costs the contestants lack.
 */

import { createServer } from 'node:net'
import type { Socket } from 'node:net'

export interface Request {
  method: string
  path: string
  body: Buffer
  /** @param body ASCII only */
  answer(status: number, body: string): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

/** @returns the port */
export function listen(handle: (request: Request) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => readRequests(socket, handle))
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 1024, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

function readRequests(socket: Socket, handle: (request: Request) => void): void {
  let kept = EMPTY
  const answer = (status: number, body: string): void => {
    socket.write(
      `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      'latin1',
    )
  }
  socket.on('data', (chunk) => {
    let bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    for (;;) {
      const headEnd = bytes.indexOf(HEAD_END)
      if (headEnd < 0) break
      const head = bytes.toString('latin1', 0, headEnd)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      const end = headEnd + HEAD_END.length + length
      if (bytes.length < end) break
      const [method = '', path = ''] = head.slice(0, head.indexOf('\r\n')).split(' ')
      handle({ method, path, body: bytes.subarray(headEnd + HEAD_END.length, end), answer })
      bytes = bytes.subarray(end)
    }
    kept = bytes
  })
  // The contestant hangs up when it stops.
  socket.on('error', () => socket.destroy())
}
