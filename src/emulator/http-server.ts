import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ControlApi } from './control-routes.ts'
import type { GraphApi } from './graph-api.ts'
import { answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { findGraphVersion, oldestAlive } from './graph-version.ts'
import { refuse, renderRefusal } from './refusal.ts'
import type { World } from './world.ts'

/** The largest upload is 100 MB (reference, section 4). */
const BODY_LIMIT = 110 * 1024 * 1024
const CONTROL_PREFIX = '/_emulator/'

/** Plain `node:http`: the send path has to keep up with thousands of calls a second. */
export function createHttpServer(world: World, graph: GraphApi, control: ControlApi): Server {
  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      // The caller went away half-way through its request: nobody is left to be answered.
      if (request.errored !== null) return
      world.emit({ kind: 'fault', error })
      if (response.headersSent) response.destroy()
      else writeAnswer(world, response, 0, answerRefusal(refuse(1)))
    })
  })
  // Longer than any client keeps a socket, so that a client closes it and never meets a closed one.
  server.keepAliveTimeout = 75_000
  server.headersTimeout = 80_000
  return server

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    const body = await readBody(request)
    if (body === undefined) {
      writeText(response, 413, 'text/plain', 'Payload Too Large\n')
      return
    }
    if (url.startsWith(CONTROL_PREFIX)) {
      const path = url.slice(CONTROL_PREFIX.length)
      const { status, value } = await control(request.method ?? 'GET', path, body)
      writeText(response, status, 'application/json', `${JSON.stringify(value)}\n`)
      return
    }
    const call = readCall(world, request, url, body)
    writeAnswer(world, response, call.version, await graph(call))
  }
}

/** Undefined: larger than the limit; the rest of it is thrown away. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= BODY_LIMIT) chunks.push(chunk)
    })
    request.on('end', () => {
      const [only] = chunks
      if (size > BODY_LIMIT) resolve(undefined)
      else resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
    })
    request.on('error', reject)
  })
}

function readCall(world: World, request: IncomingMessage, url: string, body: Buffer): GraphCall {
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  const parts = path.split('/').slice(1)
  const nowMs = world.settings.clock()
  const version = findGraphVersion(parts[0] ?? '', nowMs)
  const [node = '', edge = ''] = version === undefined ? parts : parts.slice(1)
  return {
    method: request.method ?? 'GET',
    version: version ?? oldestAlive(nowMs),
    node: node.includes('%') ? decode(node) : node,
    edge,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    body,
    origin: `http://${request.headers.host ?? 'localhost'}`,
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function writeAnswer(
  world: World,
  response: ServerResponse,
  version: number,
  answer: GraphAnswer,
): void {
  switch (answer.kind) {
    case 'json':
      writeJson(response, answer.status ?? 200, version, answer.body)
      return
    case 'refused': {
      const { refusal } = answer
      const { code, httpStatus, retryAfterSeconds } = refusal
      world.emit({ kind: 'message_refused', code, httpStatus })
      const traceId = `A${world.random.token(22)}`
      response.setHeader('x-fb-trace-id', traceId)
      if (httpStatus === 401) {
        response.setHeader('www-authenticate', 'OAuth "Facebook Platform" "invalid_token"')
      }
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds)
      writeJson(response, httpStatus, version, renderRefusal(refusal, traceId))
      return
    }
    case 'bytes':
      response.writeHead(answer.status, {
        'content-type': answer.contentType,
        'content-length': answer.bytes.length,
      })
      response.end(answer.bytes)
      return
    case 'cut':
      response.destroy()
      return
    case 'hang':
      // The socket stays as it is until the client, or the end of the emulator, closes it.
      return
  }
}

function writeJson(response: ServerResponse, status: number, version: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    'facebook-api-version': `v${String(version)}.0`,
  })
  response.end(text)
}

function writeText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
