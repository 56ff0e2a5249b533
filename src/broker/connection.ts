import { Connection } from 'rabbitmq-client'
import type { Channel } from 'rabbitmq-client'
import { within } from '../lib/deadline.ts'
import { coerceError } from '../lib/errors.ts'
import { limitReads } from '../lib/limit-reads.ts'

const HEARTBEAT_SECONDS = 10
const CONNECT_WITHIN_MS = 5000
const CLOSE_WITHIN_MS = 1000
/** The client agrees to frames of 8 KiB. */
const MAX_READ_BYTES = 64 * 1024
/** Never reached: a lost connection is thrown away before the client would make it anew. */
const RECONNECT_MS = 60_000

export interface BrokerConnection {
  /** Errors of the channel are emitted by the channel. */
  openChannel(): Promise<Channel>
  /** Settles, with the reason, when the connection is gone; never when we close it. */
  readonly lost: Promise<Error>
  /** Why the broker takes nothing from publishers just now (an alarm of memory or disk), or null. */
  readonly blocked: string | null
  /** Within a second: politely, else by cutting the line. Open channels go with it. */
  close(): Promise<void>
}

/**
 * Opens one connection. It is not made anew when it is lost: the client reports only the first error
 * of an outage, and whether the broker is away or refuses us now must be known.
 *
 * Whoever consumes over it publishes nothing: a broker that blocks a publisher makes the client hold
 * back acknowledgements, too.
 *
 * @param name shown by the broker, e.g. `aviso consumer`
 * @throws the broker's or the system's error
 */
export async function openBrokerConnection(url: string, name: string): Promise<BrokerConnection> {
  const connection = new Connection({
    url,
    heartbeat: HEARTBEAT_SECONDS,
    connectionTimeout: CONNECT_WITHIN_MS,
    acquireTimeout: CONNECT_WITHIN_MS,
    retryLow: RECONNECT_MS,
    retryHigh: RECONNECT_MS,
    connectionName: name,
  })
  limitReads((connection as unknown as { _socket?: unknown })._socket, MAX_READ_BYTES)
  let blocked: string | null = null
  connection.on('connection.blocked', (reason) => (blocked = reason))
  connection.on('connection.unblocked', () => (blocked = null))
  let isLost = false
  const lost = new Promise<Error>((resolve) => {
    connection.on('error', (error) => {
      isLost = true
      connection.unsafeDestroy()
      resolve(coerceError(error))
    })
  })
  const connected = new Promise<void>((resolve) => connection.once('connection', resolve))
  const failure = await Promise.race([connected, lost])
  if (failure !== undefined) throw failure
  const channels = new Set<Channel>()
  // The client's own close waits for channels that are open, without end.
  const closeAll = async (): Promise<void> => {
    await Promise.allSettled([...channels].map((channel) => channel.close()))
    await connection.close()
  }
  return {
    async openChannel() {
      const channel = await connection.acquire({ emitErrorsFromChannel: true })
      channels.add(channel)
      channel.once('close', () => channels.delete(channel))
      return channel
    },
    lost,
    get blocked() {
      return blocked
    },
    async close() {
      if (isLost) return
      await within(CLOSE_WITHIN_MS, closeAll())
      connection.unsafeDestroy()
    },
  }
}
