import { expect, it } from 'vitest'
import type { TracingConfig } from '../../src/config/serve-config.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { openOtlpCollector } from '../support/otlp-collector.ts'
import type { CollectedSpan, OtlpCollector } from '../support/otlp-collector.ts'
import { orderEvent } from '../support/orders.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const HEADERS = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }

function tracing(collector: OtlpCollector, more: Partial<TracingConfig> = {}): TracingConfig {
  return {
    url: collector.url,
    headers: { 'x-collector-key': 'let me in' },
    serviceName: 'orders',
    attributes: { 'deployment.environment.name': 'test' },
    ratio: 1,
    ...more,
  }
}

async function post(url: string, body: unknown, more: Record<string, string> = {}) {
  const request = { method: 'POST', headers: { ...HEADERS, ...more }, body: JSON.stringify(body) }
  return (await (await fetch(url, request)).json()) as Record<string, unknown>
}

/** Of one trace, by their names; of webhooks by the status they brought. */
function spansOf(collector: OtlpCollector, messageId: string): Record<string, CollectedSpan> {
  const own = collector.spans.filter(({ traceId }) => traceId === messageId.replaceAll('-', ''))
  return Object.fromEntries(
    own.map((span) => {
      const status = span.attributes['aviso.status']
      return [typeof status === 'string' ? status : span.name, span]
    }),
  )
}

describeEachMigratedDatabase('the trace of an order', (open) => {
  it('is one, from its event over its send to the last webhook, each under what caused it', async () => {
    const collector = await openOtlpCollector()
    const world = await openWorld(await open(), { config: { tracing: tracing(collector) } })
    const order = orderEvent(1, { supplier_phone: '+34600555001' })
    const { message_id: id } = await post(`${world.app.url}/api/v1/events`, order, {
      traceparent: CALLER,
    })
    const message = await world.until(String(id), 'read')
    await world.close()

    const spans = spansOf(collector, message.id)
    expect(Object.keys(spans).sort()).toEqual([
      'delivered',
      'read',
      'receive event',
      'send template',
      'sent',
    ])
    const { 'receive event': event, 'send template': send } = spans
    expect(event?.parentSpanId).toBeUndefined()
    expect(event?.links).toMatchObject([
      { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
    ])
    expect(event?.attributes).toMatchObject({ 'aviso.outcome': 'accepted', 'aviso.source': 'http' })
    expect(send?.parentSpanId).toBe(event?.spanId)
    expect(send?.attributes).toMatchObject({
      'aviso.message_id': message.id,
      'aviso.attempt': 1,
      'aviso.outcome': 'accepted',
      'aviso.template': 'po_notification',
      'http.response.status_code': 200,
    })
    for (const status of ['sent', 'delivered', 'read']) {
      expect(spans[status]).toMatchObject({ name: 'apply webhook', parentSpanId: send?.spanId })
    }
    for (const { startedAt, endedAt, status, resource } of Object.values(spans)) {
      expect(Math.abs(Date.now() - startedAt)).toBeLessThan(60_000)
      expect(endedAt).toBeGreaterThanOrEqual(startedAt)
      expect(status.code ?? 0).toBe(0)
      expect(resource).toMatchObject({
        'service.name': 'orders',
        'deployment.environment.name': 'test',
      })
    }
    expect(collector.headers['x-collector-key']).toBe('let me in')
    // neither the number nor what holds it, nor anything that the message says
    expect(collector.text).not.toContain('600555001')
    expect(collector.text).not.toContain('wamid')
    expect(collector.text).not.toContain('Harinas')
    await collector.close()
  })

  it('shows each attempt, and why Meta refused it or could not deliver it', async () => {
    const collector = await openOtlpCollector()
    const world = await openWorld(await open(), { config: { tracing: tracing(collector) } })
    const [refused, failed] = ['+34600555002', '+34600555003']
    const { control } = world.emulator
    control.script({ behaviour: 'refuse', code: 131030, to: refused, times: 1 })
    control.script({ behaviour: 'fail', code: 131026, to: failed, times: 1 })
    const ids = [
      await world.publish(orderEvent(2, { supplier_phone: refused })),
      await world.publish(orderEvent(3, { supplier_phone: failed })),
    ]
    for (const id of ids) await world.until(id, 'failed')
    await world.close()

    const [first = {}, second = {}] = ids.map((id) => spansOf(collector, id))
    expect(first['send template']).toMatchObject({
      attributes: { 'aviso.outcome': 'rejected', 'error.type': '131030' },
      status: { code: 2, message: '131030' },
    })
    expect(second['send template']?.status.code ?? 0).toBe(0)
    expect(second['failed']).toMatchObject({
      attributes: { 'error.type': '131026' },
      status: { code: 2 },
    })
    await collector.close()
  })

  it('begins with the request where a program asked for the message', async () => {
    const collector = await openOtlpCollector()
    const world = await openWorld(await open(), { config: { tracing: tracing(collector) } })
    const { id } = await post(`${world.app.url}/api/v1/whatsapp/messages`, {
      to: '+34600555004',
      type: 'template',
      template: {
        name: 'po_notification',
        language: 'es',
        parameters: ['PO-1', 'Harinas del Sur', '1.234,50 €'],
      },
    })
    const message = await world.until(String(id), 'read')
    await world.close()
    const { 'receive message': root, 'send template': send, read } = spansOf(collector, message.id)
    expect(root?.parentSpanId).toBeUndefined()
    expect(send?.parentSpanId).toBe(root?.spanId)
    expect(read?.parentSpanId).toBe(send?.spanId)
    await collector.close()
  })

  it('delays nothing while the collector does not answer, and no stop for long', async () => {
    const collector = await openOtlpCollector(() => null)
    const world = await openWorld(await open(), { config: { tracing: tracing(collector) } })
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, index) => world.publish(orderEvent(10 + index))),
    )
    for (const id of ids) await world.until(id, 'read')
    const started = performance.now()
    await world.close()
    expect(performance.now() - started).toBeLessThan(7000)
    await collector.requests(1)
    await collector.close()
  })
})
