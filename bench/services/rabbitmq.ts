/** The broker that is measured: `RABBITMQ_URL`, in a virtual host that is the benchmark's own. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Connection } from 'rabbitmq-client'
import { EXCHANGE, QUEUE, ROUTING_KEY } from '../load/orders.ts'
import { cpuTimeOf, pidListeningOn } from '../measure/cpu-time.ts'

export interface Rabbitmq {
  readonly url: string
  readonly description: string
  /** Waits until a contestant has made its queue, and sees to it that the queue is bound: what is published reaches it. */
  untilQueue(ms: number): Promise<void>
  /** As the service does, for contestants that do not make it themselves. */
  declareQueue(): Promise<void>
  /** Nobody consumes any more: what is left are orders that were not acknowledged. */
  countLeft(): Promise<number>
  deleteQueues(): Promise<void>
  /** In microseconds; null: not on this machine. */
  cpuTime(): number | null
  close(): Promise<void>
}

/** Of this run alone: two runs at once must not empty each other's queues. */
const VHOST = `aviso_bench_${process.pid}`
const STANDARD_URL = 'amqp://guest:guest@127.0.0.1:5672'
const QUEUES = [QUEUE, `${QUEUE}.dead`, 'bench.out']
/** What the service publishes goes here, so that it is routed and stays. */
const OUT_EXCHANGE = 'notification.events'
const run = promisify(execFile)

export async function openRabbitmq(): Promise<Rabbitmq> {
  const given = process.env['RABBITMQ_URL'] ?? ''
  const { url, dropVhost } = await makeVhost(given === '' ? STANDARD_URL : given)
  const connection = new Connection({ url, noDelay: true, connectionTimeout: 5000 })
  connection.on('error', () => undefined)
  await connection.onConnect(10_000)
  const port = Number(new URL(url).port || 5672)
  const pid = pidListeningOn(port)
  await connection.exchangeDeclare({ exchange: EXCHANGE, type: 'topic', durable: true })
  await connection.exchangeDeclare({ exchange: OUT_EXCHANGE, type: 'topic', durable: true })
  const deleteQueues = async (): Promise<void> => {
    for (const queue of QUEUES) await connection.queueDelete({ queue })
    await declareOut(connection)
  }
  await deleteQueues()
  const isThere = async (): Promise<boolean> => {
    try {
      await connection.queueDeclare({ queue: QUEUE, passive: true })
      return true
    } catch {
      return false
    }
  }
  return {
    url,
    description: `RabbitMQ at ${new URL(url).host}, one node, quorum queue`,
    async untilQueue(ms) {
      const until = Date.now() + ms
      while (!(await isThere())) {
        if (Date.now() > until) throw new Error(`nobody made the queue ${QUEUE} in ${ms / 1000} s`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      // A queue is there a moment before its binding; to bind it twice is to bind it once.
      await bindQueue(connection)
    },
    async declareQueue() {
      await connection.queueDeclare({
        queue: QUEUE,
        durable: true,
        arguments: { 'x-queue-type': 'quorum' },
      })
      await bindQueue(connection)
    },
    async countLeft() {
      const { messageCount } = await connection.queueDeclare({ queue: QUEUE, passive: true })
      return messageCount
    },
    deleteQueues,
    cpuTime: () => (pid === null ? null : cpuTimeOf(pid)),
    async close() {
      for (const queue of QUEUES) await connection.queueDelete({ queue })
      await connection.close()
      await dropVhost()
    },
  }
}

function bindQueue(connection: Connection): Promise<void> {
  return connection.queueBind({ queue: QUEUE, exchange: EXCHANGE, routingKey: ROUTING_KEY })
}

async function declareOut(connection: Connection): Promise<void> {
  await connection.queueDeclare({
    queue: 'bench.out',
    durable: true,
    arguments: { 'x-queue-type': 'quorum' },
  })
  await connection.queueBind({ queue: 'bench.out', exchange: OUT_EXCHANGE, routingKey: '#' })
}

/** Where no virtual host can be made, the one of the address is used. */
async function makeVhost(
  brokerUrl: string,
): Promise<{ url: string; dropVhost: () => Promise<void> }> {
  const url = new URL(brokerUrl)
  const user = decodeURIComponent(url.username) || 'guest'
  try {
    await run('rabbitmqctl', ['--quiet', 'add_vhost', VHOST], { timeout: 20_000 })
    await run('rabbitmqctl', ['--quiet', 'set_permissions', '-p', VHOST, user, '.*', '.*', '.*'], {
      timeout: 20_000,
    })
  } catch (error) {
    console.error(`no virtual host of our own (${String(error)}); using that of RABBITMQ_URL`)
    return { url: brokerUrl, dropVhost: () => Promise.resolve() }
  }
  url.pathname = `/${VHOST}`
  return {
    url: url.href,
    async dropVhost() {
      await run('rabbitmqctl', ['--quiet', 'delete_vhost', VHOST], { timeout: 20_000 })
    },
  }
}
