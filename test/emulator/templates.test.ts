import { describe, expect, it } from 'vitest'
import { PRELOADED_TEMPLATES } from '../../src/emulator/preloaded-templates.ts'
import { checkDraft } from '../../src/emulator/template-rules.ts'
import { createSendPlan } from '../../src/emulator/template.ts'
import { errorOf, graph, message, send, setup, SUPPLIER, template, WABA_ID } from './setup.ts'
import type { Answer, Bench, Json } from './setup.ts'

const LIST = `${WABA_ID}/message_templates`

function rows(answer: Answer): Json[] {
  return answer.json['data'] as Json[]
}

function nextOf(answer: Answer): string | undefined {
  return (answer.json['paging'] as { next?: string } | undefined)?.next
}

const BODY = {
  type: 'BODY',
  text: 'El pedido {{1}} está listo.',
  example: { body_text: [['PO-1']] },
}

function draft(more: Json = {}): Json {
  return { name: 'po_ready', language: 'es', category: 'UTILITY', components: [BODY], ...more }
}

function create(bench: Bench, more: Json = {}): Promise<Answer> {
  return graph(bench.emulator, LIST, { method: 'POST', body: draft(more) })
}

describe('the templates an emulator starts with', () => {
  it('are po_notification in nine languages and hello_world, approved', async () => {
    await using bench = await setup()
    const all = rows(await graph(bench.emulator, `${LIST}?limit=100`))
    const named = all.filter((row) => row['name'] === 'po_notification')
    expect(named.map((row) => row['language']).sort()).toEqual(
      ['ca', 'de', 'en', 'en_US', 'es', 'fr', 'it', 'pt_BR', 'pt_PT'].sort(),
    )
    expect(all).toHaveLength(10)
    for (const row of all) expect(row).toMatchObject({ status: 'APPROVED', category: 'UTILITY' })
  })

  it.each(PRELOADED_TEMPLATES)('keep the rules of creation: $name $language', (given) => {
    const check = checkDraft({ components: given.components })
    expect(check).not.toHaveProperty('refusal')
    const { body } = createSendPlan(given.components)
    expect(body.variables).toEqual(given.name === 'po_notification' ? ['1', '2', '3'] : [])
  })

  it('have the same ids in every run', async () => {
    const ids = async (seed: number): Promise<unknown[]> => {
      await using bench = await setup({ seed })
      return rows(await graph(bench.emulator, LIST)).map((row) => row['id'])
    }
    expect(await ids(1)).toEqual(await ids(2))
  })
})

