import { expect, it } from 'vitest'
import { startApp } from '../../src/app.ts'
import { openPostgresPools } from '../../src/db/postgres.ts'
import { openEmulator } from '../../src/emulator/emulator.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import { delivery, orderEvent } from '../support/orders.ts'
import { CREDENTIALS, testConfig } from '../support/test-config.ts'

const RATE = 20
const ORDERS = 60
/** What a message may be under way, later than the one before it. */
const JITTER_MS = 200

describeWith('postgres', 'two dispatchers on one database', (postgres) => {
  it('together keep the rate of the number and the six seconds of a recipient', async () => {
    const { adminUrl, prefix } = postgres()
    const url = await createMigratedDatabase(adminUrl, prefix)
    const emulator = await openEmulator({ ...CREDENTIALS, seed: 42, maxMps: 0, pairLimit: false })
    const config = testConfig(emulator.url, { maxMps: RATE })
    const start = () => startApp(config, openPostgresPools(url), createLogger('silent'))
    const first = await start()
    const apps = [first, await start()]
    try {
      const recipient = { supplier_phone: '+34699999999' }
      const orders = Array.from({ length: ORDERS }, (_, index) =>
        orderEvent(index, index < 2 ? recipient : {}),
      )
      await Promise.all(orders.map((order) => first.events.publish(delivery(order))))
      const accepted = () => emulator.control.accepted({})
      await expect.poll(() => accepted().length, { timeout: 30_000, interval: 50 }).toBe(ORDERS)

      const times = accepted().map((message) => message.acceptedAtMs)
      const perSecond = times.map(
        (from) => times.filter((at) => at >= from && at < from + 1000 - JITTER_MS).length,
      )
      // The rate, a twentieth of a second at once, and one.
      expect(Math.max(...perSecond)).toBeLessThanOrEqual(RATE * 1.05 + 1)
      const [one = 0, two = 0] = accepted()
        .filter((message) => message.waId === '34699999999')
        .map((message) => message.acceptedAtMs)
      expect(two - one).toBeGreaterThanOrEqual(6000)
      const owners = await first.databases.api.query(
        'select distinct lease_owner from whatsapp_attempts',
      )
      expect(owners).toHaveLength(2)
    } finally {
      await Promise.all(apps.map((app) => app.stop()))
      await emulator.close()
    }
  })
})
