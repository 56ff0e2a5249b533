import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { createExaminer } from '../../src/examine.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'
import { testConfig } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

describe('the doctor', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
  })
  afterAll(() => world.close())

  const examine = async (
    name: Check['name'],
    { tenantId = null, appSecrets }: { tenantId?: string | null; appSecrets?: string[] },
  ): Promise<Check | undefined> => {
    const config = testConfig(world.emulator.url)
    const cloudApi = { ...config.cloudApi, ...(appSecrets !== undefined && { appSecrets }) }
    const examiner = createExaminer(
      { ...config, cloudApi },
      {
        database: world.database,
        broker: () => Promise.resolve(null),
        webhookUrl: null,
        sendMessage: null,
        metrics: null,
      },
    )
    const { checks } = await examiner({ sendTest: null, tenantId })
    return checks.find((check) => check.name === name)
  }

  it('names to a key of one tenant no supplier of another', async () => {
    await world.database.query(
      `insert into suppliers (id, tenant_id, supplier_id, name, phones)
       values (gen_random_uuid(), $1, 's-wrong', 'Harinas', '{612345678}') returning id`,
      [TENANT],
    )
    const asked = (tenantId: string | null) => examine('supplier_phones', { tenantId })
    expect(await asked('55555555-5555-4555-8555-555555555555')).toMatchObject({ result: 'ok' })
    for (const tenantId of [TENANT, null]) {
      expect(await asked(tenantId)).toMatchObject({ result: 'failed' })
    }
  })

  it('is content with either app secret while they are being rotated, and not with none', async () => {
    const [right = ''] = testConfig(world.emulator.url).cloudApi.appSecrets
    const wrong = 'another-app-secret-0123456789'
    for (const appSecrets of [
      [wrong, right],
      [right, wrong],
    ]) {
      expect(await examine('app_secret', { appSecrets })).toMatchObject({ result: 'ok' })
      expect(await examine('token', { appSecrets })).toMatchObject({ result: 'ok' })
    }
    expect(await examine('app_secret', { appSecrets: [wrong, wrong] })).toMatchObject({
      result: 'failed',
    })
  })
})