describe('the list', () => {
  it('is walked with limit and next to its end', async () => {
    await using bench = await setup()
    const seen: unknown[] = []
    let path: string | undefined = `${LIST}?limit=4&fields=name,language`
    let pages = 0
    while (path !== undefined) {
      const answer: Answer = await graph(bench.emulator, path)
      seen.push(...rows(answer).map((row) => `${String(row['name'])} ${String(row['language'])}`))
      path = nextOf(answer)?.replace(/^.*\/v25\.0\//, '')
      pages += 1
    }
    expect([pages, new Set(seen).size, seen.length]).toEqual([3, 10, 10])
  })

  it('goes back with before', async () => {
    await using bench = await setup()
    const first = await graph(bench.emulator, `${LIST}?limit=2`)
    const paging = first.json['paging'] as { cursors: { after: string } }
    const second = await graph(bench.emulator, `${LIST}?limit=2&after=${paging.cursors.after}`)
    const { cursors } = second.json['paging'] as { cursors: { before: string } }
    const back = await graph(bench.emulator, `${LIST}?limit=2&before=${cursors.before}`)
    expect(rows(back)).toEqual(rows(first))
  })

  it('shows only the fields asked for, and the id', async () => {
    await using bench = await setup()
    const answer = await graph(bench.emulator, `${LIST}?limit=1&fields=name,quality_score{score}`)
    expect(Object.keys(rows(answer)[0] ?? {}).sort()).toEqual(['id', 'name', 'quality_score'])
  })

  it('refuses a field it does not have', async () => {
    await using bench = await setup()
    expect(errorOf(await graph(bench.emulator, `${LIST}?fields=colour`)).code).toBe(100)
  })

  it('is filtered by name, status and language', async () => {
    await using bench = await setup()
    const count = async (query: string): Promise<number> =>
      rows(await graph(bench.emulator, `${LIST}?limit=100&${query}`)).length
    expect(await count('name=po_notification')).toBe(9)
    expect(await count('name=po_notification&language=es')).toBe(1)
    expect(await count('status=PAUSED')).toBe(0)
    expect(await count(`status=${encodeURIComponent('["APPROVED"]')}`)).toBe(10)
  })

  it.each([
    ['v25.0', 131059],
    ['v23.0', 100],
  ])('refuses a cursor that has expired: %s says %i', async (version, code) => {
    await using bench = await setup()
    const first = await graph(bench.emulator, `${LIST}?limit=1`)
    bench.emulator.control.expireCursors()
    const path = nextOf(first)?.replace(/^.*\/v25\.0\//, '') ?? ''
    expect(errorOf(await graph(bench.emulator, path, { version })).code).toBe(code)
  })
})

describe('creation', () => {
  it('goes into review and is approved a moment later, by webhook', async () => {
    await using bench = await setup({ reviewMs: 60 })
    const created = await create(bench)
    expect(created.json).toMatchObject({ status: 'PENDING', category: 'UTILITY' })
    const use = message(SUPPLIER, { template: template(['PO-1'], { name: 'po_ready' }) })
    expect(errorOf(await send(bench.emulator, use)).code).toBe(132001)
    await bench.emulator.control.settled()
    expect(bench.hook.received[0]?.body.entry[0]).toMatchObject({
      time: expect.any(Number) as number,
      changes: [
        {
          field: 'message_template_status_update',
          value: { event: 'APPROVED', message_template_name: 'po_ready', reason: 'NONE' },
        },
      ],
    })
    expect((await send(bench.emulator, use)).status).toBe(200)
  })

  const body = (text: string, values = ['a']): Json => ({
    components: [{ type: 'BODY', text, example: { body_text: [values] } }],
  })
  const withPart = (part: Json): Json => ({ components: [BODY, part] })
  const quick = (text: string): Json => ({ type: 'QUICK_REPLY', text })
  const url = (address: string, more: Json = {}): Json => ({
    type: 'URL',
    text: 'Ver',
    url: address,
    ...more,
  })

  it.each<[string, Json, number | undefined]>([
    ['a name in capitals', { name: 'PO_READY' }, undefined],
    ['a name of 513 characters', { name: 'x'.repeat(513) }, undefined],
    ['an unknown category', { category: 'TRANSACTIONAL' }, undefined],
    ['a language that is no code', { language: 'Spanish' }, undefined],
    ['a language that has regions only', { language: 'pt' }, undefined],
    ['a name and language that exist', { name: 'po_notification' }, 2388024],
    ['no body', { components: [{ type: 'FOOTER', text: 'x' }] }, undefined],
    ['a body of 1,025 characters', body('x'.repeat(1025)), 2388040],
    ['a variable at the start', body('{{1}} está listo para usted.'), 2388299],
    ['a variable at the end', body('Su pedido listo es {{1}}'), 2388299],
    [
      'two variables side by side',
      body('El pedido {{1}}{{2}} está listo para usted.', ['a', 'b']),
      2388072,
    ],
    [
      'variables that skip a number',
      body('El pedido {{1}} de {{3}} está listo.', ['a', 'b']),
      2388072,
    ],
    ['a variable with a sign in it', body('El pedido {{#a}} está listo.'), 2388072],
    [
      'too many variables for the words',
      body('A {{1}} b {{2}} c {{3}} d.', ['a', 'b', 'c']),
      2388293,
    ],
    [
      'a variable without example',
      { components: [{ type: 'BODY', text: 'El pedido {{1}} está listo.' }] },
      2388072,
    ],
    ['a footer of 61 characters', withPart({ type: 'FOOTER', text: 'x'.repeat(61) }), 2388040],
    ['a footer with a variable', withPart({ type: 'FOOTER', text: 'De {{1}} aquí' }), 2388073],
    [
      'a header of 61 characters',
      withPart({ type: 'HEADER', format: 'TEXT', text: 'x'.repeat(61) }),
      2388040,
    ],
    ['a document header without handle', withPart({ type: 'HEADER', format: 'DOCUMENT' }), 2388047],
    [
      'a button of 26 characters',
      withPart({ type: 'BUTTONS', buttons: [quick('x'.repeat(26))] }),
      2388040,
    ],
    [
      'eleven buttons',
      withPart({ type: 'BUTTONS', buttons: Array.from({ length: 11 }, () => quick('a')) }),
      undefined,
    ],
    [
      'quick replies that stand apart',
      withPart({ type: 'BUTTONS', buttons: [quick('a'), url('https://a.example'), quick('b')] }),
      undefined,
    ],
    [
      'a variable inside a URL',
      withPart({
        type: 'BUTTONS',
        buttons: [url('https://a.example/{{1}}/x', { example: ['x'] })],
      }),
      undefined,
    ],
    [
      'a link to wa.me',
      withPart({ type: 'BUTTONS', buttons: [url('https://wa.me/34600')] }),
      undefined,
    ],
  ])('is refused for %s', async (_what, more, subcode) => {
    await using bench = await setup()
    const answer = await create(bench, more)
    expect([answer.status, errorOf(answer).code]).toEqual([400, 100])
    if (subcode !== undefined) expect(errorOf(answer)['error_subcode']).toBe(subcode)
  })

  it('takes buttons without a quick reply among them, and a text without variables', async () => {
    await using bench = await setup()
    const components = [
      { type: 'BODY', text: '¡!' },
      { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Ver', url: 'https://a.example' }] },
    ]
    expect((await create(bench, { components })).status).toBe(200)
  })
})

describe('named parameters', () => {
  const named = {
    parameter_format: 'NAMED',
    components: [
      {
        type: 'BODY',
        text: 'Pedido {{po_number}} de {{supplier}} listo para usted.',
        example: {
          body_text_named_params: [
            { param_name: 'po_number', example: 'PO-1' },
            { param_name: 'supplier', example: 'Harinas' },
          ],
        },
      },
    ],
  }
  const use = (...parameters: Json[]): Json =>
    message(SUPPLIER, {
      template: template([], { name: 'po_ready', components: [{ type: 'body', parameters }] }),
    })

  it('may come in any order, each once and by its name', async () => {
    await using bench = await setup()
    expect((await create(bench, named)).status).toBe(200)
    await bench.emulator.control.settled()
    const supplier = { type: 'text', parameter_name: 'supplier', text: 'Harinas' }
    const number = { type: 'text', parameter_name: 'po_number', text: 'PO-1' }
    expect((await send(bench.emulator, use(supplier, number))).status).toBe(200)
    expect(errorOf(await send(bench.emulator, use(supplier, supplier))).code).toBe(132012)
    const unnamed = { type: 'text', text: 'PO-1' }
    expect(errorOf(await send(bench.emulator, use(supplier, unnamed))).code).toBe(132012)
    expect(errorOf(await send(bench.emulator, use(supplier))).code).toBe(132000)
  })
})

describe('headers and buttons of a send', () => {
  async function prepare(bench: Bench): Promise<void> {
    const created = await create(bench, {
      components: [
        { type: 'HEADER', format: 'DOCUMENT', example: { header_handle: ['4::a'] } },
        BODY,
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'QUICK_REPLY', text: 'Confirmar' },
            {
              type: 'URL',
              text: 'Ver',
              url: 'https://a.example/{{1}}',
              example: ['https://a.example/1'],
            },
          ],
        },
      ],
    })
    expect(created.status).toBe(200)
    await bench.emulator.control.settled()
  }
  const header = (parameter: Json): Json => ({ type: 'header', parameters: [parameter] })
  const pdf = header({ type: 'document', document: { link: 'https://a.example/po.pdf' } })
  const body = { type: 'body', parameters: [{ type: 'text', text: 'PO-1' }] }
  const link = {
    type: 'button',
    sub_type: 'url',
    index: '1',
    parameters: [{ type: 'text', text: '1?t=a' }],
  }
  const use = (...components: Json[]): Json =>
    message(SUPPLIER, { template: template([], { name: 'po_ready', components }) })

  it.each<[string, Json[], number | undefined]>([
    ['all that is needed', [pdf, body, link], undefined],
    ['no header', [body, link], 132012],
    [
      'an image as header',
      [header({ type: 'image', image: { link: 'https://a.example/p.png' } }), body, link],
      132012,
    ],
    [
      'a document that was never uploaded',
      [header({ type: 'document', document: { id: '1' } }), body, link],
      131009,
    ],
    ['no parameter for the URL', [pdf, body], 131008],
    ['the wrong type of button', [pdf, body, { ...link, sub_type: 'quick_reply' }], 132012],
    ['a button that is not there', [pdf, body, link, { ...link, index: '2' }], 132012],
    [
      'a newline in the URL',
      [pdf, body, { ...link, parameters: [{ type: 'text', text: 'a\nb' }] }],
      132018,
    ],
  ])('with %s', async (_what, components, code) => {
    await using bench = await setup()
    await prepare(bench)
    const answer = await send(bench.emulator, use(...components))
    if (code === undefined) expect(answer.status).toBe(200)
    else expect(errorOf(answer).code).toBe(code)
  })
})

