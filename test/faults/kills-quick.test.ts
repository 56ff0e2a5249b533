import { expect, it } from 'vitest'
import { describeWith } from '../support/describe-with.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'
import { openFaultWorld } from './support/fault-world.ts'
import { runKillLoop } from './support/kill-loop.ts'

const KILLS = 4
const SEED = 7

await describeWithVhost('two service processes that are killed under load', (vhost) => {
  describeWith('postgres', 'over PostgreSQL and RabbitMQ', (postgres) => {
    it('lose no event and send none twice', { timeout: 180_000 }, async () => {
      const { adminUrl, prefix } = postgres()
      const world = await openFaultWorld({
        databaseUrl: await createMigratedDatabase(adminUrl, prefix),
        rabbitmqUrl: vhost().url,
        seed: SEED,
      })
      try {
        await world.start('one')
        world.load.start(40)
        await runKillLoop(world, { kills: KILLS, names: ['one', 'two'], seed: SEED, lifeMs: 2000 })
        const report = await world.expectSound(`${KILLS} kills`)
        expect(report.acked).toBe(report.events)
        expect(report.accepted).toBeGreaterThan(0)
      } finally {
        await world.close()
      }
    })
  })
})
