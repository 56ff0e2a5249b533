import type { GraphError } from './send-result.ts'

/**
 * The code of a refusal that is not Meta's: something between this service and Meta's API answered.
 * Meta has no negative codes.
 */
export const NO_GRAPH_CODE = -1

/**
 * Reads Meta's error object (reference, section 8.1); undefined where the body holds none.
 *
 * Complete means: a whole-number code, a message, and Meta's `type` or `fbtrace_id`. The last keeps
 * out the JSON errors of gateways, whose `{"error":{"code":502,"message":…}}` says nothing about what
 * Meta did.
 */
export function readGraphError(body: unknown): GraphError | undefined {
  const error = field(body, 'error')
  const code = field(error, 'code')
  const title = field(error, 'message')
  const fbtraceId = text(field(error, 'fbtrace_id'))
  const isMetas = fbtraceId !== null || text(field(error, 'type')) !== null
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) return undefined
  if (typeof title !== 'string' || !isMetas) return undefined
  const subcode = field(error, 'error_subcode')
  return {
    code,
    subcode: typeof subcode === 'number' ? subcode : null,
    title,
    details: text(field(field(error, 'error_data'), 'details')),
    isTransient: field(error, 'is_transient') === true,
    fbtraceId,
  }
}

/** A property of what may or may not be an object. */
export function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

/** A string with something in it; else null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
