import { describe, expect, it } from 'vitest'
import { barChart } from '../../bench/report/bar-chart.ts'
import type { FigureLine } from '../../bench/report/line.ts'
import { sectionOf, withResults } from '../../bench/report/write-docs.ts'

const line: FigureLine = {
  figure: 'drain',
  title: 'A filled queue',
  rounds: 3,
  disturbed_rounds: 1,
  contestants: {
    aviso: {
      orders_per_second: { median: 2000, min: 1800, max: 2100 },
      cpu_us_per_order: { service: { median: 300, min: 290, max: 310 } },
    },
    naive: { orders_per_second: { median: 200, min: 190, max: 210 } },
  },
  ratios: { 'aviso/naive': { median: 10, min: 9, max: 11, rounds: [10, 9, 11] } },
  goals: [{ of: 'aviso.orders_per_second', atLeast: 2500, value: 2000, met: false }],
  verified: true,
  wrong: [],
}
const head = {
  machine: { cpu: 'Some CPU', cores: 2, memory_gib: 23, kernel: '6.1', node: 'v20' },
  postgres: 'PostgreSQL 15',
  rabbitmq: 'RabbitMQ',
}

describe('what a run writes into the documents', () => {
  it('says of each goal whether it was met, and of each value how far it was spread', () => {
    const section = sectionOf(head, [line], '2026-11-27')
    expect(section).toContain('| orders a second | 2,000 (1,800 to 2,100) | 200 (190 to 210) |')
    expect(section).toContain('| `aviso.orders_per_second` | at least 2500 | 2,000 | no |')
    expect(section).toContain('1 of 6 disturbed')
  })

  it('takes the place of the results before, and of nothing else', () => {
    const page = withResults(
      'before\n<!-- results: written by npm run bench -- --write-docs -->\n\nold\n<!-- end of results -->\nafter\n',
      'new',
    )
    expect(page).toMatch(/^before\n<!-- results: .* -->\n\nnew\n<!-- end of results -->\nafter\n$/)
    expect(() => withResults('nothing', 'new')).toThrow('no place for results')
  })

  it('draws bars that end where their values are', () => {
    const svg = barChart({
      title: 'Speed & more',
      unit: 'orders a second',
      bars: [
        { label: 'a', parts: [{ name: 'x', value: 100 }] },
        { label: 'b', parts: [{ name: 'x', value: 50 }] },
      ],
    })
    expect([...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => width)).toEqual([
      '420.0',
      '210.0',
    ])
    expect(svg).toContain('Speed &amp; more')
  })
})
