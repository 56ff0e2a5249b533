import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A request as it arrived, as far as it arrived. */
export interface Arrived {
  socket: Socket
  /** Everything received on this socket so far. */
  bytes: string
  /** Number of complete requests on this socket, this one included. */
  count: number
}

export interface MisbehavingServer {
  url: string
  port: number
  /** Complete requests on all sockets: what Meta may have acted on. */
  requests: string[]
  connections: number
  close(): Promise<void>
}

/**
 * A TCP server that speaks just enough HTTP to break it: `onRequest` is called with each complete
 * request and writes whatever it likes to the socket.
 */
export async function openServer(behaviour: {
  onConnect?: (socket: Socket) => void
  onBytes?: (socket: Socket, received: number) => void
  onRequest?: (arrived: Arrived) => void
}): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const state = { connections: 0 }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    state.connections += 1
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    behaviour.onConnect?.(socket)
    let bytes = ''
    let count = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1')
      behaviour.onBytes?.(socket, bytes.length)
      for (let end = endOfRequest(bytes); end !== undefined; end = endOfRequest(bytes)) {
        count += 1
        const request = bytes.slice(0, end)
        bytes = bytes.slice(end)
        requests.push(request)
        behaviour.onRequest?.({ socket, bytes: request, count })
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    requests,
    get connections() {
      return state.connections
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** The length of the first complete request, by its content-length. */
function endOfRequest(bytes: string): number | undefined {
  const head = bytes.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = Number(/content-length: (\d+)/i.exec(bytes)?.[1] ?? 0)
  const end = head + 4 + length
  return bytes.length >= end ? end : undefined
}

/** A complete answer. */
export function answer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const extra = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`)
  return [
    `HTTP/1.1 ${String(status)} Any\r\n`,
    `content-length: ${String(Buffer.byteLength(text))}\r\n`,
    ...extra,
    `\r\n${text}`,
  ].join('')
}

/** What Meta answers to a send it takes (reference, section 2.5). */
export const ACCEPTED = {
  messaging_product: 'whatsapp',
  contacts: [{ input: '+34600111222', wa_id: '34600111222' }],
  messages: [{ id: 'wamid.HBgLMzQ2MDAxMTEyMjIVAgARGBI1', message_status: 'accepted' }],
}
