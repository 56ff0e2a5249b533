import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Database } from '../db/database.ts'
import { AppError, coerceError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import type { Meter, ProcessGauges } from './meter.ts'
import { readGauges } from './read-gauges.ts'
import type { Gauges } from './read-gauges.ts'

/** How long what was read from the database is shown: many readers cost no more than one. */
const FRESH_MS = 1000

export interface MetricsServer {
  readonly port: number
  /** As a process on this machine reaches it. */
  readonly url: string
  close(): Promise<void>
}

/**
 * `GET /metrics` on a port of its own, so that it need not be reachable from where the API is. Without a
 * key: bind the port to where only Prometheus gets.
 *
 * @throws AppError `configuration` when the port is taken
 */
export async function openMetricsServer(options: {
  host: string
  /** 0: a free one. */
  port: number
  meter: Meter
  database: Database
  /** What this process alone knows. */
  ofProcess: () => ProcessGauges
  logger: Logger
}): Promise<MetricsServer> {
  const { host, port, meter, logger } = options
  const sparingly = createSparingLog()
  let readAt = -Infinity
  let reading: Promise<Gauges | undefined> | undefined

  const gauges = (): Promise<Gauges | undefined> => {
    if (reading === undefined || performance.now() - readAt > FRESH_MS) {
      readAt = performance.now()
      reading = readGauges(options.database).catch((error: unknown) => {
        sparingly((left_out) => {
          logger.warn({ err: error, left_out }, 'WhatsApp metrics.database_unread')
        })
        return undefined
      })
    }
    return reading
  }

  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response
        .writeHead(404, { 'content-type': 'text/plain' })
        .end('GET /metrics is all there is here.\n')
      return
    }
    void gauges()
      .then((read) => meter.render(read, options.ofProcess()))
      .then((text) => response.writeHead(200, { 'content-type': meter.contentType }).end(text))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'WhatsApp metrics.failed')
        response.writeHead(500).end()
      })
  })
  server.requestTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const detail =
        error.code === 'EADDRINUSE'
          ? `port ${String(port)} is in use; set another AVISO_METRICS_PORT, or 0 for none`
          : `cannot serve metrics on ${host}:${String(port)}: ${coerceError(error).message}`
      reject(new AppError('configuration', detail, { cause: error }))
    })
    server.listen({ host, port }, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return {
    port: bound,
    url: `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${String(bound)}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
