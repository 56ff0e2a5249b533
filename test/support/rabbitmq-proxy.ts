import { createServer, connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface BrokerProxy {
  /** The broker's address, through the proxy. */
  url: string
  /** Connections that were made so far. */
  readonly connections: number
  /** Cuts every connection and takes no new one, until `restore`. */
  cut(): void
  restore(): void
  /** Connections stay, and carry nothing any more. */
  freeze(): void
  close(): Promise<void>
}

/** Stands between a client and the broker, so that a test can take the broker away. */
export async function openBrokerProxy(brokerUrl: string): Promise<BrokerProxy> {
  const target = new URL(brokerUrl)
  const sockets = new Set<Socket>()
  let isCut = false
  let connections = 0
  const server = createServer((client) => {
    if (isCut) {
      client.destroy()
      return
    }
    connections += 1
    const broker = connect({
      host: target.hostname,
      port: target.port === '' ? 5672 : Number(target.port),
    })
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(brokerUrl)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    get connections() {
      return connections
    },
    cut() {
      isCut = true
      destroyAll()
    },
    restore() {
      isCut = false
    },
    freeze() {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    async close() {
      destroyAll()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
