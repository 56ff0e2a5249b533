/** Which error codes each route can answer, for the OpenAPI document. The tests hold it to the truth. */

import type { ErrorCode } from '../lib/errors.ts'
import type { Operation } from './openapi-document.ts'

const IDEMPOTENT: readonly ErrorCode[] = ['idempotency_in_progress', 'idempotency_mismatch']
const MANAGING: readonly ErrorCode[] = ['invalid_state', 'rate_limited', 'validation_failed']

/** What is a route's own, beside what its parts say. */
const OWN: Readonly<Record<string, readonly ErrorCode[]>> = {
  'POST /api/v1/events': ['conflict', 'unknown_tenant', 'unsupported_version'],
  'POST /api/v1/whatsapp/messages': [
    ...IDEMPOTENT,
    'not_found',
    'template_not_found',
    'template_parameters',
    'window_closed',
    'opted_out',
    'unknown_tenant',
  ],
  'POST /api/v1/whatsapp/messages/bulk': [...IDEMPOTENT, 'not_found', 'unknown_tenant'],
  'POST /api/v1/whatsapp/messages/{id}/retry': ['invalid_state'],
  'POST /api/v1/whatsapp/messages/{id}/cancel': ['invalid_state'],
  'POST /api/v1/whatsapp/messages/{id}/resolve': ['invalid_state'],
  'POST /api/v1/whatsapp/batches/{id}/pause': ['invalid_state'],
  'POST /api/v1/whatsapp/batches/{id}/resume': ['invalid_state'],
  'POST /api/v1/whatsapp/batches/{id}/cancel': ['invalid_state'],
  'GET /api/v1/whatsapp/messages/events': ['invalid_request', 'rate_limited'],
  'POST /api/v1/rejected-events/{id}/replay': [
    'conflict',
    'validation_failed',
    'unknown_tenant',
    'unsupported_version',
  ],
  'POST /api/v1/whatsapp/templates': MANAGING,
  'PATCH /api/v1/whatsapp/templates/{id}': MANAGING,
  'PUT /api/v1/whatsapp/templates/{id}': MANAGING,
  'DELETE /api/v1/whatsapp/templates/{id}': MANAGING,
  'POST /api/v1/whatsapp/templates/samples': MANAGING,
  'POST /api/v1/whatsapp/templates/sync': ['rate_limited'],
  'GET /api/v1/whatsapp/health': ['unauthorized', 'unavailable'],
  'GET /api/v1/whatsapp/webhook': ['forbidden'],
  'POST /api/v1/whatsapp/webhook': ['unauthorized', 'too_large'],
}

/** No key is looked at, and no database: they answer as long as the process lives. */
const ALWAYS = new Set(['GET /healthz', 'GET /readyz'])

/** @param route method and address, as `GET /api/v1/keys` */
export function codesOf(route: string, operation: Operation): ErrorCode[] {
  if (ALWAYS.has(route)) return []
  const codes = new Set<ErrorCode>(OWN[route] ?? [])
  const isOpen = operation.security?.length === 0 || route === 'GET /api/v1/whatsapp/health'
  const parameters = operation.parameters ?? []
  if (!isOpen) codes.add('unauthorized').add('forbidden')
  if (parameters.some((parameter) => parameter.in === 'path')) codes.add('not_found')
  if (parameters.some((parameter) => parameter.in === 'query')) codes.add('invalid_query')
  if (parameters.some(({ name }) => name === 'cursor')) codes.add('invalid_cursor')
  if (operation.requestBody !== undefined && !isOpen) {
    codes.add('too_large').add('unsupported_media_type').add('validation_failed')
    if (Object.keys(operation.requestBody.content).some((type) => type.includes('json'))) {
      codes.add('invalid_json')
    }
  }
  codes.add('internal').add('unavailable')
  return [...codes].sort()
}
