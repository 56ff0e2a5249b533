import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODE_TEMPLATE } from '../support/authentication-template.ts'
import { callApi } from '../support/call-api.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const SOON = { timeout: 30_000 }
const TEMPLATES = '/api/v1/whatsapp/templates'
const MESSAGES = '/api/v1/whatsapp/messages'
const code = [{ type: 'text', text: '031415' }]

describe('a template of one-time codes, whose texts Meta writes', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
  })
  afterAll(() => world.close())

  const send = (template: object) =>
    callApi(world.app.url, MESSAGES, {
      body: {
        to: '+34612345678',
        type: 'template',
        template: { name: 'login_code', language: 'en_US', ...template },
      },
    })
  const components = [
    { type: 'body', parameters: code },
    { type: 'button', sub_type: 'url', index: '0', parameters: code },
  ]

  it('is submitted, asks for its code from the first moment, and is sent and read', async () => {
    const made = await callApi(world.app.url, TEMPLATES, { body: CODE_TEMPLATE })
    expect(made).toMatchObject({ status: 201, body: { findings: [], parameter_count: 1 } })
    // In another language it has the same variables, before Meta's list was read and after.
    const other = { ...CODE_TEMPLATE, language: 'es' }
    expect(await lint(other)).toEqual([])

    const without = await send({ parameters: ['031415'] })
    expect(without).toMatchObject({ status: 422, body: { code: 'template_parameters' } })
    const id = String(made.body['id'])
    await expect
      .poll(async () => (await callApi(world.app.url, `${TEMPLATES}/${id}`)).body['status'], SOON)
      .toBe('APPROVED')
    const first = await send({ components })
    expect(first).toMatchObject({ status: 202 })
    await world.until(String(first.body['id']), 'read')

    await callApi(world.app.url, `${TEMPLATES}/sync`, { body: {} })
    const listed = (await callApi(world.app.url, `${TEMPLATES}/${id}`)).body
    expect(listed).toMatchObject({
      body_text: expect.stringContaining('{{1}}'),
      parameter_count: 1,
    })
    expect(await lint(other)).toEqual([])
    const second = await send({ components })
    await world.until(String(second.body['id']), 'read')
  })

  const lint = async (draft: object) =>
    (await callApi(world.app.url, `${TEMPLATES}/lint`, { body: draft })).body['findings']
})
