/** Started by not-loaded.test.ts, in a process of its own: says what is loaded of OpenTelemetry, and when. */

import { createRequire } from 'node:module'
import { createLogger } from '../../src/lib/logger.ts'
import { startApp } from '../../src/app.ts'
import { openTracer } from '../../src/tracing/open-tracer.ts'

/**
 * Its packages are CommonJS, which Node keeps here. Its bare API comes with prom-client, whoever traces.
 */
function loaded(): number {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache).filter((file) => /\/@opentelemetry\/(?!api\/)/.test(file)).length
}

const service = { version: '1', instance: 'a', logger: createLogger('silent') }
const settings = { headers: {}, serviceName: 'aviso', attributes: {}, ratio: 1 }
await openTracer(null, service)
const without = loaded()
const tracer = await openTracer({ url: 'http://127.0.0.1:9/v1/traces', ...settings }, service)
process.stdout.write(JSON.stringify({ app: typeof startApp, without, withCollector: loaded() }))
await tracer?.close()
