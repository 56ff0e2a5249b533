import { Connection } from 'rabbitmq-client'
import { deadLetterQueueOf } from '../../../src/intake/event-sources/rabbitmq-topology.ts'

export interface QueueState {
  /** At rest; what is handed out is not counted. */
  ready: number
  consumers: number
  /** What the broker gave up on. */
  dead: number
}

/** Looks at the queue of a run, beside everybody. */
export interface QueueControl {
  /** Everything 0 while the queue or the broker is not there. */
  state(): Promise<QueueState>
  /** Takes the queue's binding away. */
  unbind(): Promise<void>
  close(): void
}

export function openQueueControl(
  url: string,
  topology: { exchange: string; routingKey: string; queue: string },
): QueueControl {
  const { exchange, routingKey, queue } = topology
  const connection = new Connection({
    url,
    retryLow: 50,
    retryHigh: 300,
    acquireTimeout: 2000,
    connectionName: 'aviso test',
  })
  connection.on('error', () => undefined)
  return {
    async state() {
      try {
        const own = await connection.queueDeclare({ queue, passive: true })
        const dead = await connection.queueDeclare({
          queue: deadLetterQueueOf(queue),
          passive: true,
        })
        return { ready: own.messageCount, consumers: own.consumerCount, dead: dead.messageCount }
      } catch {
        return { ready: 0, consumers: 0, dead: 0 }
      }
    },
    unbind: () => connection.queueUnbind({ queue, exchange, routingKey }),
    close: () => {
      connection.unsafeDestroy()
    },
  }
}
