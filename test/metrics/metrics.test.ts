import { expect, it } from 'vitest'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY, testConfig } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import { measureStatuses } from '../../src/metrics/measure.ts'
import { createMeter } from '../../src/metrics/meter.ts'
import type { ProcessGauges } from '../../src/metrics/meter.ts'
import { openMetricsServer } from '../../src/metrics/metrics-server.ts'
import type { Database } from '../../src/db/database.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createLogger } from '../../src/lib/logger.ts'

const IDLE: ProcessGauges = { pools: {}, deadLetters: null, sendLimit: 80 }
const { http } = testConfig('http://127.0.0.1:9')

async function scrape(port: number | null) {
  const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`)
  const text = await response.text()
  return {
    text,
    type: response.headers.get('content-type'),
    /** Of a line as it begins: name and labels. */
    value: (series: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      ),
  }
}

describeEachMigratedDatabase('the metrics of a service', (open) => {
  it('count events, sends and webhooks by what became of them, and show what waits', async () => {
    const world = await openWorld(await open(), { config: { http: { ...http, metricsPort: 0 } } })
    try {
      const order = orderEvent(1, { supplier_phone: '+34600555001' })
      const id = await world.publish(order)
      await world.publish(order)
      await world.until(id, 'read')
      const refused = '+34600555002'
      world.emulator.control.script({ behaviour: 'refuse', code: 131030, to: refused, times: 1 })
      await world.until(await world.publish(orderEvent(2, { supplier_phone: refused })), 'failed')
      world.emulator.control.script({ behaviour: 'refuse', code: 131042, times: 1 })
      await world.until(
        await world.publish(orderEvent(3, { supplier_phone: '+34600555003' })),
        'held',
      )
      await fetch(`${world.app.url}/api/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        body: 'no order',
      })
      await fetch(`${world.app.url}/api/v1/whatsapp/webhook`, { method: 'POST', body: '{}' })
      await world.emulator.control.settled()

      const { text, type, value } = await scrape(world.app.metricsPort)
      expect(type).toContain('text/plain; version=0.0.4')
      expect(value('aviso_events_total{outcome="accepted"}')).toBe(3)
      expect(value('aviso_events_total{outcome="duplicate"}')).toBe(1)
      expect(value('aviso_sends_total{outcome="accepted",code=""}')).toBe(1)
      expect(value('aviso_sends_total{outcome="rejected",code="131030"}')).toBe(1)
      expect(value('aviso_send_seconds_count')).toBeGreaterThanOrEqual(3)
      expect(value('aviso_event_to_accepted_seconds_count')).toBe(1)
      expect(value('aviso_webhook_seconds_count')).toBeGreaterThanOrEqual(3)
      // of the one message that came through: sent, delivered, read; the repeated statuses say nothing new
      expect(value('aviso_webhook_lag_seconds_count')).toBe(3)
      expect(value('aviso_webhook_lag_seconds_bucket{le="10"}')).toBe(3)
      expect(value('aviso_delivery_seconds_count')).toBe(1)
      expect(value('aviso_delivery_seconds_bucket{le="10"}')).toBe(1)
      expect(value('aviso_rejected_events{source="http"}')).toBe(1)
      expect(value('aviso_closed_gates{scope="number",reason="payment"}')).toBe(1)
      expect(value('aviso_send_limit_per_second')).toBe(0)
      expect(value('aviso_database_connections_max{pool="all"}')).toBeGreaterThanOrEqual(1)
      expect(value('aviso_database_connections{pool="all",state="idle"}')).toBeGreaterThanOrEqual(0)
      expect(value('aviso_database_waiting{pool="all"}')).toBeGreaterThanOrEqual(0)
      expect(value('aviso_outbox_oldest_seconds')).toBeGreaterThanOrEqual(0)
      expect(value('aviso_messages{state="held"}')).toBe(1)
      expect(value('aviso_messages{state="queued"}')).toBe(0)
      expect(value('aviso_held_messages{reason="payment"}')).toBe(1)
      expect(value('aviso_oldest_pending_seconds')).toBe(0)
      expect(value('aviso_outbox_depth')).toBeGreaterThanOrEqual(0)
      expect(value('aviso_database_up')).toBe(1)
      expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
      expect(text).not.toContain('600555')
    } finally {
      await world.close()
    }
  })
})

it('shows no old figure while the database is away', async () => {
  const database = { query: () => Promise.reject(new Error('away')) } as unknown as Database
  const logger = createLogger('silent')
  const meter = createMeter(false)
  const ofProcess = () => IDLE
  const at = { host: '127.0.0.1', port: 0 }
  const server = await openMetricsServer({ ...at, meter, database, ofProcess, logger })
  const { text, value } = await scrape(server.port)
  expect(value('aviso_database_up')).toBe(0)
  expect(value('aviso_outbox_depth')).toBeNaN()
  expect(value('aviso_outbox_oldest_seconds')).toBeNaN()
  expect(value('aviso_dead_letters'), 'not known is not none').toBeNaN()
  expect(text).not.toMatch(/^aviso_messages\{/m)
  await server.close()
})

it('says in one line that its port is taken', async () => {
  const database = { query: () => Promise.resolve([]) } as unknown as Database
  const options = {
    host: '127.0.0.1',
    meter: createMeter(false),
    database,
    ofProcess: () => IDLE,
    logger: createLogger('silent'),
  }
  const first = await openMetricsServer({ ...options, port: 0 })
  await expect(openMetricsServer({ ...options, port: first.port })).rejects.toMatchObject({
    constructor: AppError,
    code: 'configuration',
    message: expect.stringContaining('AVISO_METRICS_PORT') as unknown,
  })
  await first.close()
})

it('shows 0 for what has not happened yet, so that the first time is an increase', async () => {
  const text = await createMeter(false).render(undefined, IDLE)
  expect(text).toContain('aviso_events_total{outcome="rejected"} 0')
  expect(text).toContain('aviso_sends_total{outcome="accepted",code=""} 0')
  expect(text).toContain('aviso_webhooks_total{outcome="applied"} 0')
})

it('has a help line for every figure', async () => {
  const text = await createMeter().render(undefined, IDLE)
  for (const [, name = ''] of text.matchAll(/^# TYPE (\S+)/gm)) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} \\S+`, 'm'))
  }
})

it('measures how long statuses were on their way and deliveries took, and nothing it does not know', async () => {
  const meter = createMeter(false)
  const at = (seconds: number) => Date.parse('2026-11-22T09:00:00Z') + seconds * 1000
  const status = (status: string, seconds: number | null) => ({
    status,
    metaAt: seconds === null ? null : new Date(at(seconds)).toISOString(),
  })
  measureStatuses(meter)([
    { item: status('delivered', 40), acceptedAt: new Date(at(0)), receivedAt: at(44) },
    { item: status('delivered', 40), acceptedAt: null, receivedAt: null },
    { item: status('sent', 0), acceptedAt: null, receivedAt: at(-1) },
    { item: status('delivered', null), acceptedAt: new Date(at(0)), receivedAt: at(1) },
  ])
  const text = await meter.render(undefined, IDLE)
  expect(text).toContain('aviso_delivery_seconds_sum 40\n')
  expect(text).toContain('aviso_delivery_seconds_count 1\n')
  expect(text).toContain('aviso_webhook_lag_seconds_sum 4\n')
  expect(text).toContain('aviso_webhook_lag_seconds_count 2\n')
})
