import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { createTemplate } from '../../src/template/create-template.ts'
import { editTemplate } from '../../src/template/edit-template.ts'
import type { TemplateWriter, WriteOutcome } from '../../src/template/manage-templates.ts'
import type { ListedTemplate } from '../../src/template/merge-templates.ts'
import { shippedTemplates } from '../../src/template/shipped-templates.ts'
import { listTemplateEvents } from '../../src/template/template-event-store.ts'
import { listAllTemplates } from '../../src/template/template-store.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'

const ACCOUNT = '102290129340398'
const LOST: WriteOutcome = { kind: 'unknown', reason: 'no answer within 10 s' }

describeEachMigratedDatabase('a template that is submitted', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const optionsWith = (writer: Partial<TemplateWriter>) => ({
    database,
    businessAccountId: ACCOUNT,
    tenantId: TENANT,
    createId,
    logger: createLogger('silent'),
    onChange: () => undefined,
    writer: {
      create: () => Promise.resolve(LOST),
      edit: () => Promise.resolve(LOST),
      remove: () => Promise.resolve(LOST),
      find: () => Promise.resolve(undefined),
      upload: null,
      ...writer,
    },
  })
  const draft = (name: string, language = 'es') => ({
    ...shippedTemplates('po_notification')?.find((one) => one.language === language),
    name,
  })
  const created: TemplateWriter['create'] = () =>
    Promise.resolve({ kind: 'ok', value: { id: '9', status: 'PENDING', category: 'UTILITY' } })
  const rowOf = async (name: string, language = 'es') =>
    (await listAllTemplates(database, ACCOUNT)).find(
      (one) => one.template_name === name && one.language === language,
    )

  it('is found in the list where the answer was lost, or else may be there', async () => {
    const listed: ListedTemplate = {
      id: '77',
      name: 'po_lost',
      language: 'es',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Pedido {{1}} {{2}} {{3}} listo' }],
    }
    const found = optionsWith({ find: () => Promise.resolve(listed) })
    expect(await createTemplate(found, draft('po_lost'), 'ana')).toMatchObject({
      kind: 'created',
      template: { meta_id: '77', status: 'APPROVED' },
    })
    expect(await createTemplate(optionsWith({}), draft('po_gone'), 'ana')).toEqual({
      kind: 'unreachable',
      reason: 'no answer within 10 s',
      mayBeDone: true,
    })
    expect(await rowOf('po_gone')).toBeUndefined()
  })

  it('sends Meta the create body without what is ours, and remembers who submitted it', async () => {
    const bodies: unknown[] = []
    const options = optionsWith({
      create: (body) => {
        bodies.push(body)
        return created(body)
      },
    })
    await createTemplate(options, draft('po_first'), 'ana')
    expect(bodies).toEqual([expect.not.objectContaining({ template_key: expect.anything() })])
    const which = { businessAccountId: ACCOUNT, template_name: 'po_first', language: 'es' }
    expect(await listTemplateEvents(database, which, null, 10)).toMatchObject([
      { kind: 'created', actor: 'ana', detail: { status: 'PENDING' } },
    ])
  })

  it('goes before the former choice of its key; one more language of that does not', async () => {
    const options = optionsWith({ create: created })
    await createTemplate(options, draft('po_old'), 'ana')
    await createTemplate(options, draft('po_new'), 'ana')
    const chosenAt = (await rowOf('po_old'))?.keyed_at
    await createTemplate(options, draft('po_old', 'de'), 'ana')
    expect((await rowOf('po_old'))?.keyed_at).toEqual(chosenAt)
    expect((await rowOf('po_old', 'de'))?.template_key).toBe('po_approved')
    const row = await rowOf('po_old')
    if (row === undefined) throw new Error('not there')
    await editTemplate(options, row, { template_key: 'po_approved' }, 'ana')
    const [old, next] = [await rowOf('po_old'), await rowOf('po_new')]
    expect(old?.keyed_at?.getTime()).toBeGreaterThan(next?.keyed_at?.getTime() ?? Infinity)
  })

  it('may be chosen or left unused whatever the linter thinks of what Meta has approved', async () => {
    const asked: unknown[] = []
    const options = optionsWith({
      create: created,
      edit: (_id, body) => {
        asked.push(body)
        return Promise.resolve(LOST)
      },
    })
    await createTemplate(options, draft('po_edge'), 'ana')
    const storeBody = (text: string) =>
      database.query(
        `update whatsapp_templates set status = 'APPROVED', template_key = null,
           components = jsonb_build_array(
             jsonb_build_object('type', 'HEADER', 'format', 'TEXT', 'text', 'Pedido'),
             jsonb_build_object('type', 'BODY', 'text', $1::text))
         where template_name = 'po_edge' returning 1`,
        [text],
      )
    const edit = async (body: Record<string, unknown>) => {
      const row = await rowOf('po_edge')
      if (row === undefined) throw new Error('not there')
      return editTemplate(options, row, body, 'ana')
    }
    await storeBody('{{1}}: su pedido {{2}}, {{3}}')
    for (const own of [{ is_active: false }, { template_key: 'po_approved', is_active: true }]) {
      expect(await edit(own)).toMatchObject({ kind: 'edited', template: own, findings: [] })
    }
    expect(await edit({ components: (await rowOf('po_edge'))?.components })).toMatchObject({
      kind: 'invalid',
      errors: expect.arrayContaining([expect.objectContaining({ code: 'variable_at_edge' })]),
    })
    await storeBody('{{1}} pidió algo')
    expect(await edit({ template_key: 'po_approved' })).toMatchObject({
      kind: 'invalid',
      errors: [{ code: 'order_parameters' }],
    })
    expect(await edit({ template_key: 'po_other' })).toMatchObject({ kind: 'edited' })
    expect(asked).toEqual([])
  })

  it('is in review after an edit whose result cannot be read', async () => {
    const options = optionsWith({
      create: created,
      edit: () => Promise.resolve({ kind: 'ok', value: { success: true } }),
    })
    await createTemplate(options, draft('po_edited'), 'ana')
    await database.query(
      `update whatsapp_templates set status = 'REJECTED' where template_name = 'po_edited' returning 1`,
      [],
    )
    const row = await rowOf('po_edited')
    if (row === undefined) throw new Error('not there')
    const { components } = draft('po_edited', 'en')
    const edited = await editTemplate(options, row, { components }, 'ana')
    expect(edited).toMatchObject({
      kind: 'edited',
      template: { status: 'PENDING', body_text: expect.stringContaining('Hello') },
    })
    const lost = { ...row, status: 'REJECTED' }
    expect(await editTemplate(optionsWith({}), lost, { components }, 'ana')).toMatchObject({
      kind: 'unreachable',
      mayBeDone: true,
    })
  })
})

describe('what is asked of Meta', () => {
  it('is nothing where the key is no key', async () => {
    const options = { writer: { create: () => Promise.reject(new Error('asked')) } }
    const outcome = await createTemplate(
      options as never,
      { ...shippedTemplates('po_notification')?.[0], template_key: 'a b' },
      'ana',
    )
    expect(outcome).toMatchObject({ kind: 'invalid', errors: [{ field: 'template_key' }] })
  })
})
