import { describe, expect, it } from 'vitest'
import { addTenant } from '../../../src/cli/bulk/add-tenant.ts'
import { MAX_BYTES, MAX_LINES, planBatches } from '../../../src/cli/bulk/plan-batches.ts'
import { readBulk } from '../../../src/cli/bulk/read-bulk.ts'
import { MAX_BULK_BYTES, MAX_MESSAGES } from '../../../src/direct/batch-receiver.ts'

const linesOf = (...messages: string[]) =>
  messages.map((json, index) => ({
    line: index + 1,
    place: '',
    source: json,
    json,
  }))
const many = (count: number, size = 10) =>
  linesOf(...Array.from({ length: count }, (_, index) => String(index).padStart(size)))
const keys = (lines: ReturnType<typeof many>, again: string | null = null) =>
  planBatches(lines, again).map(({ key }) => key)

describe('the batches of a file', () => {
  it('have the limits that the service has', () => {
    expect([MAX_LINES, MAX_BYTES]).toEqual([MAX_MESSAGES, MAX_BULK_BYTES])
  })

  it('are as few as possible, of nearly one size, with every line once and in order', () => {
    for (const count of [1, 9999, 10_000, 10_001, 20_001, 45_678]) {
      const lines = many(count)
      const batches = planBatches(lines, null)
      const sizes = batches.map((batch) => batch.lines.length)
      expect(batches.length).toBe(Math.ceil(count / MAX_LINES))
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      expect(batches.flatMap((batch) => batch.lines)).toEqual(lines)
      expect(batches.map(({ body }) => body).join('\n')).toBe(
        lines.map(({ json }) => json).join('\n'),
      )
    }
  })

  it('are more where the lines are long', () => {
    const batches = planBatches(many(600, 60_000), null)
    expect(batches.length).toBe(3)
    for (const { body } of batches) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BYTES)
  })

  it('are none for no line', () => {
    expect(planBatches([], null)).toEqual([])
  })
})

describe('the keys of a file', () => {
  const csv = (text: string) => readBulk(Buffer.from(text), 'x.csv').good

  it('are the same for the same messages in another format, saved anew', () => {
    const first = keys(csv('to,template,param_1\n1,a,x\n'))
    expect(keys(csv('\uFEFFtemplate;to;param_1\r\na;1;x\r\n\r\n'))).toEqual(first)
    const array = '[ {"to":"1","type":"template","template":{"name":"a","parameters":["x"]}} ]'
    expect(keys(readBulk(Buffer.from(array), 'x.json').good)).toEqual(first)
  })

  it('are others for other messages, another order of them, another tenant, and another word', () => {
    const lines = linesOf('{"to":"1"}', '{"to":"2"}')
    const all = [
      keys(lines),
      keys(linesOf('{"to":"2"}', '{"to":"1"}')),
      keys(linesOf('{"to":"1"}')),
      keys(addTenant(lines, 't')),
      keys(lines, 'monday'),
      keys(lines, 'tuesday'),
    ]
    expect(new Set(all.flat()).size).toBe(6)
    expect(keys(lines, 'monday')).toEqual(keys(lines, 'monday'))
  })

  it('are each of its own within a file, and fit the header', () => {
    const all = keys(many(30_000), 'w'.repeat(64))
    expect(new Set(all).size).toBe(3)
    for (const key of all) expect(key).toMatch(/^[\w.:-]{1,255}$/)
  })
})

describe('a tenant for all messages', () => {
  it('is written into those that name none, which stay as they are else', () => {
    const lines = linesOf('{"n":1234.50}', '{}', '{"tenant_id":"own"}', '[1]')
    expect(addTenant(lines, 't').map(({ json }) => json)).toEqual([
      '{"tenant_id":"t","n":1234.50}',
      '{"tenant_id":"t"}',
      '{"tenant_id":"own"}',
      '[1]',
    ])
  })
})
