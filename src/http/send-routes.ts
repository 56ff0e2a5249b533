import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Ask, DirectOutcome } from '../direct/direct-sender.ts'
import { toError } from '../direct/message-request.ts'
import { MAX_REQUEST_BYTES, MessageRequestSchema } from '../direct/message-schema.ts'
import { AppError } from '../lib/errors.ts'
import { parseJson } from '../lib/strict-json.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { SENDERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { MessageSchema, ProblemSchema } from './contract.ts'
import { readIdempotencyKey } from './idempotency-key.ts'
import { bytesOf, takeBytes } from './json-bytes.ts'
import { viewFirstMessage } from './message-view.ts'

export interface SendRouteOptions {
  authenticate: Authenticate
  send: (body: unknown, ask: Ask) => Promise<DirectOutcome>
  card: RateCard
}

const SEND_JSON = 'Send the message as application/json.'

export const IdempotencyHeaderSchema = z
  .object({
    'idempotency-key': z
      .string()
      .optional()
      .describe(
        'The same key and body is answered with the first message, and nothing is sent again; kept 48 hours',
      ),
  })
  .loose()

/** `POST /api/v1/whatsapp/messages`: one message, answered after the commit. */
export function registerSendRoutes(app: FastifyInstance, options: SendRouteOptions): void {
  void app.register((scope, _options, done) => {
    takeBytes(scope, SEND_JSON)
    scope.post(
      '/api/v1/whatsapp/messages',
      {
        bodyLimit: MAX_REQUEST_BYTES,
        onRequest: async (request) => {
          request.caller = await options.authenticate(request, SENDERS)
        },
        // The body comes as bytes and is read below, so that every fault is named at once.
        validatorCompiler: () => () => true,
        schema: {
          headers: IdempotencyHeaderSchema,
          body: MessageRequestSchema,
          summary: 'Send a message: a template, or anything else inside the 24-hour window',
          description:
            'Checked against the template that Meta has approved before it is queued. Answered after the commit; what becomes of it: GET the message, or the live stream.',
          tags: ['messages'],
          response: {
            202: MessageSchema,
            400: ProblemSchema,
            403: ProblemSchema,
            409: ProblemSchema,
            413: ProblemSchema,
            415: ProblemSchema,
            422: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        const key = readIdempotencyKey(request.headers)
        const parsed = parseJson(bytesOf(request.body, SEND_JSON))
        if (!parsed.ok) throw new AppError('invalid_json', sentence(parsed.detail))
        const onlyTenant = request.caller?.tenantId ?? null
        const outcome = await options.send(parsed.value, { onlyTenant, key })
        if (!outcome.ok) throw toError(outcome)
        if (outcome.replayed) void reply.header('idempotency-replayed', 'true')
        return reply.code(202).send(viewFirstMessage(outcome.message, options.card))
      },
    )
    done()
  })
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
