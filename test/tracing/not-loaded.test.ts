import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { readSourceFiles } from '../architecture/source-files.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { openMigrated } from '../support/migrated-database.ts'
import { openOtlpCollector } from '../support/otlp-collector.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import { openTracer } from '../../src/tracing/open-tracer.ts'

/**
 * What is loaded of OpenTelemetry: its packages are CommonJS, which Node keeps here. Its bare API comes with
 * prom-client, whoever traces.
 */
function loaded(): string[] {
  const { cache } = createRequire(import.meta.url)
  return Object.keys(cache).filter((file) => /\/@opentelemetry\/(?!api\/)/.test(file))
}

describe('OpenTelemetry', () => {
  it('is not loaded where no collector is configured, and is where one is', async () => {
    const world = await openWorld(await openMigrated({ kind: 'pglite' }))
    await world.until(await world.publish(orderEvent(1)), 'read')
    await world.close()
    expect(loaded()).toEqual([])

    const collector = await openOtlpCollector()
    const { url } = collector
    const options = { url, headers: {}, serviceName: 'aviso', attributes: {}, ratio: 1 }
    const logger = createLogger('silent')
    const tracer = await openTracer(options, { version: '1', instance: 'a', logger })
    expect(loaded()).not.toEqual([])
    await tracer?.close()
    await collector.close()
  })

  it('is named by one file, which is imported when it is needed', () => {
    const files = readSourceFiles()
    const named = files.filter(({ imports }) =>
      imports.some(({ target }) => target.startsWith('@opentelemetry/')),
    )
    expect(named.map(({ path }) => path)).toEqual(['tracing/otlp-tracer.ts'])
  })
})
