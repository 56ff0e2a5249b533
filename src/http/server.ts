import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import { fastifySSE } from '@fastify/sse'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { AppError, coerceError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { ConnectionError, isDatabaseAway, isSqlError } from '../db/database-error.ts'
import { watchMethods } from './allowed-methods.ts'
import { lingerAfterAnswer } from './lingering-close.ts'
import { completeDocument } from './openapi.ts'
import type { OpenApiDocument } from './openapi-document.ts'
import { createProblem } from './problem.ts'
import { compileValidator } from './validate.ts'

/** `starting`: there is no database yet; `stopping`: what was begun is finished. */
export type Phase = 'starting' | 'running' | 'stopping'

export interface HttpServerOptions {
  logger: Logger
  version: string
  phase: () => Phase
}

/** What needs no database, and what says that there is none. */
const ALWAYS_OPEN = /^\/(?:$|healthz|readyz|docs|openapi\.json|api\/v1\/whatsapp\/health)/

const OTHER_TYPE = 'The media type is not supported; send application/json.'

/** Connections at most: a latency rule, not only a limit. */
const MAX_CONNECTIONS = 2000

/**
 * A server with our errors, limits and documents, and no routes yet.
 *
 * No line is logged for a request: on the hot path that costs more than the request.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    requestTimeout: 15_000,
    keepAliveTimeout: 5000,
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: 256 },
    // What is under way is finished; `closeServer` cuts what does not end.
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      sendError(request, reply, toAppError(error, request))
    },
    clientErrorHandler: answerUnreadable,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(compileValidator)
  // Schemas describe answers; what is answered is made by our own views.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.addHook('onRequest', (request, _reply, done) => {
    if (options.phase() !== 'starting' || ALWAYS_OPEN.test(request.url)) done()
    else done(new AppError('unavailable', 'The service is starting and has no database yet.'))
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    if (options.phase() === 'stopping') void reply.header('connection', 'close')
    lingerAfterAnswer(request.raw)
    done()
  })
  acceptNothing(app)
  setErrorHandlers(app, options.logger)
  await registerDocuments(app, options.version)
  await app.register(fastifySSE, { heartbeatInterval: 15_000 })
  return app
}

/** Many clients name a media type whatever they send: where nothing is sent and nothing asked for, it says nothing. */
function acceptNothing(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && request.routeOptions.schema?.body === undefined) done(null)
    else void parse(request, body.toString(), done)
  })
  app.addContentTypeParser('*', ({ headers, routeOptions }, _payload, done) => {
    const isEmpty =
      headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
    if (isEmpty && routeOptions.schema?.body === undefined) done(null)
    else done(new AppError('unsupported_media_type', OTHER_TYPE))
  })
}

/** How long requests that are under way may take when the service stops. */
const CLOSE_MS = 3000

/** Takes no new connection, finishes the requests that are under way, and cuts what is left then. */
export async function closeServer(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => {
    app.server.closeAllConnections()
  }, CLOSE_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}

async function registerDocuments(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Aviso',
        version,
        description:
          'Purchase orders to suppliers by WhatsApp: never lost, never twice, every failure explained.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) =>
      completeDocument(jsonSchemaTransformObject(input) as unknown as OpenApiDocument) as never,
  })
  await app.register(fastifySwaggerUi, { routePrefix: '/docs' })
}

function setErrorHandlers(app: FastifyInstance, logger: Logger): void {
  const methodsOf = watchMethods(app)
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(request)
    if (methods.length === 0 || methods.includes(request.method)) {
      sendError(request, reply, new AppError('not_found', 'There is nothing at this address.'))
      return
    }
    const takes = methods.join(', ')
    void reply.header('allow', takes)
    sendError(
      request,
      reply,
      new AppError('method_not_allowed', `This address takes ${takes}, not ${request.method}.`),
    )
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toAppError(error, request)
    if (known.code === 'internal') {
      logger.error({ err: error, request_id: request.id }, 'WhatsApp request.failed')
    }
    sendError(request, reply, known)
  })
}

export function sendError(request: FastifyRequest, reply: FastifyReply, error: AppError): void {
  const problem = createProblem(error.code, error.message, request.id, error.errors)
  const wait = error.retryAfterSeconds ?? (error.code === 'unavailable' ? 2 : null)
  if (wait !== null) void reply.header('retry-after', String(Math.max(1, Math.ceil(wait))))
  if (error.code === 'unauthorized') void reply.header('www-authenticate', 'Bearer')
  void reply
    .code(problem.status)
    .type('application/problem+json')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem)
}

/** From whatever was thrown to one of our codes; the words of an unknown error stay inside. */
function toAppError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('too_large', tooLarge(request.routeOptions.bodyLimit))
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('unsupported_media_type', OTHER_TYPE)
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('invalid_json', 'The body is not JSON.')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new AppError('not_found', 'There is nothing at this address: it cannot be read.')
    default:
  }
  if (error instanceof SyntaxError || error.statusCode === 400) {
    return new AppError('invalid_json', 'The request could not be read.', { cause: error })
  }
  if (error.statusCode === 404)
    return new AppError('not_found', 'There is nothing at this address.')
  if (error instanceof ConnectionError || (isSqlError(error) && isDatabaseAway(error))) {
    return new AppError('unavailable', 'The database does not answer; try again.', { cause: error })
  }
  return new AppError('internal', 'An error of ours; it is logged under the request id.', {
    cause: coerceError(error),
  })
}

function tooLarge(limitBytes: number): string {
  const kib = limitBytes / 1024
  const most = kib < 1024 ? `${String(kib)} KiB` : `${String(kib / 1024)} MiB`
  return `The body is larger than this address takes: ${most} at most. Send less at once.`
}

/** Before there is a request: what is no HTTP, headers that are too large, a sender that is too slow. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const status = isSlow
    ? '408 Request Timeout'
    : isLarge
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request'
  const detail = isSlow
    ? 'The request did not come whole within the time for it.'
    : isLarge
      ? 'The headers are too large; 16 KiB are allowed.'
      : 'This is no HTTP request that can be read.'
  const problem = createProblem('invalid_request', detail, randomUUID())
  const body = JSON.stringify({ ...problem, status: Number(status.slice(0, 3)) })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\nConnection: close\r\n\r\n${body}`,
  )
}
