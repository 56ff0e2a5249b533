import { expect, it } from 'vitest'
import { describeFaults } from './support/describe-faults.ts'
import { KILL_POINTS, runKillLoop } from './support/kill-loop.ts'

const CONNECTIONS = 16

describeFaults('service processes that are killed under load', (suite) => {
  it('F11 lose no event and send none twice', { timeout: 3_600_000 }, async () => {
    const { kills, seed } = suite()
    const world = await suite().openForTest()
    await world.start('one')
    world.load.start(100)
    const deaths = await runKillLoop(world, { kills, names: ['one', 'two'], seed })
    const report = await world.expectSound(`${kills} kills`)
    process.stdout.write(`${[...deaths].map(([where, count]) => `${count} ${where}`).join(', ')}\n`)
    expect(report.acked).toBe(report.events)
    expect(report.inDoubt).toBeGreaterThan(0)
    // Beside the answers that Meta itself loses in the mix, a death costs what was in flight at most.
    const lostByMeta = [...world.load.ledger.values()].filter(
      ({ event }) => event.losesAnswer,
    ).length
    expect(report.inDoubt).toBeLessThanOrEqual(CONNECTIONS * kills + lostByMeta)
    if (kills >= 60)
      expect(new Set(deaths.keys())).toEqual(new Set([...KILL_POINTS, 'at a random moment']))
  })
})