describe('the life of a template', () => {
  it('is edited as a whole, once a day while it is approved', async () => {
    await using bench = await setup()
    const { id } = (await create(bench)).json
    await bench.emulator.control.settled()
    const edit = (text: string): Promise<Answer> =>
      graph(bench.emulator, String(id), {
        method: 'POST',
        body: { components: [{ ...BODY, text }] },
      })
    expect((await edit('El pedido {{1}} está aprobado.')).json).toEqual({ success: true })
    await bench.emulator.control.settled()
    const shown = await graph(bench.emulator, `${String(id)}?fields=components,status`)
    expect(shown.json).toMatchObject({
      status: 'APPROVED',
      components: [{ text: 'El pedido {{1}} está aprobado.' }],
    })
    expect(errorOf(await edit('El pedido {{1}} otra vez.')).code).toBe(2388039)
  })

  it('is unpaused only while it is paused', async () => {
    await using bench = await setup()
    const { id } = (await create(bench)).json
    await bench.emulator.control.settled()
    const unpause = (): Promise<Answer> =>
      graph(bench.emulator, `${String(id)}/unpause`, { method: 'POST' })
    expect(errorOf(await unpause()).code).toBe(2388039)
    await bench.emulator.control.changeTemplate({ id: String(id) }, { status: 'PAUSED' })
    expect((await unpause()).json).toEqual({ success: true })
    const value = bench.hook.received.at(-1)?.body.entry[0]?.changes[0]?.value
    expect(value).toMatchObject({ event: 'APPROVED', other_info: { title: 'UNPAUSE' } })
  })

  it('ends in one language or in all, and its name rests', async () => {
    await using bench = await setup()
    const remove = (query: string): Promise<Answer> =>
      graph(bench.emulator, `${LIST}?${query}`, { method: 'DELETE' })
    const [es] = rows(await graph(bench.emulator, `${LIST}?name=po_notification&language=es`))
    expect((await remove(`name=po_notification&hsm_id=${String(es?.['id'])}`)).json).toEqual({
      success: true,
    })
    expect(rows(await graph(bench.emulator, `${LIST}?name=po_notification&limit=50`))).toHaveLength(
      8,
    )
    expect((await remove('name=po_notification')).json).toEqual({ success: true })
    expect(rows(await graph(bench.emulator, `${LIST}?name=po_notification`))).toHaveLength(0)
    expect((await create(bench, { name: 'po_notification' })).status).toBe(400)
    expect((await remove('name=po_notification')).status).toBe(400)
  })

  it('is told by webhooks of quality and category', async () => {
    await using bench = await setup()
    await bench.emulator.control.changeTemplate(
      { name: 'po_notification', language: 'es' },
      { quality: 'RED', category: 'MARKETING' },
    )
    const changes = bench.hook.received.map(({ body }) => body.entry[0]?.changes[0])
    expect(changes).toMatchObject([
      {
        field: 'message_template_quality_update',
        value: { previous_quality_score: 'UNKNOWN', new_quality_score: 'RED' },
      },
      {
        field: 'template_category_update',
        value: { previous_category: 'UTILITY', new_category: 'MARKETING' },
      },
    ])
  })

  it('is counted: a hundred creations an hour', async () => {
    await using bench = await setup()
    for (let index = 0; index < 100; index++) {
      expect((await create(bench, { name: `po_${String(index)}` })).status).toBe(200)
    }
    expect(errorOf(await create(bench)).code).toBe(80008)
  })
})
