import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AppError } from '../lib/errors.ts'
import { createProblem } from './problem.ts'
import type { Phase } from './server.ts'
import { MAX_WEBHOOK_BYTES, WEBHOOK_PATH } from './webhook-routes.ts'
import type { WebhookTaker } from './webhook-routes.ts'

type Handle = (request: IncomingMessage, response: ServerResponse) => void

const DIGITS = /^\d{1,8}$/
/** No line, no id and no schema: an answer to Meta is a status and nothing else. */
const NOTHING = ['content-length', '0']

/**
 * Answers Meta's usual POST before the framework sees it: three of them come for each order, and a route
 * costs as much as all else that is done for one. Whatever is not usual (another method or path, a body
 * of unknown or too great a length, a service that is starting) goes on to the route of the same
 * address, which takes webhooks by the same function.
 *
 * @param server before it has had a request
 */
export function listenForWebhooks(
  server: Server,
  options: { phase: () => Phase; take: WebhookTaker },
): void {
  const others = server.listeners('request') as Handle[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (isUsual(request) && options.phase() !== 'starting') {
      void readAndAnswer(request, response, options.take)
    } else {
      for (const handle of others) handle(request, response)
    }
  })
}

function isUsual({ method, url, headers }: IncomingMessage): boolean {
  if (method !== 'POST' || url !== WEBHOOK_PATH) return false
  const length = headers['content-length']
  return length !== undefined && DIGITS.test(length) && Number(length) <= MAX_WEBHOOK_BYTES
}

async function readAndAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  take: WebhookTaker,
): Promise<void> {
  const raw = await readBody(request)
  const refusal = await take(raw, request.headers['x-hub-signature-256'])
  if (refusal === undefined) response.writeHead(200, NOTHING).end()
  else writeProblem(response, refusal)
}

/** Never settles where the caller goes away before its end: nobody is left to be answered. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    request.on('data', (chunk: Buffer) => {
      if (first === undefined) first = chunk
      else (more ??= [first]).push(chunk)
    })
    request.on('end', () => {
      resolve(more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more))
    })
    // The socket's end is told to the socket; unheard, it would be an error of the process.
    request.on('error', () => undefined)
  })
}

function writeProblem(response: ServerResponse, { code, message }: AppError): void {
  const id = randomUUID()
  const problem = createProblem(code, message, id)
  const body = JSON.stringify(problem)
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': id,
    'x-content-type-options': 'nosniff',
    ...(code === 'unavailable' && { 'retry-after': '2' }),
    ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
  })
  response.end(body)
}
