import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import type { Database } from '../../src/db/database.ts'
import { openPgliteInMemory } from '../../src/db/pglite.ts'
import { createExaminer } from '../../src/examine.ts'
import { shippedTemplates } from '../../src/template/shipped-templates.ts'
import { callApi } from '../support/call-api.ts'
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
    {
      tenantId = null,
      appSecrets,
      database = world.database,
    }: { tenantId?: string | null; appSecrets?: string[]; database?: Database },
  ): Promise<Check | undefined> => {
    const config = testConfig(world.emulator.url)
    const cloudApi = { ...config.cloudApi, ...(appSecrets !== undefined && { appSecrets }) }
    const examiner = createExaminer(
      { ...config, cloudApi },
      {
        database,
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
  describe('looking at the template of orders', () => {
    const TEMPLATES = '/api/v1/whatsapp/templates'
    const change = (which: { name: string; language?: string }, status: string) =>
      world.emulator.control.changeTemplate(which, { status })

    it('is content with any region of the language', async () => {
      await change({ name: 'po_notification', language: 'en' }, 'DELETED')
      expect(await examine('templates', {})).toMatchObject({
        result: 'ok',
        detail: 'po_notification is approved in en_US (for en)',
      })
      await change({ name: 'po_notification', language: 'en_US' }, 'PAUSED')
      expect(await examine('templates', {})).toMatchObject({
        result: 'failed',
        detail: 'po_notification is not approved in en_US (PAUSED; for en)',
      })
      await change({ name: 'po_notification' }, 'APPROVED')
    })

    it('looks at po_notification where nothing is migrated, and says why', async () => {
      const database = await openPgliteInMemory()
      onTestFinished(() => database.close())
      expect(await examine('templates', { database })).toMatchObject({
        result: 'ok',
        detail:
          'po_notification is approved in en; which template orders use is known once the database is migrated',
      })
    })

    it('looks at the one that was chosen, whatever its name', async () => {
      const draft = shippedTemplates('po_notification_reply')?.find(
        ({ language }) => language === 'en',
      )
      const made = await callApi(world.app.url, TEMPLATES, { body: { ...draft, name: 'po_reply' } })
      expect(made.status).toBe(201)
      await change({ name: 'po_reply' }, 'APPROVED')
      const { body } = await callApi(world.app.url, `${TEMPLATES}?name=po_notification`)
      const [first] = body['data'] as { id: string }[]
      await callApi(world.app.url, `${TEMPLATES}/${first?.id ?? ''}`, {
        method: 'PATCH',
        body: { template_key: null },
      })
      expect(await examine('templates', {})).toMatchObject({
        result: 'ok',
        detail: 'po_reply is approved in en',
      })
      await change({ name: 'po_reply' }, 'PAUSED')
      expect(await examine('templates', {})).toMatchObject({
        result: 'failed',
        detail: 'po_reply is not approved in en (PAUSED)',
        remedy: expect.stringMatching(/^npx aviso templates events/),
      })
      await change({ name: 'po_reply' }, 'DELETED')
    })
  })
})
