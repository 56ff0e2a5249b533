import { describe, expect, it } from 'vitest'
import { compareCategories } from '../../src/pricing/compare-categories.ts'
import { builtInCard } from '../../src/pricing/rate-card.ts'

const card = builtInCard()
const compare = (dials: [string, number][], month = '2026-10', was = 'UTILITY') =>
  compareCategories(card, month, { was, becomes: 'MARKETING' }, new Map(dials))

describe('the same messages in two categories', () => {
  it('cost what the card says of each market, and exactly their sum together', () => {
    expect(
      compare([
        ['+346', 100],
        ['+349', 20],
        ['+491', 3],
      ]),
    ).toEqual({
      currency: 'USD',
      messages: 123,
      // 120 × 0.0200 + 3 × 0.0550; 120 × 0.0707 + 3 × 0.1365
      was: '2.5650',
      becomes: '8.8935',
      more: '6.3285',
      markets: [
        { market: 'Spain', messages: 120, was: '0.0200', becomes: '0.0707' },
        { market: 'Germany', messages: 3, was: '0.0550', becomes: '0.1365' },
      ],
    })
  })

  it('cost less where they do, and are asked for their prices alone by a count of none', () => {
    const cheaper = compareCategories(
      card,
      '2026-10',
      { was: 'MARKETING', becomes: 'UTILITY' },
      new Map([['ES', 0]]),
    )
    expect(cheaper).toMatchObject({ messages: 0, was: '0.0000', more: '0.0000' })
    expect(cheaper?.markets).toEqual([
      { market: 'Spain', messages: 0, was: '0.0707', becomes: '0.0200' },
    ])
    const ten = new Map([['+346', 10]])
    const back = { was: 'MARKETING', becomes: 'UTILITY' }
    expect(compareCategories(card, '2026-10', back, ten)?.more).toBe('-0.5070')
  })

  it('are left out where the card does not know both prices, and not guessed', () => {
    expect(compare([['', 5]])).toBeNull()
    expect(compare([['+346', 5]], '2020-01')).toBeNull()
    expect(compare([['+346', 5]], '2026-10', 'NEWLY_INVENTED')).toBeNull()
    expect(
      compare([
        ['', 5],
        ['+346', 2],
      ])?.messages,
    ).toBe(2)
  })
})
