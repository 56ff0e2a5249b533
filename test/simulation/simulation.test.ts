import { expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const HISTORIES = 5000
/** Seconds on an idle machine. */
const WITHIN_MS = 300_000

it('keeps every promise in each of 5,000 seeded histories', { timeout: WITHIN_MS }, async () => {
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const { violations } = await simulate(seed)
    expect(
      violations,
      `seed ${String(seed)}: npm run test:simulation -- --seed ${String(seed)}`,
    ).toEqual([])
  }
})

it('tells the same history for the same seed', async () => {
  expect(await simulate(42, true)).toEqual(await simulate(42, true))
})
