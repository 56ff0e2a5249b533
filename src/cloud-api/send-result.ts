/**
 * What became of one call of the Cloud API's send endpoint, as far as this process can know.
 *
 * The four kinds are the outcome classes of the design: Meta took it, Meta refused it, it certainly
 * never reached Meta, or nobody here can know. Only the last one may never be repeated blindly.
 */

/** Meta's error object, in Meta's words (reference section 8.1). */
export interface GraphError {
  /** Meta's code; -1 for a 4xx without Meta's error object, which came from something before Meta. */
  code: number
  subcode: number | null
  /** Meta's `message`: "(#131030) Recipient phone number not in allowed list". */
  title: string
  /** `error_data.details`, the sentence that helps. */
  details: string | null
  isTransient: boolean
  fbtraceId: string | null
}

export type SendResult =
  | {
      kind: 'accepted'
      httpStatus: number
      wamid: string
      waId: string | null
      userId: string | null
      /** `accepted`, `held_for_quality_assessment`, `paused`, or null where Meta left it out. */
      messageStatus: string | null
      response: unknown
    }
  | {
      kind: 'rejected'
      httpStatus: number
      error: GraphError
      /** From `Retry-After`, where Meta sent one. */
      retryAfterMs: number | null
      response: unknown
    }
  /** No byte of the body reached a socket: repeating it is safe. */
  | { kind: 'not_sent'; reason: string }
  /** The body (or part of it) was written and no complete answer came. */
  | { kind: 'in_doubt'; reason: string; httpStatus: number | null; response: unknown }
