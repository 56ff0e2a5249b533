import { describeError } from './error-table.ts'
import type { JsonObject } from './json.ts'

/** Meta's "no": everything its error object says but the trace id (reference, section 8.1). */
export interface Refusal {
  code: number
  httpStatus: number
  message: string
  type: string
  details?: string
  subcode?: number
  transient?: boolean
  userTitle?: string
  userMessage?: string
  retryAfterSeconds?: number
}

/** @param details the sentence of `error_data.details`; without it the object has no `error_data` */
export function refuse(code: number, details?: string, more: Partial<Refusal> = {}): Refusal {
  const { title, httpStatus } = describeError(code)
  const refusal: Refusal = {
    code,
    httpStatus,
    message: `(#${String(code)}) ${title}`,
    // Nearly every error is an OAuthException, whatever it is about (reference, section 1).
    type: 'OAuthException',
    ...more,
  }
  if (details !== undefined) refusal.details = details
  return refusal
}

/** A parameter that is missing or wrong in itself, said in the message as the Graph API does. */
export function refuseParameter(sentence: string): Refusal {
  return refuse(100, undefined, { message: `(#100) ${sentence}` })
}

/** The node of the path does not exist, or is not this token's. */
export function refuseNode(method: string, id: string): Refusal {
  const verb = method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : 'post'
  return refuse(100, undefined, {
    message: `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    type: 'GraphMethodException',
    subcode: 33,
  })
}

/** The body that goes over the wire. */
export function renderRefusal(refusal: Refusal, traceId: string): JsonObject {
  const error: JsonObject = {
    message: refusal.message,
    type: refusal.type,
    code: refusal.code,
  }
  if (refusal.details !== undefined) {
    error['error_data'] = { messaging_product: 'whatsapp', details: refusal.details }
  }
  if (refusal.subcode !== undefined) error['error_subcode'] = refusal.subcode
  if (refusal.transient !== undefined) error['is_transient'] = refusal.transient
  if (refusal.userTitle !== undefined) error['error_user_title'] = refusal.userTitle
  if (refusal.userMessage !== undefined) error['error_user_msg'] = refusal.userMessage
  error['fbtrace_id'] = traceId
  return { error }
}
