import type { Logger } from '../lib/logger.ts'
import type { Tracer, TracingOptions } from './tracer.ts'

/**
 * @param options null: nothing is traced, and nothing of OpenTelemetry is loaded
 * @param process what tells this process from the others
 */
export async function openTracer(
  options: TracingOptions | null,
  process: { version: string; instance: string; logger: Logger },
): Promise<Tracer | null> {
  if (options === null) return null
  const { createOtlpTracer } = await import('./otlp-tracer.ts')
  return createOtlpTracer(options, process)
}
