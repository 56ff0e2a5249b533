import { describe, expect, it } from 'vitest'
import { run, startService } from './setup.ts'

const GROUP = {
  key: 's1',
  total: 4,
  counts: { PENDING: 0, SENT: 0, DELIVERED: 1, READ: 3, FAILED: 0 },
  delivery_rate: 1,
  read_rate: 0.75,
  seconds_to_deliver: { median: 2, p95: 3 },
  seconds_to_read: { median: 300, p95: 9000 },
  failures: [],
  billable: 4,
  cost: [{ currency: 'USD', amount: '0.0800' }],
}

describe('aviso stats', () => {
  it('shows a line a group, and asks for what its options say', async () => {
    const service = await startService(() => ({ body: { groups: [GROUP], omitted: 2 } }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const ran = await run(['stats', '--group-by', 'supplier', '--from', '2026-11-01'], { env })
    expect(ran.code).toBe(0)
    expect(ran.out.join('\n')).toMatch(
      /s1\s+4\s+0\s+0\s+1\s+3\s+0\s+100\.0\s+75\.0\s+2\.0 s \/ 3\.0 s\s+5 min \/ 2\.5 h\s+4\s+0\.0800 USD/,
    )
    expect(ran.err).toEqual(['There are 2 more: a larger --limit.'])
    expect(service.seen[0]?.query).toEqual({
      group_by: 'supplier',
      from: '2026-11-01T00:00:00Z',
    })
    const json = await run(['stats', '--json'], { env })
    expect(JSON.parse(json.out[0] ?? '')).toMatchObject({ omitted: 2 })
    expect((await run(['stats', '--group-by', 'week'], { env })).code).toBe(2)
  })

  it('prints CSV as it comes', async () => {
    const service = await startService(() => ({
      body: 'key,total\r\ns1,4\r\n',
      headers: { 'content-type': 'text/csv; charset=utf-8' },
    }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const ran = await run(['stats', '--csv', '--group-by', 'day'], { env })
    expect(ran.out.join('\n')).toBe('key,total\r\ns1,4')
    expect(service.seen[0]?.query).toEqual({ group_by: 'day', format: 'csv' })
  })

  it('shows CSV harmless on a terminal, and leaves it as it is in a file', async () => {
    const service = await startService(() => ({
      body: 'key,total\r\n"\u001b[31mevil\u0007",1\r\n',
      headers: { 'content-type': 'text/csv; charset=utf-8' },
    }))
    const argv = ['stats', '--csv', '--group-by', 'supplier', '--url', service.url]
    const shown = await run(argv, { io: { isTerminal: true } })
    expect(shown.out.join('')).not.toMatch(/[\u0007\u001b]/)
    expect((await run(argv)).out.join('\n')).toContain('"\u001b[31mevil\u0007",1')
  })

  it('says what the month will have cost', async () => {
    const sum = { billable: 96, cost: [{ currency: 'USD', amount: '1.9200' }] }
    const service = await startService(() => ({
      body: { month: '2026-11', so_far: sum, forecast: { billable: 0, cost: [] } },
    }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const ran = await run(['stats', '--forecast', '2026-11'], { env })
    expect(ran.out).toEqual([
      '2026-11',
      '  so far            1.9200 USD  (96 messages)',
      '  at its end, about nothing  (0 messages)',
    ])
    expect(service.seen[0]).toMatchObject({
      path: '/api/v1/whatsapp/stats/forecast',
      query: { month: '2026-11' },
    })
    await run(['stats', '--forecast', '--json'], { env })
    expect(service.seen[1]?.query).toEqual({})
  })
})
