import type { Problem } from '../http/problem.ts'

/** What the service refused, or that it could not be reached. */
export class AvisoError extends Error {
  /** `validation_failed`, `template_parameters`, `window_closed`, … (docs/errors.md); `unavailable` without an answer. */
  readonly code: string
  /** HTTP status; 0: no answer came. */
  readonly status: number
  /** Each fault of the request, with its remedy. */
  readonly errors: Problem['errors']
  /** For whoever looks into the service's log. */
  readonly requestId: string | null

  constructor(
    code: string,
    detail: string,
    more: { status: number; errors?: Problem['errors']; requestId?: string; cause?: unknown },
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'AvisoError'
    this.code = code
    this.status = more.status
    this.errors = more.errors ?? []
    this.requestId = more.requestId ?? null
  }
}
