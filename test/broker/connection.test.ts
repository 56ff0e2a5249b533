import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { openBrokerConnection } from '../../src/broker/connection.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'

/** The method connection.close of AMQP 0-9-1: class 10, method 50. */
const CONNECTION_CLOSE = Buffer.from([0, 10, 0, 50])

/** A way to the broker that keeps what the client says. */
async function openListeningWay(brokerUrl: string) {
  const broker = new URL(brokerUrl)
  const said: Buffer[] = []
  const server = createServer((client) => {
    const line = connect(Number(broker.port || 5672), broker.hostname)
    client.on('data', (bytes) => said.push(bytes))
    client.pipe(line).pipe(client)
    for (const socket of [client, line]) socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const way = new URL(brokerUrl)
  way.hostname = '127.0.0.1'
  way.port = String((server.address() as AddressInfo).port)
  return { url: way.href, said: () => Buffer.concat(said) }
}

await describeWithVhost('a connection to the broker', (vhost) => {
  it('says goodbye when it is closed with a channel that is still open', async () => {
    const way = await openListeningWay(vhost().url)
    const connection = await openBrokerConnection(way.url, 'aviso test')
    await connection.openChannel()
    await connection.close()
    expect(way.said().includes(CONNECTION_CLOSE)).toBe(true)
  })
})
