import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export type Direction = 'to_server' | 'to_client'

/** What stands between a client and its servers, and can be made to fail as networks do. */
export interface TcpProxy {
  readonly port: number
  /** Connections that were made so far. */
  readonly connections: number
  /** Resets every connection and takes no new one, until `restore`. */
  cut(): void
  /** Connections stay and carry nothing any more, new ones neither, until `restore` resets them. */
  freeze(): void
  restore(): void
  /** Every piece comes so much later, both ways. */
  delay(ms: number): void
  /** At most so many bytes a second on each connection, both ways; Infinity again: no limit. */
  throttle(bytesPerSecond: number): void
  /** Closes connections from one side only: the other side learns of it when it writes. */
  halfClose(): void
  /**
   * Cuts the connection instead of carrying the next piece that `fits`, or its first `bytes`; once.
   *
   * @returns resolves when it was cut
   */
  cutOnce(direction: Direction, fits: (piece: Buffer) => boolean, bytes?: number): Promise<void>
  close(): Promise<void>
}

interface Trap {
  direction: Direction
  fits: (piece: Buffer) => boolean
  bytes: number
  sprung: () => void
}

/**
 * @param targets ports of 127.0.0.1; the first that answers takes a connection, beginning with another
 *   one each time, as a load balancer does
 */
export async function openTcpProxy(targets: () => readonly number[]): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>()
  const lone = new Set<Socket>()
  let mode: 'open' | 'cut' | 'frozen' = 'open'
  let connections = 0
  let delayMs = 0
  let bytesPerSecond = Number.POSITIVE_INFINITY
  let trap: Trap | undefined

  const server = createServer({ pauseOnConnect: true }, (client) => {
    if (mode === 'cut') {
      client.resetAndDestroy()
      return
    }
    const number = connections++
    client.on('error', () => undefined)
    lone.add(client)
    client.once('close', () => lone.delete(client))
    if (mode === 'frozen') return
    void connectFirst(targets(), number).then((upstream) => {
      if (upstream === undefined || client.destroyed) {
        upstream?.destroy()
        client.resetAndDestroy()
        return
      }
      join(client, upstream)
    })
  })

  const join = (client: Socket, upstream: Socket): void => {
    const pair: [Socket, Socket] = [client, upstream]
    pairs.add(pair)
    upstream.on('error', () => undefined)
    for (const [from, to, direction] of [
      [client, upstream, 'to_server'],
      [upstream, client, 'to_client'],
    ] as const) {
      carry(from, to, direction)
      from.once('close', () => {
        pairs.delete(pair)
        setTimeout(() => to.destroy(), delayMs)
      })
    }
    client.resume()
  }

  const carry = (from: Socket, to: Socket, direction: Direction): void => {
    let freeAt = 0
    from.on('data', (piece) => {
      if (mode === 'frozen') return
      if (trap?.direction === direction && trap.fits(piece)) {
        const { bytes, sprung } = trap
        trap = undefined
        // What is in its buffer goes out before the reset.
        to.write(piece.subarray(0, bytes), () => {
          from.resetAndDestroy()
          to.resetAndDestroy()
          sprung()
        })
        return
      }
      if (delayMs === 0 && bytesPerSecond === Number.POSITIVE_INFINITY) {
        if (!to.write(piece)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
        return
      }
      const now = performance.now()
      freeAt = Math.max(now, freeAt) + (piece.length / bytesPerSecond) * 1000
      setTimeout(() => to.destroyed || to.write(piece), freeAt - now + delayMs)
    })
    from.once('end', () => setTimeout(() => to.end(), delayMs))
  }

  const resetAll = (): void => {
    for (const socket of [...pairs].flat().concat([...lone])) socket.resetAndDestroy()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    get connections() {
      return connections
    },
    cut() {
      mode = 'cut'
      resetAll()
    },
    freeze() {
      mode = 'frozen'
    },
    restore() {
      // A frozen connection has lost pieces: nobody can go on with it.
      if (mode === 'frozen') resetAll()
      mode = 'open'
    },
    delay(ms) {
      delayMs = ms
    },
    throttle(limit) {
      bytesPerSecond = limit
    },
    halfClose() {
      for (const [client] of pairs) client.end()
    },
    cutOnce(direction, fits, bytes = 0) {
      return new Promise((resolve) => {
        trap = { direction, fits, bytes, sprung: resolve }
      })
    },
    async close() {
      mode = 'cut'
      resetAll()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** `address` by way of the proxy. */
export function through(proxy: TcpProxy, address: string): string {
  const url = new URL(address)
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return url.href
}

async function connectFirst(ports: readonly number[], offset: number): Promise<Socket | undefined> {
  for (let index = 0; index < ports.length; index += 1) {
    const port = ports[(offset + index) % ports.length]
    const socket = port === undefined ? undefined : await tryToConnect(port)
    if (socket !== undefined) return socket
  }
  return undefined
}

function tryToConnect(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}
