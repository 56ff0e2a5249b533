import fc from 'fast-check'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { duplexPair } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { createPostHeadReader } from '../../src/http/post-head.ts'

const MAX_BODY_BYTES = 1000
const read = createPostHeadReader(Buffer.from('POST /hook HTTP/1.1\r\n'), MAX_BODY_BYTES)
const SIGNATURE = `sha256=${'0a'.repeat(32)}`

/** Meta's request as it comes; `lines` in the place of what it has besides. */
const post = (body: string, ...lines: string[]): string =>
  [
    'POST /hook HTTP/1.1',
    'Host: aviso.example',
    'User-Agent: facebookexternalua',
    ...lines,
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    `X-Hub-Signature-256: ${SIGNATURE}`,
    '',
    body,
  ].join('\r\n')

interface Parsed {
  method: string | undefined
  url: string | undefined
  signature: string | string[] | undefined
  body: string
  staysOpen: boolean
}

describe('the usual POST', () => {
  const server = createServer()
  afterAll(() => server.close())

  /** What Node's parser makes of the bytes: the requests that came whole. */
  const parse = async (bytes: Buffer): Promise<Parsed[]> => {
    const [near, far] = duplexPair()
    const bodies: Promise<Parsed | undefined>[] = []
    server.removeAllListeners().on('connection', connect)
    server.on('request', (request: IncomingMessage, response) => {
      bodies.push(
        buffer(request).then(
          (body) => ({
            method: request.method,
            url: request.url,
            signature: request.headers['x-hub-signature-256'],
            body: body.toString('latin1'),
            staysOpen: response.shouldKeepAlive,
          }),
          () => undefined,
        ),
      )
      response.end()
    })
    server.on('clientError', () => near.destroy())
    server.emit('connection', near)
    far.on('error', () => undefined)
    near.on('error', () => undefined)
    far.resume()
    const ended = new Promise((resolve) => near.once('close', resolve))
    far.end(bytes)
    await ended
    const parsed = await Promise.all(bodies)
    return parsed.filter((request) => request !== undefined)
  }
  const [connect] = server.listeners('connection') as [(socket: unknown) => void]

  it('is read as Meta and a proxy send it', () => {
    for (const lines of [
      [],
      ['Accept: */*', 'Content-Type: application/json', 'Accept-Encoding: deflate, gzip'],
      ['connection: Keep-Alive', 'x-forwarded-for: 173.252.127.1', 'traceparent:00-1-2-01'],
      ['constructor: x', '__proto__: y', 'x-empty:'],
    ]) {
      const bytes = Buffer.from(post('{"é":1}', ...lines))
      const headBytes = bytes.indexOf('\r\n\r\n') + 4
      expect(read(bytes), lines.join()).toEqual({
        headBytes,
        bytes: bytes.length,
        signature: SIGNATURE,
      })
      expect(read(bytes.subarray(0, headBytes))?.bytes).toBe(bytes.length)
      expect(read(bytes.subarray(0, headBytes - 1))).toBeUndefined()
    }
    expect(
      read(Buffer.from('POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')),
    ).toEqual({
      headBytes: 51,
      bytes: 51,
      signature: undefined,
    })
  })

  it.each([
    ['another method', post('x').replace('POST', 'PUT')],
    ['another version', post('x').replace('1.1', '1.0')],
    ['another path', post('x').replace('/hook', '/hook?x')],
    ['no host', post('x').replace('Host', 'Ghost')],
    ['two hosts', post('x', 'HOST: other')],
    ['no length', post('x').replace('Content-Length', 'Content-Size')],
    ['two lengths', post('x', 'content-length: 1')],
    ['a length with a sign', post('x').replace('Length: 1', 'Length: +1')],
    ['a length in hexadecimal', post('x').replace('Length: 1', 'Length: 0x1')],
    ['a length that is too great', post('x'.repeat(MAX_BODY_BYTES + 1))],
    ['two signatures', post('x', `x-hub-signature-256: ${SIGNATURE}`)],
    ['chunks', post('x', 'Transfer-Encoding: chunked')],
    ['a connection that ends', post('x', 'Connection: close')],
    ['a connection that becomes another', post('x', 'Connection: keep-alive, Upgrade')],
    ['an upgrade', post('x', 'Upgrade: h2c')],
    ['an old proxy', post('x', 'Proxy-Connection: close')],
    ['somebody who waits for 100', post('x', 'Expect: 100-continue')],
    ['a trailer', post('x', 'Trailer: x')],
    ['a folded line', post('x', 'x-long: a\r\n b')],
    ['a space before the colon', post('x', 'x-a : b')],
    ['a name that is no token', post('x', 'x(a): b')],
    ['no name', post('x', ': b')],
    ['no colon', post('x', 'x-a')],
    ['a bare line feed', post('x', 'x-a: b\nx-b: c')],
    ['a control character', post('x', 'x-a: \u0001')],
    ['a byte beyond ASCII', post('x', 'x-a: é')],
    ['a head that is too long', post('x', `x-a: ${'b'.repeat(9000)}`)],
  ])('is left to Node with %s', (_what, text) => {
    expect(read(Buffer.from(text, 'latin1'))).toBeUndefined()
  })

  const often = (usual: string, ...others: string[]) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(...others))
  const word = fc.constantFrom(
    '',
    'a',
    '1',
    'close',
    'keep-alive',
    'chunked',
    '100-continue',
    SIGNATURE,
  )
  const line = fc
    .tuple(
      fc.constantFrom(
        ...['host', 'Content-Length', 'x-hub-signature-256', 'Connection', 'proxy-connection'],
        ...['Transfer-Encoding', 'Expect', 'Upgrade', 'TE', 'trailer', 'x', 'keep-alive', ' x', ''],
      ),
      often(': ', ':', ' :', ':\t', ''),
      fc.oneof({ weight: 6, arbitrary: word }, fc.string({ unit: 'binary', maxLength: 5 })),
      often('\r\n', '\n', '\r', '\r\n '),
    )
    .map((parts) => parts.join(''))
  const request = fc
    .record({
      lines: fc.array(line, { maxLength: 3 }),
      body: fc.string({ unit: 'binary', maxLength: 20 }),
      place: fc.nat(),
      byte: fc.option(fc.nat(255), { freq: 1 }),
    })
    .map(({ lines, body, place, byte }) => {
      const length = `Content-Length: ${String(body.length)}`
      const head = post('').replace('Content-Length: 0\r\n', `${length}\r\n${lines.join('')}`)
      const bytes = Buffer.from(head + body, 'latin1')
      if (byte !== null) bytes[place % bytes.length] = byte
      return bytes
    })

  it('is the one request that Node reads from the same bytes, or is left to it', async () => {
    let usual = 0
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const found = read(bytes)
        if (found?.bytes !== bytes.length) return
        usual += 1
        expect(await parse(bytes)).toEqual([
          {
            method: 'POST',
            url: '/hook',
            signature: found.signature,
            body: bytes.toString('latin1', found.headBytes),
            staysOpen: true,
          },
        ])
      }),
      { numRuns: 3000 },
    )
    expect(usual).toBeGreaterThan(300)
  })
})
