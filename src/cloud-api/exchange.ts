import type { Dispatcher, Pool } from 'undici'

/** In ms. Together they stay below the lease of an attempt. */
export interface Timeouts {
  /** Name look-up, TCP and TLS. */
  connectMs: number
  /** From the request's last byte to the answer's head. */
  headersMs: number
  /** Between two pieces of the answer's body. */
  bodyMs: number
  /** All of it, waiting for a free socket included. */
  totalMs: number
}

/** What one HTTP exchange brought; the two failures differ in what may be repeated. */
export type Exchange =
  | { kind: 'answered'; httpStatus: number; retryAfter: string | undefined; text: string }
  /** No byte of the request was given to a socket. */
  | { kind: 'not_written'; reason: string }
  /** The other side may have read the request, or part of it. */
  | { kind: 'broken'; reason: string; httpStatus: number | null; text: string }

export interface ExchangeOptions {
  timeouts: Timeouts
  /** Longest body that is read, in bytes. */
  maxBytes: number
  /** Asked immediately before the bytes are written; true = do not write them any more. */
  deadline?: (() => boolean) | undefined
}

/**
 * One request and its answer, never repeated, never redirected, never throwing.
 *
 * undici calls `onRequestStart` in the same turn in which it gives head and body to a connected
 * socket: an error before that call is certainly `not_written`, every error after it is `broken`.
 * That includes a keep-alive socket which the other side closes at the same moment: from here it
 * looks the same as one that was closed after the request had been read.
 */
export function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<Exchange> {
  return new Promise((resolve) => {
    pool.dispatch(request, new ExchangeHandler(options, resolve))
  })
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions
  readonly #resolve: (exchange: Exchange) => void
  readonly #timer: NodeJS.Timeout
  #settled = false
  #started: Dispatcher.DispatchController | undefined
  #httpStatus: number | null = null
  #retryAfter: string | undefined
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(options: ExchangeOptions, resolve: (exchange: Exchange) => void) {
    this.#options = options
    this.#resolve = resolve
    this.#timer = setTimeout(() => {
      this.#giveUp(`no complete answer within ${seconds(options.timeouts.totalMs)}`)
    }, options.timeouts.totalMs)
  }

  /** Throwing here takes the request out of the queue and leaves the socket as it is. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) throw new Error('given up while waiting for a socket')
    if (this.#started !== undefined) {
      // undici gives a request to another socket only after errors of its own making; were it ever
      // to happen to one that may have been written, it would be a second message.
      this.#fail('the request would have been written twice')
      throw new Error('already written once')
    }
    if (this.#options.deadline?.() === true) {
      this.#fail('too much time passed before the request was written')
      throw new Error('too late')
    }
    this.#started = controller
  }

  /** Also called for informational answers (1xx): the last one counts. */
  onResponseStart(
    _controller: Dispatcher.DispatchController,
    httpStatus: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#httpStatus = httpStatus
    const retryAfter = headers['retry-after']
    this.#retryAfter = typeof retryAfter === 'string' ? retryAfter : undefined
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#options.maxBytes) {
      this.#giveUp(`the answer is longer than ${String(this.#options.maxBytes)} bytes`)
    } else {
      this.#chunks.push(chunk)
    }
  }

  onResponseEnd(): void {
    const httpStatus = this.#httpStatus ?? 0
    const retryAfter = this.#retryAfter
    this.#settle({ kind: 'answered', httpStatus, retryAfter, text: this.#text() })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(reasonOf(error, this.#options.timeouts))
  }

  #giveUp(reason: string): void {
    this.#fail(reason)
    this.#started?.abort(new Error(reason))
  }

  #fail(reason: string): void {
    if (this.#started === undefined) {
      this.#settle({ kind: 'not_written', reason })
    } else {
      this.#settle({ kind: 'broken', reason, httpStatus: this.#httpStatus, text: this.#text() })
    }
  }

  #settle(exchange: Exchange): void {
    if (this.#settled) return
    this.#settled = true
    clearTimeout(this.#timer)
    this.#resolve(exchange)
  }

  #text(): string {
    const [first] = this.#chunks
    if (first === undefined) return ''
    return (this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)).toString('utf8')
  }
}

/** Words for a failed exchange, made from error codes alone: they never hold the request. */
function reasonOf(error: Error, timeouts: Timeouts): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name was not resolved (${code})`
    case 'ECONNREFUSED':
      return 'the connection was refused (ECONNREFUSED)'
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `no connection within ${seconds(timeouts.connectMs)}`
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer within ${seconds(timeouts.headersMs)}`
    case 'UND_ERR_BODY_TIMEOUT':
      return 'the answer stopped half-way'
    case 'UND_ERR_SOCKET':
      return `the connection was closed (${error.message})`
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return 'the service is stopping'
    default:
      return `the call failed (${code})`
  }
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`
}
