import { Connection } from 'rabbitmq-client'
import { expect, it, onTestFinished } from 'vitest'
import { startApp } from '../../src/app.ts'
import type { EventsConfig, ServeConfig } from '../../src/config/serve-config.ts'
import type { Database } from '../../src/db/database.ts'
import { shareDatabase } from '../../src/db/pglite.ts'
import type { Check } from '../../src/doctor/check.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { runDoctor } from '../../src/run-service.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'
import { ADMIN_KEY, testConfig } from '../support/test-config.ts'

const NOBODY = 'http://127.0.0.1:9'
const QUEUE = 'notification-service.po-approved'

await describeWithVhost('a broker that only other processes consume from', (vhost) => {
  const configure = (roles: ServeConfig['roles']): ServeConfig => {
    const events: EventsConfig = {
      kind: 'rabbitmq',
      url: vhost().url,
      exchange: 'procurement.events',
      routingKey: 'po.approved',
      queue: QUEUE,
      topology: 'declare',
      publish: [],
      unboundHours: 72,
      unboundPauseSeconds: 1,
    }
    return { ...testConfig(NOBODY), events, roles }
  }
  /** What all processes of a test share; closed after them. */
  const openShared = async (): Promise<Database> => {
    const database = await openAnyMigrated()
    onTestFinished(() => database.close())
    return { ...database, close: () => Promise.resolve() }
  }
  const start = async (shared: Database, roles: ServeConfig['roles']) => {
    const app = await startApp(configure(roles), shareDatabase(shared), createLogger('silent'))
    onTestFinished(() => app.stop())
    return async (path: string, method = 'GET') => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` }
      const response = await fetch(app.url + path, { method, headers })
      return { code: response.status, body: (await response.json()) as Record<string, unknown> }
    }
  }
  const brokerCheck = (checks: unknown): Check | undefined =>
    (checks as Check[]).find(({ name }) => name === 'broker')
  const giveUpOnOne = async (): Promise<void> => {
    const connection = new Connection({ url: vhost().url })
    const channel = await connection.acquire()
    await channel.confirmSelect()
    await channel.basicPublish({ routingKey: `${QUEUE}.dead`, durable: true }, 'given up')
    await channel.close()
    await connection.close()
  }
  const HEALTH = '/api/v1/whatsapp/health'

  it('is asked by health and by the doctor, which tell of dead letters', async () => {
    // Before the first start: from the command line that is no failure yet.
    const without = await runDoctor(configure(['api']), { sendTest: null, tenantId: null })
    expect(brokerCheck(without.checks)).toMatchObject({
      result: 'warning',
      detail: `the broker has no queue ${QUEUE}`,
    })
    const shared = await openShared()
    const api = await start(shared, ['api'])
    expect((await api(HEALTH)).body['parts']).toMatchObject({
      broker: { status: 'degraded', remedy: expect.stringContaining('role consumer') },
    })
    expect((await api('/readyz')).code).toBe(200)

    const consumer = await start(shared, ['consumer'])
    await expect
      .poll(async () => (await consumer(HEALTH)).body['parts'], { timeout: 10_000 })
      .toMatchObject({ broker: { status: 'ok' } })
    const other = await start(shared, ['api', 'webhook', 'dispatcher'])
    expect(await other(HEALTH)).toMatchObject({
      code: 200,
      body: { parts: { broker: { status: 'ok' } }, queue: { dead_letters: 0 } },
    })
    const examined = await other('/api/v1/doctor', 'POST')
    expect(brokerCheck(examined.body['checks'])).toMatchObject({ result: 'ok' })

    await giveUpOnOne()
    const third = await start(shared, ['api'])
    expect(await third(HEALTH)).toMatchObject({
      code: 503,
      body: { parts: { broker: { status: 'down' } }, queue: { dead_letters: 1 } },
    })
    const failed = { result: 'failed', detail: expect.stringContaining('dead-letter') }
    const answer = await third('/api/v1/doctor', 'POST')
    expect(brokerCheck(answer.body['checks'])).toMatchObject(failed)
    const { checks } = await runDoctor(configure(['api']), { sendTest: null, tenantId: null })
    expect(brokerCheck(checks)).toMatchObject(failed)
  })
})
