/**
 * The one error class of Aviso and its codes.
 *
 * Expected outcomes (a duplicate event, an answer "no" from Meta) are returned as values; an
 * `AppError` is thrown for what the caller did not plan for, or where a boundary (HTTP, CLI) turns
 * it into words. Every code stands in docs/errors.md; a test fails when one is missing there.
 */

export const ERROR_CODES = [
  'invalid_json',
  'invalid_cursor',
  'invalid_query',
  'unauthorized',
  'forbidden',
  'not_found',
  /** The address takes other methods. */
  'method_not_allowed',
  /** What came is no HTTP that can be read. */
  'invalid_request',
  'conflict',
  'invalid_state',
  'idempotency_in_progress',
  'too_large',
  'unsupported_media_type',
  'validation_failed',
  'idempotency_mismatch',
  'template_not_found',
  'template_parameters',
  'window_closed',
  'opted_out',
  'rate_limited',
  'internal',
  'unavailable',
  'unknown_tenant',
  'unsupported_version',
  /** Start-up: configuration that makes running impossible; the process exits with 78. */
  'configuration',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** One fault in an input: where, what, and the way to mend it. */
export interface FieldError {
  /** Path from the body's root, `data.items[0].quantity`; `` for the body itself. */
  field: string
  code: string
  detail: string
  remedy: string
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly errors: readonly FieldError[]
  /** When it is worth another try; null: it is not said. */
  readonly retryAfterSeconds: number | null

  /** @param detail a sentence for a person; it never carries a secret or a full phone number */
  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; errors?: readonly FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.errors = options.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

/** Makes an Error of whatever was thrown, so that a `catch` can rely on `message` and `cause`. */
export function coerceError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : 'a value that is no error was thrown', {
    cause: thrown,
  })
}
