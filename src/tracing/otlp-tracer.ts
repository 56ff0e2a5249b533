/** Spans to a collector by OpenTelemetry's protocol (OTLP over HTTP, JSON). Loaded only where one is configured. */

import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import type { HrTime, Link } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import { coerceError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import type { EndedSpan, Tracer, TracingOptions } from './tracer.ts'

/** What a collector that does not answer may take of an orderly stop, which has 15 s in all. */
const CLOSE_WITHIN_MS = 2000
const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT }

export function createOtlpTracer(
  options: TracingOptions,
  process: { version: string; instance: string; logger: Logger },
): Tracer {
  const { version, instance, logger } = process
  const { url, headers } = options
  const exporter = tellOfFailures(new OTLPTraceExporter({ url, headers: { ...headers } }), logger)
  const ids = { traceId: '', spanId: '' }
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      ...options.attributes,
      'service.name': options.serviceName,
      'service.version': version,
      'service.instance.id': instance,
    }),
    // By the trace id alone, whatever the parent's flag: that is how every process decides the same.
    sampler: new TraceIdRatioBasedSampler(options.ratio),
    // Asked while a span is started, and there is nothing asynchronous between.
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    // Bounded: what comes while the queue is full is dropped.
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('aviso', version)

  const record = (span: EndedSpan): void => {
    ids.traceId = span.traceId
    ids.spanId = span.spanId
    const { name, kind, attributes, error } = span
    const options = {
      kind: KINDS[kind],
      startTime: hrTime(span.startedAt),
      attributes: { ...attributes, ...(error !== null && { 'error.type': error }) },
      links: linksOf(span),
    }
    const started = tracer.startSpan(name, options, contextOf(span))
    if (error !== null) started.setStatus({ code: SpanStatusCode.ERROR, message: error })
    started.end(hrTime(span.endedAt))
  }
  const sparingly = createSparingLog()

  return {
    record(span) {
      try {
        record(span)
      } catch (error) {
        // What is traced has happened: it must not look as if it had failed.
        sparingly((left_out) => {
          logger.error({ err: error, left_out }, 'WhatsApp traces.not_recorded')
        })
      }
    },
    async close() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_WITHIN_MS)
      })
      // What could not be exported has been told.
      await Promise.race([provider.shutdown().catch(() => undefined), late])
      clearTimeout(timer)
    },
  }
}

function contextOf({ traceId, parentId }: EndedSpan) {
  if (parentId === null) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: parentId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}

function linksOf({ link }: EndedSpan): Link[] {
  if (link === null) return []
  const { traceId, spanId, flags } = link
  return [{ context: { traceId, spanId, traceFlags: flags, isRemote: true } }]
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.floor((ms % 1000) * 1_000_000)]
}

/** One line when exports begin to fail, and one when they work again, with what was lost meanwhile. */
function tellOfFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) {
          if (lost === 0) {
            logger.warn({ err: coerceError(result.error) }, 'WhatsApp traces.not_exported')
          }
          lost += spans.length
        } else if (lost > 0) {
          logger.info({ lost }, 'WhatsApp traces.exported_again')
          lost = 0
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
}
