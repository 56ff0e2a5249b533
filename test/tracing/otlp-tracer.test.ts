import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createId } from '../../src/lib/uuid-v7.ts'
import { rootSpanId, sendSpanId, statusSpanId, traceIdOf } from '../../src/tracing/trace-ids.ts'
import { createOtlpTracer } from '../../src/tracing/otlp-tracer.ts'
import type { EndedSpan, Tracer } from '../../src/tracing/tracer.ts'
import { openOtlpCollector } from '../support/otlp-collector.ts'

/** As many as are sent at once. */
const BATCH = 512

function openPair(url: string, ratio: number) {
  const lines: { level: number; msg: string; lost?: number }[] = []
  const logger = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as never) })
  const options = { url, headers: {}, serviceName: 'aviso', attributes: {}, ratio }
  const open = (instance: string) => createOtlpTracer(options, { version: '1', instance, logger })
  return { lines, first: open('first'), second: open('second') }
}

function span(messageId: string, spanId: string, parentId: string | null): EndedSpan {
  const now = Date.now()
  return {
    name: 'some span',
    kind: 'client',
    traceId: traceIdOf(messageId),
    spanId,
    parentId,
    startedAt: now,
    endedAt: now + 1,
    attributes: {},
    error: null,
    link: null,
  }
}

it('traces a share of the orders, each of them whole, whichever process records what', async () => {
  const collector = await openOtlpCollector()
  const { first, second } = openPair(collector.url, 0.5)
  const ids = Array.from({ length: 400 }, () => createId())
  for (const id of ids) {
    first.record(span(id, rootSpanId(id), null))
    second.record(span(id, sendSpanId(id, 1), rootSpanId(id)))
    first.record(span(id, statusSpanId(id, 1, 'read'), sendSpanId(id, 1)))
  }
  await Promise.all([first.close(), second.close()])
  const counts = new Map<string, number>()
  for (const { traceId } of collector.spans) counts.set(traceId, (counts.get(traceId) ?? 0) + 1)
  expect(new Set(counts.values())).toEqual(new Set([3]))
  // half of 400, five standard deviations to each side
  expect(counts.size).toBeGreaterThan(150)
  expect(counts.size).toBeLessThan(250)
  await collector.close()
})

it('says once that the collector takes nothing, and once that it does again', async () => {
  const collector = await openOtlpCollector((request) => (request <= 2 ? 400 : 200))
  const { lines, first, second } = openPair(collector.url, 1)
  const recordBatch = (tracer: Tracer) => {
    for (let index = 0; index < BATCH; index += 1) {
      const id = createId()
      tracer.record(span(id, rootSpanId(id), null))
    }
  }
  for (let batch = 1; batch <= 3; batch += 1) {
    recordBatch(first)
    await collector.requests(batch)
  }
  await first.close()
  expect(lines.map(({ msg, lost }) => ({ msg, lost }))).toEqual([
    { msg: 'WhatsApp traces.not_exported', lost: undefined },
    { msg: 'WhatsApp traces.exported_again', lost: 2 * BATCH },
  ])
  expect(collector.spans).toHaveLength(BATCH)
  await second.close()
  await collector.close()
})

it('never lets what it tells of fail, and says what it could not record', async () => {
  const collector = await openOtlpCollector()
  const { lines, first, second } = openPair(collector.url, 1)
  const id = createId()
  const broken = {
    ...span(id, rootSpanId(id), null),
    get attributes(): never {
      throw new Error('no attributes')
    },
  }
  first.record(broken)
  first.record(span(id, sendSpanId(id, 1), rootSpanId(id)))
  await Promise.all([first.close(), second.close()])
  expect(lines.map(({ msg }) => msg)).toEqual(['WhatsApp traces.not_recorded'])
  expect(collector.spans.map(({ spanId }) => spanId)).toEqual([sendSpanId(id, 1)])
  await collector.close()
})

it('gives every span of an order an id of its own, the same in every process', () => {
  const id = createId()
  const spanIds = [
    rootSpanId(id),
    sendSpanId(id, 1),
    sendSpanId(id, 2),
    statusSpanId(id, 1, 'sent'),
    statusSpanId(id, 1, 'read'),
    statusSpanId(id, 2, 'read'),
  ]
  expect(new Set(spanIds).size).toBe(spanIds.length)
  for (const spanId of spanIds) expect(spanId).toMatch(/^[0-9a-f]{16}$/)
  expect(traceIdOf('019A0000-0000-7000-8000-00000000ABCD')).toBe(
    '019a0000000070008000' + '00000000abcd',
  )
  expect(rootSpanId('019a0000-0000-7000-8000-00000000abcd')).toBe('800000000000abcd')
  expect(sendSpanId(id, 1)).toBe(sendSpanId(id, 1))
})
