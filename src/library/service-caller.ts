import { setTimeout as wait } from 'node:timers/promises'
import { findService } from '../config/find-service.ts'
import type { Problem } from '../http/problem.ts'
import { AppError, coerceError } from '../lib/errors.ts'
import { AvisoError } from './aviso-error.ts'

export interface ServiceOptions {
  /** Default: `AVISO_URL`, else what a running sandbox left in ./data/sandbox, else http://127.0.0.1:$PORT. */
  url?: string
  /** Default: `AVISO_API_KEY`, else the running sandbox's. */
  apiKey?: string
  /** Of one request, in ms; default 30,000. */
  timeoutMs?: number
}

export interface Call {
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  headers?: Readonly<Record<string, string>>
  /** Asking twice does no more than asking once. */
  repeatable: boolean
}

export type CallService = (call: Call) => Promise<unknown>

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000

/** Address and key that the options and the environment name. @throws AvisoError `configuration` */
export function locateService(options: ServiceOptions): { url: string; apiKey: string | null } {
  const { url, apiKey: key } = options
  try {
    const flags = { ...(url !== undefined && { url }), ...(key !== undefined && { key }) }
    const found = findService(process.env, flags, process.cwd())
    return { url: found.url, apiKey: found.key }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AvisoError('configuration', error.message, { status: 0, cause: error })
  }
}

/**
 * Requests to the service. One that may be repeated is tried three times where no answer comes, or one
 * that says to come again (429, 503), after as long as it says, at most 5 s.
 */
export function createServiceCaller(options: ServiceOptions): CallService {
  const { url, apiKey } = locateService(options)
  const timeoutMs = options.timeoutMs ?? 30_000
  return async (call) => {
    for (let attempt = 1; ; attempt++) {
      const result = await callOnce(url, apiKey, timeoutMs, call)
      if (result.ok) return result.body
      const mayRepeat = call.repeatable && attempt < ATTEMPTS && result.comeAgain
      if (!mayRepeat) throw result.error
      await wait(Math.min(LONGEST_PAUSE_MS, result.afterMs ?? FIRST_PAUSE_MS * 2 ** attempt))
    }
  }
}

type Result =
  | { ok: true; body: unknown }
  | { ok: false; error: AvisoError; comeAgain: boolean; afterMs: number | null }

async function callOnce(
  url: string,
  apiKey: string | null,
  timeoutMs: number,
  call: Call,
): Promise<Result> {
  let response: Response
  let text: string
  try {
    response = await fetch(url + call.path, {
      method: call.method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: 'application/json',
        ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    })
    text = await response.text()
  } catch (error) {
    const { cause, message } = coerceError(error)
    const reason = cause instanceof Error ? cause.message || message : message
    const detail = `the service at ${url} does not answer: ${reason}`
    const unanswered = new AvisoError('unavailable', detail, { status: 0, cause: error })
    return { ok: false, error: unanswered, comeAgain: true, afterMs: null }
  }
  const body = parse(text)
  // Health is answered 503 where the service is down, and is an answer all the same.
  if (response.ok || (body !== undefined && !('code' in body) && 'parts' in body)) {
    if (body !== undefined) return { ok: true, body }
    const detail = `what answers at ${url} is not Aviso: its answer is no JSON object`
    const error = new AvisoError('unavailable', detail, { status: response.status })
    return { ok: false, error, comeAgain: false, afterMs: null }
  }
  const { status } = response
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    ok: false,
    error: refusal(status, body, url),
    comeAgain: status === 429 || status === 503,
    afterMs: Number.isFinite(seconds) ? seconds * 1000 : null,
  }
}

function refusal(status: number, problem: Partial<Problem> | undefined, url: string): AvisoError {
  const detail = problem?.detail ?? `what answers at ${url} says ${String(status)}`
  return new AvisoError(problem?.code ?? 'internal', detail, {
    status,
    errors: problem?.errors ?? [],
    ...(problem?.request_id !== undefined && { requestId: problem.request_id }),
  })
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
