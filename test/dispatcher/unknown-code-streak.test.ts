import { describe, expect, it } from 'vitest'
import { createUnknownCodeStreak } from '../../src/dispatcher/unknown-code-streak.ts'

describe('a streak of unknown codes', () => {
  it('is full with the twentieth equal one', () => {
    const streak = createUnknownCodeStreak()
    expect(Array.from({ length: 20 }, () => streak.add('999')).indexOf(true)).toBe(19)
  })

  it('starts anew with another code and with an acceptance', () => {
    const streak = createUnknownCodeStreak()
    for (let n = 0; n < 19; n += 1) streak.add('999')
    expect(streak.add('998')).toBe(false)
    expect(streak.add('999')).toBe(false)
    for (let n = 0; n < 18; n += 1) streak.add('999')
    streak.reset()
    expect(streak.add('999')).toBe(false)
  })
})
