import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { openPostgres } from '../../src/db/postgres.ts'

/** A message of PostgreSQL's protocol. */
function message(type: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const WELCOME = [message('R', Buffer.alloc(4)), message('Z', 'I')]
const FAREWELL = message('E', 'SFATAL\0', 'C57P01\0', 'Mterminating connection\0', '\0')

it('survives a server that takes a connection and ends it in the same packet', async () => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([...WELCOME, FAREWELL])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const database = openPostgres({
    url: `postgres://nobody@127.0.0.1:${String(port)}/nothing`,
    applicationName: 'aviso test',
    size: 1,
    statementTimeoutMs: 1000,
  })
  onTestFinished(async () => {
    await database.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  for (let time = 0; time < 3; time += 1) {
    await expect(database.query('select 1')).rejects.toThrow()
  }
})
