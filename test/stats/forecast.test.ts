import { describe, expect, it } from 'vitest'
import { DAY_MS, forecastMonth } from '../../src/stats/forecast.ts'

const at = (day: string) => Date.parse(`${day}T00:00:00Z`)
const usd = (amount: string) => [{ currency: 'USD', amount }]
const NOVEMBER = { from: at('2026-11-01'), to: at('2026-12-01') }

describe('forecastMonth', () => {
  it('adds the usual cost of each weekday that is left', () => {
    const daily = new Map<
      number,
      { billable: number; cost: { currency: string; amount: string }[] }
    >()
    // Ten messages each day but on Sundays, for four weeks and until today.
    for (let day = at('2026-10-20'); day < at('2026-11-17'); day += DAY_MS) {
      if (new Date(day).getUTCDay() !== 0) daily.set(day, { billable: 10, cost: usd('0.2000') })
    }
    daily.set(at('2026-11-17'), { billable: 4, cost: usd('0.0800') })
    const { soFar, forecast } = forecastMonth(NOVEMBER, at('2026-11-17') + DAY_MS / 2, daily)
    // 2 to 16 November without the Sundays of the 8th and 15th, and four today.
    expect(soFar).toEqual({ billable: 134, cost: usd('2.6800') })
    // November has 25 days that are no Sundays.
    expect(forecast).toEqual({ billable: 250, cost: usd('5.0000') })
  })

  it('of a month that is over is what it cost, and of one to come what is usual', () => {
    const daily = new Map([[at('2026-10-14'), { billable: 7, cost: usd('0.1400') }]])
    const october = { from: at('2026-10-01'), to: at('2026-11-01') }
    expect(forecastMonth(october, at('2026-11-17'), daily).forecast).toEqual({
      billable: 7,
      cost: usd('0.1400'),
    })
    expect(forecastMonth(NOVEMBER, at('2026-10-30'), new Map()).forecast).toEqual({
      billable: 0,
      cost: [],
    })
  })

  it('never takes back what today has cost beyond the usual', () => {
    const daily = new Map([
      [at('2026-11-23'), { billable: 4, cost: usd('0.0800') }],
      [at('2026-11-30'), { billable: 100, cost: usd('2.0000') }],
    ])
    const { forecast } = forecastMonth(NOVEMBER, at('2026-11-30') + 1, daily)
    expect(forecast).toEqual({ billable: 104, cost: usd('2.0800') })
  })
})
