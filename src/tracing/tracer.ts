/** Where spans go: the seam between what happens to an order and whoever shows it. */

/** A W3C trace context, as somebody before us gave it: lower-case hexadecimal digits. */
export interface TraceContext {
  traceId: string
  spanId: string
  /** 0 to 255; bit 0: it was sampled. */
  flags: number
}

/** A span that has ended. No phone number, no text of a message, and no wamid, which holds the number. */
export interface EndedSpan {
  name: string
  kind: 'server' | 'consumer' | 'client'
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16 hexadecimal digits. */
  spanId: string
  /** Null: the trace begins here. */
  parentId: string | null
  /** Unix time in ms. */
  startedAt: number
  endedAt: number
  attributes: Readonly<Record<string, string | number>>
  /** What went wrong, as a code of few values; null: nothing. */
  error: string | null
  /** What caused it, in somebody else's trace. */
  link: TraceContext | null
}

export interface Tracer {
  /** Takes it and returns at once; where too many wait it is dropped. Never throws. */
  record(span: EndedSpan): void
  /** Hands over what waits, and gives up after two seconds. Never throws. */
  close(): Promise<void>
}

export interface TracingOptions {
  /** Of the collector, whole: `http://127.0.0.1:4318/v1/traces`. */
  url: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  /** Of the process, beside name, version and instance. */
  attributes: Readonly<Record<string, string>>
  /** Share of orders that are traced, above 0 to 1. */
  ratio: number
}
