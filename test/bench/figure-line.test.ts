import { describe, expect, it } from 'vitest'
import { chooseFigures, figures } from '../../bench/figures.ts'
import { readOptions } from '../../bench/options.ts'
import { toLine } from '../../bench/report/line.ts'
import type { RoundResult } from '../../bench/rounds/result.ts'

const [drain] = figures
if (drain?.kind !== 'load') throw new Error('the drain is not the first figure')

describe('the line of a figure', () => {
  it('takes ratios round by round, and the median of them', () => {
    const line = toLine(drain, [
      round('aviso', 3000),
      round('naive', 300),
      round('aviso', 1200),
      round('naive', 100),
      round('aviso', 2000),
      round('naive', 250),
    ])
    expect(line.ratios['aviso/naive']).toEqual({ median: 10, min: 8, max: 12, rounds: [10, 12, 8] })
    expect(line.ratios['aviso/naive.postgres_cpu']?.median).toBe(1)
    expect(line.goals.find(({ of }) => of === 'aviso/naive')).toMatchObject({
      value: 10,
      met: true,
    })
    expect(line.goals.find(({ of }) => of === 'aviso.orders_per_second')).toMatchObject({
      value: 2000,
      met: false,
    })
  })

  it('is not verified once a single round lost something', () => {
    const line = toLine(drain, [
      round('aviso', 3000),
      { ...round('aviso', 3000), wrong: ['999 rows for 1000 orders'] },
    ])
    expect(line.verified).toBe(false)
    expect(line.wrong).toEqual(['aviso: 999 rows for 1000 orders'])
  })

  it('counts disturbed rounds and keeps them', () => {
    const disturbance = { others: 0.5, stolen: 0, disturbed: true }
    const line = toLine(drain, [round('aviso', 10), { ...round('aviso', 30), disturbance }])
    expect(line).toMatchObject({ rounds: 2, disturbed_rounds: 1 })
    expect(line.contestants['aviso']).toMatchObject({ orders_per_second: { median: 20 } })
  })
})

describe('the choice of figures', () => {
  it('takes an exact name before names that begin with it', () => {
    const names = (only: string[]) => {
      const chosen = chooseFigures(only, false)
      return typeof chosen === 'string' ? chosen : chosen.map(({ name }) => name)
    }
    expect(names(['drain'])).toEqual(['drain'])
    expect(names(['open'])).toEqual(['open_1000', 'open_1500'])
    expect(names(['opne'])).toBe('no figure is called opne; --list shows them')
  })

  it('refuses what it does not know, with the usage', () => {
    expect(readOptions(['--rounds', '0'])).toContain('--rounds and --seconds take a number above 0')
    expect(readOptions(['--fast'])).toContain('usage: npm run bench')
    expect(readOptions(['--only', 'drain,open', '--no-build'])).toMatchObject({
      only: ['drain', 'open'],
      build: false,
      rounds: 5,
    })
  })
})

function round(contestant: string, ordersPerSecond: number): RoundResult {
  return {
    contestant,
    orders: 1000,
    seconds: 1,
    ordersPerSecond,
    cpu: { service: 200, postgres: 100, rabbitmq: 40, stand_in: 60, producer: null },
    walBytesPerOrder: 5000,
    updatesPerOrder: 4,
    hotShare: 0.75,
    inside: null,
    memoryMib: 150,
    standIn: {
      accepted: 1000,
      statuses: 3000,
      overdue: 0,
      acceptedTwice: 0,
      strange: 0,
      repeated: 0,
      posts: 3000,
      latency: { p50: 5, p99: 20, max: 40 },
      seconds: [],
    },
    acceptDelay: null,
    backlog: null,
    producerLateness: null,
    wrong: [],
    disturbance: null,
    spin: 5,
  }
}
