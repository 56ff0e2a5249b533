import { expect, it } from 'vitest'
import { createSparingLog } from '../../src/lib/sparing-log.ts'

it('a sparing log writes the first line at once, then one in so long, with the number left out', () => {
  let now = 0
  const written: number[] = []
  const sparingly = createSparingLog(10_000, () => now)
  for (const at of [0, 1, 9999, 10_000, 10_001, 30_000]) {
    now = at
    sparingly((leftOut) => written.push(leftOut))
  }
  expect(written).toEqual([0, 2, 1])
})
