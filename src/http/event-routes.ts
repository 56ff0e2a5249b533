import type { FastifyInstance } from 'fastify'
import { AppError } from '../lib/errors.ts'
import type { Delivery, EventOutcome } from '../intake/event-source.ts'
import { MAX_EVENT_BYTES } from '../intake/purchase-order-event.ts'
import { PurchaseOrderEventSchema } from '../intake/purchase-order-schema.ts'
import { SENDERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { EventResultSchema, ProblemSchema } from './contract.ts'
import { bytesOf, takeBytes } from './json-bytes.ts'
import { createProblem } from './problem.ts'

export interface EventRouteOptions {
  authenticate: Authenticate
  publish: (delivery: Delivery) => Promise<EventOutcome>
}

const SEND_JSON = 'Send the event as application/json.'

/** `POST /api/v1/events`: the same event as over RabbitMQ, answered after the commit. */
export function registerEventRoutes(app: FastifyInstance, options: EventRouteOptions): void {
  void app.register((scope, _options, done) => {
    takeBytes(scope, SEND_JSON)
    scope.post(
      '/api/v1/events',
      {
        bodyLimit: MAX_EVENT_BYTES,
        onRequest: async (request) => {
          request.caller = await options.authenticate(request, SENDERS)
        },
        // The body comes as bytes and is read by the intake, which names every fault at once.
        validatorCompiler: () => () => true,
        schema: {
          body: PurchaseOrderEventSchema,
          summary: 'An approved purchase order',
          description: 'Plain, or in a CloudEvents 1.0 envelope (structured or binary).',
          tags: ['events'],
          response: {
            202: EventResultSchema,
            400: ProblemSchema,
            409: ProblemSchema,
            413: ProblemSchema,
            415: ProblemSchema,
            422: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        const raw = bytesOf(request.body, SEND_JSON)
        const outcome = await options.publish({
          raw,
          contentType: request.headers['content-type'],
          headers: request.headers,
          source: 'http',
          onlyTenant: request.caller?.tenantId ?? null,
        })
        switch (outcome.kind) {
          case 'accepted':
          case 'duplicate':
            return reply.code(202).send({
              message_id: outcome.messageId,
              status: outcome.status,
              duplicate: outcome.kind === 'duplicate',
            })
          case 'conflict': {
            const problem = createProblem('conflict', outcome.detail, request.id)
            return reply
              .code(409)
              .type('application/problem+json')
              .send({ ...problem, message_id: outcome.messageId })
          }
          case 'rejected':
            throw new AppError(outcome.code, outcome.detail, { errors: outcome.errors })
        }
      },
    )
    done()
  })
}
