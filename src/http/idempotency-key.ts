import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '../lib/errors.ts'

/** No quotes and backslashes inside, so that both ways of writing it are one key. */
const KEY = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}$/

/**
 * The key of the header `Idempotency-Key`, as text in quotes (IETF draft) or bare; null without one.
 *
 * @throws AppError `validation_failed`
 */
export function readIdempotencyKey(headers: IncomingHttpHeaders): string | null {
  const header = headers['idempotency-key']
  if (header === undefined) return null
  const text = String(header).trim()
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (KEY.test(key)) return key
  const detail = 'is not 1 to 255 ASCII characters without quotes and backslashes'
  const remedy = 'Send a UUID, a new one for each new request.'
  throw new AppError('validation_failed', `Idempotency-Key ${detail}. ${remedy}`, {
    errors: [{ field: 'Idempotency-Key', code: 'invalid_format', detail, remedy }],
  })
}
