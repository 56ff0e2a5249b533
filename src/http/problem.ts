import type { ErrorCode, FieldError } from '../lib/errors.ts'

/** RFC 9457, with our code, the request's id, and every fault of the input. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  request_id: string
  errors: readonly FieldError[]
}

const STATUS: Record<ErrorCode, { status: number; title: string }> = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid' },
  invalid_query: { status: 400, title: 'The query is not valid' },
  unauthorized: { status: 401, title: 'Not authorized' },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The address takes other methods' },
  invalid_request: { status: 400, title: 'The request cannot be read' },
  conflict: { status: 409, title: 'The same id came with another content' },
  invalid_state: { status: 409, title: 'The state does not allow this' },
  idempotency_in_progress: { status: 409, title: 'The same request is still running' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  validation_failed: { status: 422, title: 'The input is not valid' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key came with another body' },
  template_not_found: { status: 422, title: 'The template is not known' },
  template_parameters: { status: 422, title: 'The parameters do not fit the template' },
  window_closed: { status: 422, title: 'The customer service window is closed' },
  opted_out: { status: 422, title: 'The recipient has opted out' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'An error of ours' },
  unavailable: { status: 503, title: 'Not available just now' },
  unknown_tenant: { status: 422, title: 'The tenant is not known' },
  unsupported_version: { status: 422, title: 'The version is not supported' },
  configuration: { status: 500, title: 'The configuration is not valid' },
}

/** The HTTP status of an error code. */
export function statusOfCode(code: ErrorCode): number {
  return STATUS[code].status
}

export function createProblem(
  code: ErrorCode,
  detail: string,
  requestId: string,
  errors: readonly FieldError[] = [],
): Problem {
  const { status, title } = STATUS[code]
  return {
    type: `urn:aviso:problem:${code}`,
    title,
    status,
    code,
    detail,
    request_id: requestId,
    errors,
  }
}
