import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { createSignatureCheck } from '../cloud-api/signature.ts'
import { AppError } from '../lib/errors.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'

export interface WebhookRouteOptions {
  logger: Logger
  verifyToken: string
  appSecrets: readonly string[]
  receive: (raw: Buffer) => Promise<void>
  /** A signature was there and did not fit; without one it was not Meta. */
  onWrongSignature?: () => void
}

/** Meta sends up to 3 MB (reference, section 5.3). */
export const MAX_WEBHOOK_BYTES = 3.5 * 1024 * 1024
const CHALLENGE = /^[A-Za-z0-9_-]{1,256}$/
export const WEBHOOK_PATH = '/api/v1/whatsapp/webhook'

/**
 * Checks the signature and hands the body over.
 *
 * @param signature the header `X-Hub-Signature-256`
 * @returns undefined once it is durable: answer 200; else what to refuse it with
 */
export type WebhookTaker = (
  raw: Buffer,
  signature: string | string[] | undefined,
) => Promise<AppError | undefined>

/** Meta's events, however they came in (reference, sections 5.2 and 5.3). */
export function createWebhookTaker(
  options: Pick<WebhookRouteOptions, 'logger' | 'appSecrets' | 'receive' | 'onWrongSignature'>,
): WebhookTaker {
  const { logger, receive } = options
  const isSigned = createSignatureCheck(options.appSecrets)
  const sparingly = createSparingLog()
  const refusedSparingly = createSparingLog()
  let wrongSignatures = 0
  return async (raw, signature) => {
    if (Array.isArray(signature) || !isSigned(raw, signature)) {
      wrongSignatures += 1
      if (signature !== undefined) options.onWrongSignature?.()
      // Nothing of the body; counted, because Meta repeats for a week and says nothing. Not a line each:
      // anybody may send these, as fast as they like.
      refusedSparingly((left_out) => {
        logger.error(
          { wrong_signatures: wrongSignatures, bytes: raw.length, left_out },
          'WhatsApp webhook.wrong_signature',
        )
      })
      return new AppError(
        'unauthorized',
        'X-Hub-Signature-256 is missing or does not fit the body.',
      )
    }
    try {
      await receive(raw)
    } catch (error) {
      sparingly((left_out) => {
        logger.error({ err: error, left_out }, 'WhatsApp webhook.not_durable')
      })
      return new AppError('unavailable', 'The webhook could not be made durable; send it again.', {
        cause: error,
      })
    }
    if (FAILPOINTS) await reach('webhook.before_200')
    return undefined
  }
}

/** Meta's handshake and Meta's events (reference, sections 5.1 to 5.3). */
export function registerWebhookRoutes(
  app: FastifyInstance,
  options: Pick<WebhookRouteOptions, 'logger' | 'verifyToken'> & { take: WebhookTaker },
): void {
  const refusedSparingly = createSparingLog()
  // In a scope of its own: the bytes as received, whatever the content type says.
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body)
    })

    scope.get(
      WEBHOOK_PATH,
      {
        schema: {
          summary: "Meta's verification of the webhook address",
          tags: ['webhook'],
          security: [],
        },
      },
      (request, reply) => {
        const query = request.query as Record<string, unknown>
        const challenge = query['hub.challenge']
        const allowed =
          query['hub.mode'] === 'subscribe' &&
          isEqual(query['hub.verify_token'], options.verifyToken) &&
          typeof challenge === 'string' &&
          CHALLENGE.test(challenge)
        if (!allowed) {
          refusedSparingly((left_out) => {
            options.logger.warn({ left_out }, 'WhatsApp webhook.verification_refused')
          })
          throw new AppError(
            'forbidden',
            'The mode, the verify token or the challenge does not fit.',
          )
        }
        return reply.type('text/plain; charset=utf-8').send(challenge)
      },
    )

    scope.post(
      WEBHOOK_PATH,
      {
        bodyLimit: MAX_WEBHOOK_BYTES,
        schema: {
          summary: "Meta's events; answered with 200 only after they are durable",
          tags: ['webhook'],
          security: [],
        },
      },
      async (request, reply) => {
        const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const refusal = await options.take(raw, request.headers['x-hub-signature-256'])
        if (refusal !== undefined) throw refusal
        return reply.code(200).send()
      },
    )
    done()
  })
}

/** In constant time, also for texts of different lengths. */
function isEqual(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
