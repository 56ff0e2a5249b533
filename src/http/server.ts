import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import { fastifySSE } from '@fastify/sse'
import { fastify } from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import { randomUUID } from 'node:crypto'
import { AppError, coerceError } from '../lib/errors.ts'
import type { FieldError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { isDatabaseAway, isSqlError } from '../db/database-error.ts'
import { createProblem } from './problem.ts'

/** `starting`: there is no database yet; `stopping`: what was begun is finished. */
export type Phase = 'starting' | 'running' | 'stopping'

export interface HttpServerOptions {
  logger: Logger
  version: string
  phase: () => Phase
}

/** What needs no database, and what says that there is none. */
const ALWAYS_OPEN = /^\/(?:$|healthz|readyz|docs|openapi\.json|api\/v1\/whatsapp\/health)/

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
    forceCloseConnections: true,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.setValidatorCompiler(validatorCompiler)
  // Schemas describe answers; what is answered is made by our own views.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.addHook('onRequest', (request, _reply, done) => {
    if (options.phase() !== 'starting' || ALWAYS_OPEN.test(request.url)) done()
    else done(new AppError('unavailable', 'The service is starting and has no database yet.'))
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    done()
  })
  setErrorHandlers(app, options.logger)
  await registerDocuments(app, options.version)
  await app.register(fastifySSE, { heartbeatInterval: 15_000 })
  return app
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
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(fastifySwaggerUi, { routePrefix: '/docs' })
}

function setErrorHandlers(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((request, reply) => {
    sendError(request, reply, new AppError('not_found', 'There is nothing at this address.'))
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toAppError(error)
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
function toAppError(error: FastifyError): AppError {
  if (error instanceof AppError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('too_large', 'The body is larger than this address allows.')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError(
        'unsupported_media_type',
        'The media type is not supported; send application/json.',
      )
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return new AppError('invalid_json', 'The body is not JSON.')
    case 'FST_ERR_VALIDATION':
      return validationError(error)
    default:
  }
  if (error instanceof SyntaxError || error.statusCode === 400) {
    return new AppError('invalid_json', 'The request could not be read.', { cause: error })
  }
  if (error.statusCode === 404)
    return new AppError('not_found', 'There is nothing at this address.')
  if (error.statusCode === 406) {
    return new AppError('invalid_query', 'This address answers with text/event-stream only.')
  }
  if (isSqlError(error) ? isDatabaseAway(error) : isConnectionError(error)) {
    return new AppError('unavailable', 'The database does not answer; try again.', { cause: error })
  }
  return new AppError('internal', 'An error of ours; it is logged under the request id.', {
    cause: coerceError(error),
  })
}

const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE'])
function isConnectionError(error: FastifyError): boolean {
  return (
    CONNECTION_ERRORS.has(error.code) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
      error.message,
    )
  )
}

function validationError(error: FastifyError): AppError {
  const inBody = error.validationContext === 'body'
  const errors = (error.validation ?? []).map((issue): FieldError => {
    const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.')
    return {
      field: path,
      code: issue.keyword,
      detail: issue.message ?? 'is not valid',
      remedy: 'Correct it as the API reference (/docs) says.',
    }
  })
  const names = errors.map((fault) => fault.field || fault.detail).join(', ')
  return new AppError(inBody ? 'validation_failed' : 'invalid_query', `Not valid: ${names}.`, {
    errors,
  })
}
