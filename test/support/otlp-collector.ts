import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface CollectedSpan {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  /** Unix time in ms. */
  startedAt: number
  endedAt: number
  attributes: Record<string, unknown>
  links: { traceId: string; spanId: string }[]
  /** 2: an error. */
  status: { code?: number; message?: string }
  resource: Record<string, unknown>
}

interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number; doubleValue?: number }
}
interface WireSpan extends Omit<CollectedSpan, 'attributes' | 'links' | 'startedAt' | 'endedAt'> {
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes?: Attribute[]
  links?: { traceId: string; spanId: string }[]
}
interface WireBody {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: WireSpan[] }[]
  }[]
}

/** A collector of traces: takes OTLP over HTTP as JSON, on a real port. */
export interface OtlpCollector {
  /** With its path. */
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** Everything that came, as text. */
  readonly text: string
  readonly headers: IncomingHttpHeaders
  /** Resolves once so many requests have come. */
  requests(count: number): Promise<void>
  close(): Promise<void>
}

/** @param answer the status of the n-th request, from 1; null: it is never answered */
export async function openOtlpCollector(
  answer: (request: number) => number | null = () => 200,
): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = []
  let text = ''
  let headers: IncomingHttpHeaders = {}
  let count = 0
  let waiting: { count: number; resolve: () => void }[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      count += 1
      for (const one of waiting) if (count >= one.count) one.resolve()
      waiting = waiting.filter((one) => count < one.count)
      const status = answer(count)
      if (status === null) return
      if (status === 200) {
        text += body.toString('utf8')
        headers = request.headers
        spans.push(...readSpans(JSON.parse(body.toString('utf8')) as WireBody))
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/v1/traces`,
    spans,
    get text() {
      return text
    },
    get headers() {
      return headers
    },
    requests: (wanted) =>
      count >= wanted
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count: wanted, resolve })
          }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function readSpans(body: WireBody): CollectedSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, ...span }) => ({
        ...span,
        startedAt: Number(startTimeUnixNano) / 1e6,
        endedAt: Number(endTimeUnixNano) / 1e6,
        attributes: valuesOf(span.attributes),
        links: span.links ?? [],
        resource: valuesOf(resource.attributes),
      })),
    ),
  )
}

function valuesOf(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
