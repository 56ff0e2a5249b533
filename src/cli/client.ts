import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { coerceError } from '../lib/errors.ts'
import { CliError, EXIT, makeProblem } from './cli-error.ts'
import { findService } from './find-service.ts'
import type { FoundService, ServiceFlags } from './find-service.ts'
import type { CliIo } from './io.ts'
import { isObject, textAt } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import type { Env } from '../config.ts'

export type Answer =
  | {
      ok: true
      status: number
      text: string
      body: JsonObject
      /** The answer to an earlier request with the same Idempotency-Key: nothing was done now. */
      wasReplayed: boolean
    }
  | {
      ok: false
      status: number
      text: string
      problem: JsonObject
      /** Of Retry-After; null where the service does not say. */
      retryAfterSeconds: number | null
    }

export interface Call {
  query?: Readonly<Record<string, string | undefined>>
  /** JSON, as it goes over the wire. */
  body?: string | Uint8Array
  headers?: Readonly<Record<string, string>>
  /** Asking twice does no more than asking once; every GET is. */
  repeatable?: boolean
  /** Until the answer begins, and until it ends; default 30 s. */
  timeoutMs?: number
}

export interface ServiceClient {
  /**
   * One request. Refusals are answers; a service that does not answer, or is not Aviso, is thrown.
   *
   * @throws CliError
   */
  call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    call?: Call,
  ): Promise<Answer>
  close(): Promise<void>
}

const TIMEOUT_MS = 30_000
const REPEAT_AFTER_MS = 50
/** Refusals of what an option said: as wrong as one that the command refuses itself. */
const MISUSE = new Set(['invalid_query', 'invalid_cursor'])

/** Opens the way to the service that environment and flags name. */
export function openClient(env: Env, flags: ServiceFlags, io: CliIo): ServiceClient {
  const service = findService(env, flags, io.cwd)
  const agent = new Agent()
  return {
    async call(method, path, call = {}) {
      const options = {
        method,
        dispatcher: agent,
        headers: headersOf(service, call),
        ...(call.query !== undefined && { query: withoutUnset(call.query) }),
        ...(call.body !== undefined && { body: call.body }),
        headersTimeout: call.timeoutMs ?? TIMEOUT_MS,
        bodyTimeout: call.timeoutMs ?? TIMEOUT_MS,
      }
      const received = await send(
        async () => {
          const response = await request(`${service.url}${path}`, options)
          return {
            status: response.statusCode,
            type: String(response.headers['content-type'] ?? ''),
            retryAfter: String(response.headers['retry-after'] ?? ''),
            wasReplayed: response.headers['idempotency-replayed'] === 'true',
            text: await response.body.text(),
          }
        },
        method === 'GET' || call.repeatable === true,
        service,
      )
      return readAnswer(received, service)
    },
    close: () => agent.close(),
  }
}

/**
 * The answer's body, or the refusal thrown: for commands of one request.
 *
 * @param misuse codes that mean wrong usage here, besides those that always do
 */
export function expectOk(
  answer: Answer,
  misuse: readonly string[] = [],
): Extract<Answer, { ok: true }> {
  if (answer.ok) return answer
  const detail = textAt(answer.problem, 'detail') ?? `the service answered ${String(answer.status)}`
  const code = textAt(answer.problem, 'code') ?? 'internal'
  const exit = MISUSE.has(code) || misuse.includes(code) ? EXIT.usage : EXIT.failed
  throw new CliError(exit, code, detail, { problem: answer.text })
}

function headersOf(service: FoundService, call: Call): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': 'aviso-cli',
    ...(service.key !== null && { authorization: `Bearer ${service.key}` }),
    ...(call.body !== undefined && { 'content-type': 'application/json' }),
    ...call.headers,
  }
}

function withoutUnset(query: NonNullable<Call['query']>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
}

/** A kept connection may be closed by the other side in the moment we use it: once more, then. */
async function send<T>(
  run: () => Promise<T>,
  repeatable: boolean,
  service: FoundService,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!repeatable || !isBrokenConnection(error)) throw unreachable(error, service)
  }
  await wait(REPEAT_AFTER_MS)
  try {
    return await run()
  } catch (error) {
    throw unreachable(error, service)
  }
}

function isBrokenConnection(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET'
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be looked up',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no whole answer in time',
  UND_ERR_SOCKET: 'the connection was closed',
  ECONNRESET: 'the connection was closed',
}

function unreachable(error: unknown, service: FoundService): CliError {
  const { code } = error as NodeJS.ErrnoException
  const reason = REASONS[code ?? ''] ?? coerceError(error).message
  const detail =
    `no service answers at ${service.url} (${reason}; the address is from ${service.origin}). ` +
    'Start it with npm start (the sandbox) or npx aviso serve, or name another with --url or AVISO_URL.'
  return new CliError(EXIT.failed, 'unavailable', detail, {
    problem: makeProblem(503, 'unavailable', detail),
    cause: error,
  })
}

interface Received {
  status: number
  type: string
  retryAfter: string
  wasReplayed: boolean
  text: string
}

function readAnswer(received: Received, service: FoundService): Answer {
  const { status, type, text, wasReplayed } = received
  // CSV that was asked for is shown as it is.
  const isEmpty = status === 204 || text === '' || type.startsWith('text/csv')
  const body = isEmpty ? {} : parseObject(text)
  if (status < 300 && status >= 200 && body !== null) {
    return { ok: true, status, text, body, wasReplayed }
  }
  if (status >= 400 && body !== null && textAt(body, 'code') !== null) {
    if (status === 401) throw unauthorized(body, service)
    const seconds = /^\d{1,6}$/.test(received.retryAfter) ? Number(received.retryAfter) : null
    return { ok: false, status, text, problem: body, retryAfterSeconds: seconds }
  }
  const said = type === '' ? 'without a type' : `with ${type}`
  throw new CliError(
    EXIT.failed,
    'unavailable',
    `what answers at ${service.url} is not Aviso: status ${String(status)} ${said}. ` +
      'Name the right address with --url or AVISO_URL.',
  )
}

function unauthorized(problem: JsonObject, service: FoundService): CliError {
  const detail =
    service.key === null
      ? `${service.url} asks for an API key. Set it with --key or AVISO_API_KEY.`
      : `${service.url} does not accept this API key. Set another with --key or AVISO_API_KEY.`
  return new CliError(EXIT.failed, 'unauthorized', detail, {
    problem: JSON.stringify({ ...problem, detail }),
  })
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}
