import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callApi, createKey as newKey } from '../support/call-api.ts'
import type { ApiCall } from '../support/call-api.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { CREDENTIALS } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const PATH = '/api/v1/whatsapp/templates'

interface Template {
  id: string
  template_name: string
  language: string
  [field: string]: unknown
}

describe('templates over HTTP', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
  })
  afterAll(() => world.close())

  const call = (path: string, more: ApiCall = {}) => callApi(world.app.url, path, more)
  const list = async (query: string) => (await call(`${PATH}?${query}`)).body['data'] as Template[]
  const createKey = (role: string, tenantId?: string) => newKey(world.app.url, role, tenantId)

  it('are listed, newest first, in pages, each once', async () => {
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const page = (await call(`${PATH}?limit=4${query}`)).body
      seen.push(...(page['data'] as Template[]).map(({ id }) => id))
      cursor = page['next_cursor'] as string | null
    } while (cursor !== null)
    const all = await list('limit=200')
    expect(seen).toEqual(all.map(({ id }) => id))
    expect(seen).toEqual([...new Set(seen)].sort().reverse())
    expect(seen).toHaveLength(10)
  })

  it('are found by every filter', async () => {
    const named = async (query: string) =>
      (await list(query)).map((one) => `${one.template_name}/${one.language}`).sort()
    expect(await named('name=hello_world')).toEqual(['hello_world/en_US'])
    expect(await named('language=en-US')).toEqual(['hello_world/en_US', 'po_notification/en_US'])
    expect(await named('name=po_notification&language=es')).toEqual(['po_notification/es'])
    expect(await named('status=approved')).toHaveLength(10)
    expect(await named('status=DELETED')).toEqual([])
    expect(await named('category=utility')).toHaveLength(10)
    expect(await named('category=MARKETING')).toEqual([])
    expect(await named('template_key=po_approved')).toHaveLength(9)
  })

  it('are shown whole, with absent values as null', async () => {
    const [found] = await list('name=po_notification&language=es')
    const { status, body } = await call(`${PATH}/${found?.id ?? ''}`)
    expect(status).toBe(200)
    expect(body).toEqual(found)
    expect(body).toEqual({
      id: found?.id,
      template_name: 'po_notification',
      template_key: 'po_approved',
      category: 'UTILITY',
      language: 'es',
      status: 'APPROVED',
      body_text: expect.stringContaining('{{2}}'),
      parameter_count: 3,
      parameter_format: 'POSITIONAL',
      sent_count: expect.any(Number),
      is_active: true,
      meta_id: expect.stringMatching(/^\d{17}$/),
      quality: 'UNKNOWN',
      components: [expect.objectContaining({ type: 'BODY' })],
      rejected_reason: null,
      previous_category: null,
      correct_category: null,
      synced_at: expect.stringMatching(/Z$/),
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    })
  })

  it("says what a read of Meta's list has changed", async () => {
    expect(await call(`${PATH}/sync`, { method: 'POST' })).toMatchObject({
      status: 200,
      body: { templates: 10, created: 0, deleted: 0, changes: [] },
    })
    world.emulator.control.setWebhooks({ paused: true })
    const which = { name: 'po_notification', language: 'fr' }
    const changed = world.emulator.control.changeTemplate(which, { status: 'PAUSED' })
    const { body } = await call(`${PATH}/sync`, { method: 'POST' })
    expect(body['changes']).toEqual([
      {
        template_name: 'po_notification',
        language: 'fr',
        template_key: 'po_approved',
        status: { from: 'APPROVED', to: 'PAUSED' },
        category: { from: 'UTILITY', to: 'UTILITY' },
        correct_category: null,
        quality: 'UNKNOWN',
        previous_quality: 'UNKNOWN',
        rejected_reason: null,
      },
    ])
    expect(await list('status=PAUSED')).toHaveLength(1)
    world.emulator.control.setWebhooks({ paused: false })
    await changed
  })

  it("says why Meta's list could not be read", async () => {
    world.emulator.control.expireToken()
    expect(await call(`${PATH}/sync`, { method: 'POST' })).toMatchObject({
      status: 503,
      body: { code: 'unavailable', detail: expect.stringMatching(/190.*token/) },
    })
    world.emulator.control.replaceToken(CREDENTIALS.accessToken)
    expect(await call(`${PATH}/sync`, { method: 'POST' })).toMatchObject({ status: 200 })
  })

  it('are checked before anybody submits them, beside those that are there', async () => {
    const body = (await list('name=po_notification&language=es'))[0]
    const { status, body: answer } = await call(`${PATH}/lint`, {
      method: 'POST',
      key: await createKey('viewer'),
      body: {
        name: 'PO',
        language: 'es',
        category: 'UTILITY',
        components: body?.['components'],
      },
    })
    expect(status).toBe(200)
    expect(answer).toEqual({
      findings: [
        {
          rule: 'name_format',
          severity: 'error',
          path: 'name',
          detail: expect.any(String),
          remedy: 'Call it po.',
        },
        expect.objectContaining({ rule: 'wording_taken', severity: 'warning' }),
      ],
    })
    expect(await call(`${PATH}/lint`, { method: 'POST', body: [] })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    })
  })

  it('need a role that may, and belong to the tenant of the account', async () => {
    const viewer = await createKey('viewer')
    expect(await call(PATH, { key: viewer })).toMatchObject({ status: 200 })
    expect(await call(`${PATH}/sync`, { method: 'POST', key: viewer })).toMatchObject({
      status: 403,
    })
    expect(await call(PATH, { key: await createKey('ingest') })).toMatchObject({ status: 403 })
    expect(await call(PATH, { key: 'aviso_wrong_wrong' })).toMatchObject({ status: 401 })
    // it sends with them, so it sees them
    const guest = await createKey('operator', '11111111-1111-4111-8111-111111111111')
    expect((await call(PATH, { key: guest })).body['data']).toHaveLength(10)
    expect(await call(`${PATH}/sync`, { method: 'POST', key: guest })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    })
    const owner = await createKey('operator', '00000000-0000-0000-0000-000000000000')
    expect(await call(`${PATH}/sync`, { method: 'POST', key: owner })).toMatchObject({
      status: 200,
    })
  })

  it.each(['limit=0', 'limit=201', 'what=1', 'name=%00'])('refuse the query %s', async (query) => {
    expect(await call(`${PATH}?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_query' },
    })
  })

  it('are not found by what is no id of one', async () => {
    for (const id of ['x', '01930000-0000-7000-8000-000000000000']) {
      expect(await call(`${PATH}/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      })
    }
    expect(await call(`${PATH}?cursor=abc`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_cursor' },
    })
  })
})
