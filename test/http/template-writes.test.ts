import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callApi, createKey } from '../support/call-api.ts'
import type { ApiCall } from '../support/call-api.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const PATH = '/api/v1/whatsapp/templates'

type Json = Record<string, unknown>

function draft(more: Json = {}): Json {
  return {
    name: 'po_ready',
    language: 'es',
    category: 'UTILITY',
    components: [
      {
        type: 'BODY',
        text: 'Hola, {{1}}: su pedido {{2}} de {{3}} ya está listo.',
        example: { body_text: [['Harinas del Sur', 'PO-1', '1.234,50 €']] },
      },
    ],
    ...more,
  }
}

describe('changing templates over HTTP', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated(), { emulator: { reviewMs: 30 } })
  })
  afterAll(() => world.close())

  const call = (path: string, more: ApiCall = {}) => callApi(world.app.url, path, more)
  const create = (body: Json, more: ApiCall = {}) => call(PATH, { body, ...more })
  const one = async (query: string) =>
    ((await call(`${PATH}?${query}`)).body['data'] as Json[])[0] ?? {}
  const statusOf = async (id: unknown) => (await call(`${PATH}/${String(id)}`)).body['status']
  const atMeta = () => world.emulator.control.accepted().length
  const approved = (id: unknown) => expect.poll(() => statusOf(id)).toBe('APPROVED')

  it('submits one, and has it approved a moment later', async () => {
    world.emulator.control.scriptReview({ delayMs: 200 })
    const made = await create(draft({ template_key: 'po_ready' }))
    expect(made).toMatchObject({
      status: 201,
      body: {
        template_name: 'po_ready',
        template_key: 'po_ready',
        language: 'es',
        status: 'PENDING',
        category: 'UTILITY',
        parameter_count: 3,
        is_active: true,
        meta_id: expect.stringMatching(/^\d+$/),
        findings: [],
      },
    })
    expect(made.headers.get('location')).toBe(`${PATH}/${String(made.body['id'])}`)
    await approved(made.body['id'])
  })

  it('asks Meta nothing where the linter finds an error, and names each', async () => {
    const before = await call(`${PATH}/sync`, { method: 'POST' })
    const bad = draft({
      name: 'PO',
      components: [{ type: 'BODY', text: '{{1}} listo' }],
      template_key: 7,
    })
    expect(await create(bad)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field: 'template_key' }] },
    })
    expect(await create({ ...bad, template_key: 'po_approved' })).toMatchObject({
      status: 422,
      body: {
        code: 'validation_failed',
        errors: expect.arrayContaining([
          expect.objectContaining({ field: 'name', code: 'name_format' }),
          expect.objectContaining({ field: 'components[0].text', code: 'variable_at_edge' }),
          expect.objectContaining({ field: 'components', code: 'order_parameters' }),
        ]),
      },
    })
    expect(await create(draft({ name: 'po\u0000' }))).toMatchObject({ status: 422 })
    const after = await call(`${PATH}/sync`, { method: 'POST' })
    expect(after.body['templates']).toBe(before.body['templates'])
    expect(atMeta()).toBe(0)
  })

  it("explains Meta's refusal in Meta's words, with what to do", async () => {
    expect(await create(draft({ name: 'po_notification' }))).toMatchObject({
      status: 422,
      body: {
        code: 'validation_failed',
        detail: expect.stringMatching(/2388024.*already exists/),
        errors: [
          {
            field: 'name',
            code: '2388024',
            detail: 'content in this language already exists',
            remedy: expect.stringContaining('edit'),
          },
        ],
      },
    })
    world.emulator.control.expireToken()
    expect(await create(draft({ name: 'po_other' }))).toMatchObject({
      status: 503,
      body: { code: 'unavailable', detail: expect.stringMatching(/190.*token/) },
    })
    world.emulator.control.replaceToken('test-access-token')
  })

  it('leaves a template of orders unused that Meta takes for marketing', async () => {
    world.emulator.control.scriptReview({ category: 'MARKETING' })
    const made = await create(draft({ name: 'po_dear', template_key: 'po_approved' }))
    expect(made).toMatchObject({ status: 201, body: { category: 'MARKETING', is_active: false } })
    await approved(made.body['id'])
  })

  it('edits a template as a whole, once a day while it is approved', async () => {
    const { id } = await one('name=po_ready')
    const components = (text: string) => [
      { type: 'BODY', text, example: { body_text: [['a', 'b', 'c']] } },
    ]
    const edit = (body: Json, method = 'PATCH') => call(`${PATH}/${String(id)}`, { method, body })
    const text = 'Hola, {{1}}: el pedido {{2}} de {{3}} está preparado para usted.'
    expect(await edit({ components: components('{{1}} {{2}}') })).toMatchObject({ status: 422 })
    expect(await edit({ category: 'MARKETING' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'category', code: 'unsupported_value' }] },
    })
    expect(await edit({})).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'required', remedy: expect.stringContaining('components') }] },
    })
    expect(await edit({ name: 'po_renamed', colour: 1 })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'name' }, { field: 'colour', code: 'unknown_field' }] },
    })
    // until the test says so
    world.emulator.control.scriptReview({ delayMs: 3_600_000 })
    expect(await edit({ components: components(text) })).toMatchObject({
      status: 200,
      body: { id, body_text: text, status: 'PENDING' },
    })
    expect(await edit({ components: components(text) })).toMatchObject({
      status: 409,
      body: { code: 'invalid_state', detail: expect.stringContaining('PENDING') },
    })
    await world.emulator.control.changeTemplate({ name: 'po_ready' }, { status: 'APPROVED' })
    await approved(id)
    const again = await edit({ ...draft(), components: components(text) }, 'PUT')
    expect(again).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(86_000)
    expect(await edit({ template_key: null, is_active: false })).toMatchObject({
      status: 200,
      body: { template_key: null, is_active: false, status: 'APPROVED' },
    })
  })

  it('says what follows from a deletion, and then deletes', async () => {
    const row = await one('name=po_notification&language=de')
    const path = `${PATH}/${String(row['id'])}`
    const asked = await call(`${path}?dry_run=true`, { method: 'DELETE' })
    expect(asked).toMatchObject({
      status: 200,
      body: {
        deleted: false,
        template_name: 'po_notification',
        languages: ['de'],
        consequences: [
          { code: 'name_rests', detail: expect.stringContaining('30 days') },
          { code: 'under_way' },
          {
            code: 'orders_change',
            detail: expect.stringMatching(/de go with po_notification in en /),
          },
        ],
      },
    })
    expect(await statusOf(row['id'])).toBe('APPROVED')
    expect(await call(path, { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: { ...asked.body, deleted: true },
    })
    expect(await statusOf(row['id'])).toBe('DELETED')
    expect(await one('name=po_notification&language=de')).toEqual({})
    const synced = (await call(`${PATH}/sync`, { method: 'POST' })).body['changes'] as Json[]
    expect(synced.filter(({ language }) => language === 'de')).toEqual([])
    expect(await call(path, { method: 'DELETE' })).toMatchObject({ status: 409 })
  })

  it('deletes all languages of a name, and says that no order can go then', async () => {
    const { id } = await one('name=po_notification&language=es')
    const path = `${PATH}/${String(id)}?all_languages=true`
    const { body } = await call(`${path}&dry_run=true`, { method: 'DELETE' })
    expect(body['languages']).toHaveLength(8)
    expect(body['consequences']).toContainEqual({
      code: 'orders_held',
      detail: expect.stringContaining('es will be held'),
    })
    expect(await call(`${PATH}/${String(id)}?all=1`, { method: 'DELETE' })).toMatchObject({
      status: 400,
    })
  })

  it('takes the sample of a header, whose handle goes into the draft', async () => {
    const sample = await call(`${PATH}/samples`, {
      body: new Uint8Array(200_000).fill(37),
      type: 'application/pdf',
    })
    expect(sample).toMatchObject({
      status: 201,
      body: { handle: expect.stringMatching(/^4::/), mime_type: 'application/pdf' },
    })
    const header = {
      type: 'HEADER',
      format: 'DOCUMENT',
      example: { header_handle: [sample.body['handle']] },
    }
    const components = [header, ...(draft()['components'] as Json[])]
    expect(await create(draft({ name: 'po_with_file', components }))).toMatchObject({ status: 201 })
    expect(
      await call(`${PATH}/samples`, { body: new Uint8Array(5), type: 'text/plain' }),
    ).toMatchObject({ status: 415 })
  })

  it('is for operators of the tenant whose account it is', async () => {
    const { url } = world.app
    const { id } = await one('name=po_ready')
    const path = `${PATH}/${String(id)}`
    const keys = [
      await createKey(url, 'viewer'),
      await createKey(url, 'operator', '11111111-1111-4111-8111-111111111111'),
    ]
    for (const key of keys) {
      expect(await create(draft(), { key })).toMatchObject({ status: 403 })
      expect(await call(path, { method: 'PATCH', body: {}, key })).toMatchObject({ status: 403 })
      expect(await call(path, { method: 'DELETE', key })).toMatchObject({ status: 403 })
      const body = new Uint8Array(5)
      expect(await call(`${PATH}/samples`, { body, type: 'image/png', key })).toMatchObject({
        status: 403,
      })
    }
    const missing = `${PATH}/01930000-0000-7000-8000-000000000000`
    expect(await call(missing, { method: 'PATCH', body: {} })).toMatchObject({ status: 404 })
    expect(await call(missing, { method: 'DELETE' })).toMatchObject({ status: 404 })
  })
})
