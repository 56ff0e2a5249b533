import { Pool } from 'undici'
import { AppError } from '../lib/errors.ts'
import { VERSION } from '../lib/version.ts'
import { exchange } from './exchange.ts'
import type { Exchange, Timeouts } from './exchange.ts'
import { listTemplates } from './list-templates.ts'
import { HISTORY_FIELDS, readHistory } from './read-history.ts'
import type { HistoryResult } from './read-history.ts'
import { readReadAnswer } from './read-result.ts'
import type { ListResult, ReadResult } from './read-result.ts'
import { readSendAnswer } from './read-send-answer.ts'
import type { SendResult } from './send-result.ts'
import { readWriteAnswer } from './write-result.ts'
import type { WriteResult } from './write-result.ts'
import type { MessageRequest } from './wire.ts'

export interface CloudApiOptions {
  /** `https://graph.facebook.com`, or where an emulator listens; a path in it is kept. */
  baseUrl: string
  /** `v25.0` */
  apiVersion: string
  accessToken: string
  phoneNumberId: string
  businessAccountId: string
  /** Sockets at most: the rate times the answer's latency. Default 256. */
  connections?: number
  timeouts?: Partial<Timeouts>
}

/** What is not given: each part of an answer may take as long as the whole, for Meta works before its first byte. */
export function completeTimeouts(given: Partial<Timeouts> = {}): Timeouts {
  const { totalMs = 10_000 } = given
  return { connectMs: 3000, headersMs: totalMs, bodyMs: totalMs, totalMs, ...given }
}

/** A send's answer has some 300 bytes. */
const MAX_SEND_BYTES = 64 * 1024
/** A page of 100 templates has some 200 kB. */
const MAX_READ_BYTES = 8 * 1024 * 1024
/** Below the idle time of any edge, so that it is this side that closes an idle socket. */
const KEEP_ALIVE_MS = 4000

/** A change that is no send. */
export interface WriteRequest {
  method: 'POST' | 'DELETE'
  /** Below the version, such as `/123/message_templates`. */
  path: string
  query?: Readonly<Record<string, string>>
  /** Bytes go as they are, anything else as JSON. */
  body?: unknown
  /** Names and values; `authorization` in place of the usual one. */
  headers?: Readonly<Record<string, string>>
}

export interface CloudApiClient {
  /**
   * Sends one message, once; never throws for what the network or Meta does.
   *
   * @param options.deadline asked in the turn in which the bytes are written; true = too late, the
   *   call is not made
   */
  sendMessage(body: MessageRequest, options?: { deadline?: () => boolean }): Promise<SendResult>
  /** All templates of the business account (reference, section 3.1). */
  listTemplates(): Promise<ListResult>
  /** The fields asked for of the sending number (reference, section 9). */
  getPhoneNumber(fields: readonly string[]): Promise<ReadResult>
  /** What Meta's history says of one message, where it is available; it may lag behind the webhooks. */
  getHistory(wamid: string): Promise<HistoryResult>
  /** Any read of the Graph API. @param path below the version, such as `/123/subscribed_apps` */
  get(path: string, query?: Readonly<Record<string, string>>): Promise<ReadResult>
  /** Makes a change once; never throws for what the network or Meta does. */
  write(request: WriteRequest): Promise<WriteResult>
  readonly phoneNumberId: string
  readonly businessAccountId: string
  /** The header of the Resumable Upload API, which names the token otherwise. */
  readonly uploadAuthorization: string
  /** Waits for the answers of sends under way, at most `totalMs`; reads are broken off. */
  close(): Promise<void>
}

/**
 * A thin client on one pool of keep-alive sockets. Redirects are never followed, and nothing is
 * retried here.
 *
 * @throws AppError `configuration` where a value cannot be part of a request
 */
export function createCloudApiClient(options: CloudApiOptions): CloudApiClient {
  const { accessToken, phoneNumberId, businessAccountId } = checked(options)
  const timeouts = completeTimeouts(options.timeouts)
  const base = new URL(options.baseUrl)
  const prefix = `${base.pathname.replace(/\/$/, '')}/${options.apiVersion}`
  const pool = createPool(base.origin, options.connections ?? 256, timeouts)
  const sending = new Set<Promise<Exchange>>()

  const readHeaders = [
    'authorization',
    `Bearer ${accessToken}`,
    'accept',
    'application/json',
    'user-agent',
    `aviso/${VERSION}`,
  ]
  const sendHeaders = [...readHeaders, 'content-type', 'application/json']
  const sendPath = `${prefix}/${phoneNumberId}/messages`

  const get: CloudApiClient['get'] = async (path, query) => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    const request = {
      method: 'GET',
      path: `${prefix}${path}${search}`,
      headers: readHeaders,
    } as const
    const answer = await exchange(pool, request, { timeouts, maxBytes: MAX_READ_BYTES })
    return readReadAnswer(withoutToken(answer, accessToken), Date.now())
  }

  const write: CloudApiClient['write'] = async ({ method, path, query, body, headers = {} }) => {
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    const isBytes = body instanceof Uint8Array
    const request = {
      method,
      path: `${prefix}${path}${search}`,
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept: 'application/json',
        'user-agent': `aviso/${VERSION}`,
        ...(body !== undefined && !isBytes && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
    }
    const answer = await exchange(pool, request, { timeouts, maxBytes: MAX_READ_BYTES })
    return readWriteAnswer(withoutToken(answer, accessToken), Date.now())
  }

  return {
    phoneNumberId,
    businessAccountId,
    uploadAuthorization: `OAuth ${accessToken}`,
    get,
    write,
    async sendMessage(body, { deadline } = {}) {
      const call = exchange(
        pool,
        { method: 'POST', path: sendPath, headers: sendHeaders, body: JSON.stringify(body) },
        { timeouts, maxBytes: MAX_SEND_BYTES, deadline },
      )
      sending.add(call)
      const answer = await call
      sending.delete(call)
      return readSendAnswer(withoutToken(answer, accessToken), Date.now())
    },
    listTemplates: () => listTemplates(get, businessAccountId),
    getPhoneNumber: (fields) => get(`/${phoneNumberId}`, { fields: fields.join(',') }),
    async getHistory(wamid) {
      const query = { message_id: wamid, fields: HISTORY_FIELDS }
      return readHistory(await get(`/${phoneNumberId}/message_history`, query), wamid)
    },
    async close() {
      await Promise.all(sending)
      await pool.destroy()
    },
  }
}

function createPool(origin: string, connections: number, timeouts: Timeouts): Pool {
  return new Pool(origin, {
    connections,
    // One request a socket: with more, the failure of one would put all behind it in doubt.
    pipelining: 1,
    allowH2: false,
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.bodyMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  })
}

/** A header or a path would refuse these in the middle of a send, with less clear words. */
function checked(options: CloudApiOptions): CloudApiOptions {
  if (!/^[\x21-\x7e]+$/.test(options.accessToken)) {
    throw new AppError('configuration', 'the access token has characters that no token has')
  }
  for (const id of [options.phoneNumberId, options.businessAccountId, options.apiVersion]) {
    if (!/^[\w.-]+$/.test(id)) {
      throw new AppError('configuration', `"${id}" cannot be part of an address of the Graph API`)
    }
  }
  return options
}

/** An answer that repeats the token (links to further pages do) must not carry it into a log or a row. */
function withoutToken(answer: Exchange, accessToken: string): Exchange {
  if (answer.kind === 'not_written' || !answer.text.includes(accessToken)) return answer
  return { ...answer, text: answer.text.replaceAll(accessToken, '[access token]') }
}
