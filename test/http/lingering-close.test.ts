import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setupApi } from '../support/api.ts'
import { ADMIN_KEY } from '../support/test-config.ts'

const MIB = 1024 * 1024
const KEY = `authorization: Bearer ${ADMIN_KEY}`
const PIECE = Buffer.alloc(MIB / 2, ' ')

describe('a body far over the limit', () => {
  const { running } = setupApi()

  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(running().url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    // Told by whatever fails for it.
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }

  /** Reads nothing before everything is written: as a client that looks for its answer afterwards. */
  const write = async (socket: Socket, head: string, bytes: number, isChunked: boolean) => {
    const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${String(bytes)}`
    const lines = [head, 'host: x', 'content-type: application/json', framing]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const put = async (piece: Buffer | string): Promise<void> => {
      await new Promise<void>((resolve, reject) => {
        socket.write(piece, (error) => {
          if (error) reject(error)
          else resolve()
        })
      })
    }
    for (let written = 0; written < bytes; written += PIECE.length) {
      if (isChunked) await put(`${PIECE.length.toString(16)}\r\n`)
      await put(PIECE)
      if (isChunked) await put('\r\n')
    }
    if (isChunked) await put('0\r\n\r\n')
  }

  const read = async (socket: Socket): Promise<string> => {
    let answer = ''
    socket.on('data', (piece: Buffer) => (answer += piece.toString()))
    if (!socket.readableEnded) await once(socket, 'end')
    return answer
  }

  it.each([
    ['/api/v1/events', 4 * MIB, false],
    ['/api/v1/events', 4 * MIB, true],
    ['/api/v1/whatsapp/webhook', 20 * MIB, false],
    ['/api/v1/whatsapp/webhook', 20 * MIB, true],
    ['/api/v1/whatsapp/messages/bulk', 64 * MIB, false],
  ])(
    'is answered 413 at %s, also where the client reads last (%i bytes, chunked: %s)',
    async (path, bytes, isChunked) => {
      const socket = await open()
      await write(socket, `POST ${path} HTTP/1.1\r\n${KEY}`, bytes, isChunked)
      const answer = await read(socket)
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(answer).toMatch(/\r\nconnection: close\r\n/)
      expect(answer).toContain('"code":"too_large"')
    },
  )

  it('is not read without end', async () => {
    const socket = await open()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await expect(
      write(socket, `POST /api/v1/events HTTP/1.1\r\n${KEY}`, 1024 * MIB, false),
    ).rejects.toThrow()
    await closed
  })

  it('lets an answer be read for which the client itself ends the connection', async () => {
    const socket = await open()
    const head = 'POST /api/v1/events HTTP/1.1\r\nconnection: close'
    await write(socket, head, 8 * MIB, false)
    expect(await read(socket)).toMatch(/^HTTP\/1\.1 401 /)
  })
})
