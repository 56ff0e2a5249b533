import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inSteps } from '../../src/lib/in-steps.ts'

it('goes on while there is more, and rests as long as a step took', async () => {
  const began: number[] = []
  const ended: number[] = []
  await inSteps(
    async () => {
      began.push(performance.now())
      await pause(30)
      ended.push(performance.now())
      return began.length < 3
    },
    () => false,
  )
  expect(began).toHaveLength(3)
  for (const step of [1, 2]) {
    const rest = (began[step] ?? 0) - (ended[step - 1] ?? 0)
    const took = (ended[step - 1] ?? 0) - (began[step - 1] ?? 0)
    // Timers count in whole milliseconds.
    expect(rest).toBeGreaterThanOrEqual(took - 2)
  }
})

it('begins no other step once it is told to stop, and throws what a step throws', async () => {
  let steps = 0
  const count = () => Promise.resolve((steps += 1) > 0)
  await inSteps(count, () => steps === 2)
  expect(steps).toBe(2)
  await expect(
    inSteps(
      () => Promise.reject(new Error('away')),
      () => false,
    ),
  ).rejects.toThrow('away')
})
