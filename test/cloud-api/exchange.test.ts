import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange } from '../../src/cloud-api/exchange.ts'
import type { Exchange } from '../../src/cloud-api/exchange.ts'
import { answer, openServer } from './misbehaving-server.ts'

const TIMEOUTS = { connectMs: 3000, headersMs: 8000, bodyMs: 10_000, totalMs: 10_000 }
const POST = { method: 'POST', path: '/', body: '{}' } as const

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function openPool(url: string, options: Pool.Options = {}): Pool {
  const pool = new Pool(url, { pipelining: 1, ...options })
  closing.push(() => pool.destroy())
  return pool
}

function post(pool: Pool, totalMs = TIMEOUTS.totalMs): Promise<Exchange> {
  return exchange(pool, POST, { timeouts: { ...TIMEOUTS, totalMs }, maxBytes: 1000 })
}

/** A port whose process never accepts: the kernel does, for as many as its queue holds. */
async function openUnaccepting(): Promise<number> {
  const script = `
    const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      require('node:fs').writeSync(1, String(server.address().port))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  closing.push(() => child.kill('SIGKILL'))
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return Number(port.toString())
}

/** Fills the queue until a connection is not answered any more. */
async function fillQueue(port: number): Promise<void> {
  for (;;) {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    closing.push(() => socket.destroy())
    const connected = once(socket, 'connect').then(() => true)
    const timeout = new Promise<false>((resolve) => setTimeout(() => resolve(false), 150))
    if (!(await Promise.race([connected, timeout]))) return
  }
}

describe('an exchange', () => {
  it('given up in the queue for a socket is never written', async () => {
    const waiting: (() => void)[] = []
    const server = await openServer({
      onRequest: ({ socket }) => waiting.push(() => socket.write(answer(200, 'done'))),
    })
    closing.push(() => server.close())
    const pool = openPool(server.url, { connections: 1 })
    const first = post(pool)
    expect(await post(pool, 50)).toEqual({
      kind: 'not_written',
      reason: 'no complete answer within 0.05 s',
    })
    waiting.shift()?.()
    expect(await first).toMatchObject({ kind: 'answered', text: 'done' })
    const third = post(pool)
    await expect.poll(() => waiting.length).toBe(1)
    waiting.shift()?.()
    expect(await third).toMatchObject({ kind: 'answered' })
    expect(server.requests).toHaveLength(2)
    expect(server.connections).toBe(1)
  })

  it('refuses to be written a second time', async () => {
    let second: unknown
    const pool = {
      dispatch(_request: unknown, handler: Dispatcher.DispatchHandler) {
        const controller = { abort: () => undefined } as unknown as Dispatcher.DispatchController
        handler.onRequestStart?.(controller, {})
        try {
          handler.onRequestStart?.(controller, {})
        } catch (error) {
          second = error
        }
        return true
      },
    } as unknown as Pool
    expect(await post(pool)).toMatchObject({ kind: 'broken' })
    expect(second).toBeInstanceOf(Error)
  })

  it('that finds no place in the queue of the server is not written', async () => {
    const port = await openUnaccepting()
    await fillQueue(port)
    const pool = openPool(`http://127.0.0.1:${String(port)}`, { connect: { timeout: 200 } })
    expect(await post(pool)).toEqual({ kind: 'not_written', reason: 'no connection within 3 s' })
  })

  it('with a connection that the server has not accepted yet may have been read', async () => {
    const port = await openUnaccepting()
    const pool = openPool(`http://127.0.0.1:${String(port)}`)
    expect(await post(pool, 200)).toMatchObject({ kind: 'broken', httpStatus: null })
  })

  it('breaks off an answer that is longer than allowed', async () => {
    const server = await openServer({
      onRequest: ({ socket }) => void socket.write(answer(200, 'x'.repeat(1001))),
    })
    closing.push(() => server.close())
    expect(await post(openPool(server.url))).toMatchObject({
      kind: 'broken',
      httpStatus: 200,
      reason: 'the answer is longer than 1000 bytes',
    })
  })
})
