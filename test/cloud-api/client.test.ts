import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { completeTimeouts, createCloudApiClient } from '../../src/cloud-api/client.ts'
import type { CloudApiClient, CloudApiOptions } from '../../src/cloud-api/client.ts'
import type { SendResult } from '../../src/cloud-api/send-result.ts'
import type { MessageRequest } from '../../src/cloud-api/wire.ts'
import { ACCEPTED, answer, openServer } from './misbehaving-server.ts'
import type { MisbehavingServer } from './misbehaving-server.ts'

const TOKEN = 'EAAJB-secret-token'
const REQUEST: MessageRequest = {
  messaging_product: 'whatsapp',
  recipient_type: 'individual',
  to: '+34600111222',
  type: 'template',
  template: { name: 'po_notification', language: { code: 'es_ES' } },
  biz_opaque_callback_data: '1.0199f3a0-0000-7000-8000-000000000001.1',
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Behaviour = Parameters<typeof openServer>[0]

async function setup(
  behaviour: Behaviour,
  options: Partial<CloudApiOptions> = {},
): Promise<{ server: MisbehavingServer; client: CloudApiClient }> {
  const server = await openServer(behaviour)
  closing.push(() => server.close())
  return { server, client: openClient({ baseUrl: server.url, ...options }) }
}

function openClient(options: Partial<CloudApiOptions> & { baseUrl: string }): CloudApiClient {
  const client = createCloudApiClient({
    apiVersion: 'v25.0',
    accessToken: TOKEN,
    phoneNumberId: '106540352242922',
    businessAccountId: '102290129340398',
    ...options,
  })
  closing.push(() => client.close())
  return client
}

/** Answers every request with the same bytes. */
function always(bytes: string): Behaviour {
  return { onRequest: ({ socket }) => void socket.write(bytes) }
}

function fixture(name: string): unknown {
  const url = new URL(`../fixtures/meta-errors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8'))
}

describe('a send that Meta answers', () => {
  it('is accepted with the ids of the answer', async () => {
    const { server, client } = await setup(always(answer(200, ACCEPTED)))
    expect(await client.sendMessage(REQUEST)).toEqual({
      kind: 'accepted',
      httpStatus: 200,
      wamid: ACCEPTED.messages[0]?.id,
      waId: '34600111222',
      userId: null,
      messageStatus: 'accepted',
      response: ACCEPTED,
    })
    const [head, body] = (server.requests[0] ?? '').split('\r\n\r\n')
    expect(head).toContain('POST /v25.0/106540352242922/messages HTTP/1.1')
    expect(head).toContain(`authorization: Bearer ${TOKEN}`)
    expect(head).toContain('content-type: application/json')
    expect(JSON.parse(body ?? '')).toEqual(REQUEST)
  })

  it('is accepted where only the id is there', async () => {
    const { client } = await setup(always(answer(200, { messages: [{ id: 'wamid.1' }] })))
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'accepted',
      wamid: 'wamid.1',
      waId: null,
      messageStatus: null,
    })
  })

  it('is rejected with the code, the title and the details of a 4xx', async () => {
    const { client } = await setup(always(answer(404, fixture('404-132001'))))
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'rejected',
      httpStatus: 404,
      error: {
        code: 132001,
        subcode: 2494073,
        title: '(#132001) Template does not exist',
        details: 'Template name (po_notification) does not exist in es_ES',
        isTransient: false,
      },
      retryAfterMs: null,
      response: fixture('404-132001'),
    })
  })

  it("is rejected by a 5xx that carries Meta's complete error object", async () => {
    const { client } = await setup(always(answer(500, fixture('500-131000'))))
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'rejected',
      httpStatus: 500,
      error: { code: 131000, isTransient: true },
    })
  })

  it('carries Retry-After in milliseconds', async () => {
    const bytes = answer(400, fixture('400-130429'), { 'Retry-After': '7' })
    const { client } = await setup(always(bytes))
    expect(await client.sendMessage(REQUEST)).toMatchObject({ retryAfterMs: 7000 })
  })

  it('waits through an informational answer for the real one', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'
    const { client } = await setup(always(early + answer(200, ACCEPTED)))
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'accepted', httpStatus: 200 })
  })

  it('keeps what an edge said with a 4xx that is not of Meta', async () => {
    const { client } = await setup(always(answer(403, '<html>Forbidden</html>')))
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'rejected',
      httpStatus: 403,
      error: { code: -1, title: "HTTP 403 without Meta's error object" },
      response: { text: '<html>Forbidden</html>' },
    })
  })
})

describe('an answer that proves nothing is in doubt', () => {
  const gateway = { error: { code: 502, message: 'Bad gateway' } }
  const cases: [name: string, bytes: string][] = [
    ['garbage with 200', answer(200, 'OK!')],
    ['an empty 200', answer(200, '')],
    ['JSON cut short with 200', answer(200, '{"messages":[{"id":"wamid.1')],
    ['200 without a message id', answer(200, { messaging_product: 'whatsapp', messages: [] })],
    ['200 with an empty message id', answer(200, { messages: [{ id: '' }] })],
    ['an HTML 502', answer(502, '<html>Bad Gateway</html>')],
    ['an empty 504', answer(504, '')],
    ["a 502 with a gateway's own JSON error", answer(502, gateway)],
    [
      'a 500 whose error object is not complete',
      answer(500, { error: { type: 'OAuthException' } }),
    ],
    ['a 408', answer(408, 'Request Timeout')],
    ['a redirect, which is not followed', answer(302, '', { location: 'http://127.0.0.1:9/' })],
    ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an answer without end', answer(200, 'x'.repeat(70_000))],
  ]
  it.each(cases)('%s', async (_name, bytes) => {
    const { server, client } = await setup(always(bytes))
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'in_doubt' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('a connection that breaks after bytes were written is in doubt', () => {
  it('reset as soon as it is accepted', async () => {
    const { client } = await setup({ onConnect: (socket) => void socket.resetAndDestroy() })
    const result = await client.sendMessage(REQUEST)
    expect(['in_doubt', 'not_sent']).toContain(result.kind)
  })

  it('reset after half of the body', async () => {
    const { server, client } = await setup({
      onBytes: (socket) => {
        socket.pause()
        socket.resetAndDestroy()
      },
    })
    const body = { ...REQUEST, filler: 'x'.repeat(4_000_000) }
    expect(await client.sendMessage(body)).toMatchObject({ kind: 'in_doubt', httpStatus: null })
    expect(server.requests).toHaveLength(0)
  })

  it('reset after the whole body', async () => {
    const { server, client } = await setup({
      onRequest: ({ socket }) => void socket.resetAndDestroy(),
    })
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'in_doubt' })
    expect(server.requests).toHaveLength(1)
  })

  it('closed in good order after the whole body', async () => {
    const { server, client } = await setup({ onRequest: ({ socket }) => void socket.end() })
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'in_doubt' })
    expect(server.requests).toHaveLength(1)
  })

  it('cut in the middle of an acceptance', async () => {
    const bytes = answer(200, ACCEPTED)
    const { client } = await setup({
      onRequest: ({ socket }) => void socket.end(bytes.slice(0, bytes.length - 20)),
    })
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'in_doubt', httpStatus: 200 })
  })

  it('silent before the head of the answer', async () => {
    const { server, client } = await setup({}, { timeouts: { headersMs: 100 } })
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'in_doubt',
      reason: 'no answer within 0.1 s',
    })
    expect(server.requests).toHaveLength(1)
  })

  it('silent for as long as a send may take, where only that is set', async () => {
    const { client } = await setup({}, { timeouts: { totalMs: 200 } })
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'in_doubt',
      reason: 'no complete answer within 0.2 s',
    })
    // Otherwise Meta's first byte is waited for no longer than by default.
    const long = completeTimeouts({ totalMs: 40_000 })
    expect(long).toMatchObject({ headersMs: 40_000, bodyMs: 40_000, totalMs: 40_000 })
  })

  it('silent in the middle of the body', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"messages":'
    const { client } = await setup(always(head), { timeouts: { bodyMs: 100 } })
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'in_doubt',
      httpStatus: 200,
      reason: 'the answer stopped half-way',
      response: { text: '{"messages":' },
    })
  })

  it('dripping its answer for longer than a call may last', async () => {
    const { client } = await setup(
      {
        onRequest({ socket }) {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n')
          const drip = setInterval(() => socket.write(' '), 20)
          socket.on('close', () => clearInterval(drip))
        },
      },
      { timeouts: { bodyMs: 1000, totalMs: 200 } },
    )
    expect(await client.sendMessage(REQUEST)).toMatchObject({
      kind: 'in_doubt',
      reason: 'no complete answer within 0.2 s',
    })
  })
})

describe('a kept connection', () => {
  it('is used again', async () => {
    const { server, client } = await setup(always(answer(200, ACCEPTED)), { connections: 1 })
    for (let turn = 0; turn < 5; turn += 1) await client.sendMessage(REQUEST)
    expect(server.connections).toBe(1)
  })

  it('that the server closes just before it is used never leads to a second copy', async () => {
    const { server, client } = await setup(
      // Sometimes the close arrives first, sometimes the next request is already written.
      {
        onRequest({ socket, count }) {
          if (count === 1) socket.end(answer(200, ACCEPTED))
          else socket.resetAndDestroy()
        },
      },
      { connections: 2 },
    )
    const kinds = await Promise.all(
      Array.from({ length: 300 }, async (_, turn) => {
        const body = { ...REQUEST, biz_opaque_callback_data: `turn ${String(turn)}.` }
        return (await client.sendMessage(body)).kind
      }),
    )
    expect(kinds.filter((kind) => kind !== 'accepted' && kind !== 'in_doubt')).toEqual([])
    const arrived = server.requests.map((request) => /turn \d+\./.exec(request)?.[0])
    expect(new Set(arrived).size).toBe(arrived.length)
  })

  it('that is reset by the second request leaves it in doubt, and it is not sent again', async () => {
    const { server, client } = await setup(
      {
        onRequest({ socket, count }) {
          if (count === 1) socket.write(answer(200, ACCEPTED))
          else socket.resetAndDestroy()
        },
      },
      { connections: 1 },
    )
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'accepted' })
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'in_doubt' })
    expect(server.requests).toHaveLength(2)
    expect(server.connections).toBe(1)
  })
})

describe('a send that never reached a socket is not sent', () => {
  it('refused connection', async () => {
    const server = await openServer({})
    await server.close()
    expect(await openClient({ baseUrl: server.url }).sendMessage(REQUEST)).toEqual({
      kind: 'not_sent',
      reason: 'the connection was refused (ECONNREFUSED)',
    })
  })

  it('unknown host name', async () => {
    const client = openClient({ baseUrl: 'http://graph.invalid' })
    const result = await client.sendMessage(REQUEST)
    expect(result).toMatchObject({ kind: 'not_sent' })
    expect(result).toHaveProperty('reason', expect.stringContaining('host name was not resolved'))
  })

  it('TLS with a server that speaks none', async () => {
    const { server } = await setup({ onBytes: (socket) => void socket.end('no TLS here') })
    const client = openClient({ baseUrl: server.url.replace('http:', 'https:') })
    expect(await client.sendMessage(REQUEST)).toMatchObject({ kind: 'not_sent' })
  })

  it('a TLS handshake that takes too long', async () => {
    const { server } = await setup({})
    const client = openClient({
      baseUrl: server.url.replace('http:', 'https:'),
      timeouts: { connectMs: 100 },
    })
    expect(await client.sendMessage(REQUEST)).toEqual({
      kind: 'not_sent',
      reason: 'no connection within 0.1 s',
    })
  })

  it('a deadline that has passed when the socket is ready', async () => {
    const { server, client } = await setup(always(answer(200, ACCEPTED)), { connections: 1 })
    expect(await client.sendMessage(REQUEST, { deadline: () => true })).toEqual({
      kind: 'not_sent',
      reason: 'too much time passed before the request was written',
    })
    expect(await client.sendMessage(REQUEST, { deadline: () => false })).toMatchObject({
      kind: 'accepted',
    })
    expect(server.requests).toHaveLength(1)
    expect(server.connections).toBe(1)
  })
})

describe('the client', () => {
  it('never shows the access token, even when the answer repeats it', async () => {
    const echo = { error: { ...(fixture('401-190') as { error: object }).error, echo: TOKEN } }
    const { client } = await setup(always(answer(401, echo)))
    const results: unknown[] = [await client.sendMessage(REQUEST), await client.get('/1')]
    expect(JSON.stringify(results)).not.toContain(TOKEN)
    expect(JSON.stringify(results)).toContain('[access token]')
  })

  it('refuses a token that no header can carry, without repeating it', () => {
    const options = { baseUrl: 'http://127.0.0.1:1', accessToken: 'line\nbreak' }
    expect(() => openClient(options)).toThrow(/access token/)
    expect(() => openClient(options)).not.toThrow(/line/)
  })

  it('makes an answer storable', async () => {
    const bytes = answer(200, '{"messages":[{"id":"wamid.1"}],"odd":"a\\u0000b\\ud800"}')
    const { client } = await setup(always(bytes))
    const result = (await client.sendMessage(REQUEST)) as Extract<SendResult, { kind: 'accepted' }>
    expect(result.response).toEqual({ messages: [{ id: 'wamid.1' }], odd: 'a\uFFFDb\uFFFD' })
  })

  it('waits for the answers under way when it is closed', async () => {
    const behaviour: Behaviour = {}
    const { client } = await setup(behaviour)
    const arrived = new Promise<() => void>((resolve) => {
      behaviour.onRequest = ({ socket }) => {
        resolve(() => void socket.write(answer(200, ACCEPTED)))
      }
    })
    const result = client.sendMessage(REQUEST)
    const answerNow = await arrived
    const closed = client.close()
    answerNow()
    expect(await result).toMatchObject({ kind: 'accepted' })
    await closed
    expect(await client.sendMessage(REQUEST)).toEqual({
      kind: 'not_sent',
      reason: 'the service is stopping',
    })
  })

  it('keeps the path of its base address', async () => {
    const { server, client } = await setup(always(answer(200, {})))
    const prefixed = openClient({ baseUrl: `${server.url}/graph/` })
    await prefixed.get('/1/phone_numbers', { fields: 'id,status' })
    await client.getPhoneNumber(['quality_rating', 'status'])
    expect(server.requests[0]).toContain('GET /graph/v25.0/1/phone_numbers?fields=id%2Cstatus ')
    expect(server.requests[1]).toContain(
      'GET /v25.0/106540352242922?fields=quality_rating%2Cstatus ',
    )
  })
})
