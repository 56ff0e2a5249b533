import { describe, expect, it } from 'vitest'
import { problem, run, startService } from './setup.ts'

const ID = '01930000-0000-7000-8000-000000000001'
const TEMPLATE = {
  id: ID,
  template_name: 'po_notification',
  template_key: 'po_approved',
  category: 'UTILITY',
  language: 'es',
  status: 'APPROVED',
  body_text: 'Hola, {{1}}: listo.',
  parameter_count: 1,
  parameter_format: 'POSITIONAL',
  sent_count: 7,
  is_active: true,
  meta_id: '91234567890123456',
  quality: 'GREEN',
  components: [
    { type: 'BODY', text: 'Hola, {{1}}:\nlisto\u001b[2J.', example: { body_text: [['Sur']] } },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Confirmar' }] },
  ],
  rejected_reason: null,
  previous_category: null,
  correct_category: 'MARKETING',
  synced_at: '2026-11-22T09:30:00Z',
}

describe('templates', () => {
  it('lists as a table, or one object a line, and passes the filters on', async () => {
    const service = await startService(() => ({ body: { data: [TEMPLATE], next_cursor: null } }))
    const table = await run(['templates', '--url', service.url])
    expect(table).toMatchObject({ code: 0, err: [] })
    expect(table.out).toEqual([
      expect.stringMatching(/^NAME +LANGUAGE +CATEGORY +STATUS +QUALITY +KEY +SENT +ID$/),
      expect.stringMatching(
        /^po_notification +es +UTILITY +APPROVED +GREEN +po_approved +7 +01930000/,
      ),
    ])
    const argv = ['--name', 'a', '--status', 'PAUSED', '--language', 'es', '--category', 'UTILITY']
    const json = await run(['templates', 'list', ...argv, '--json', '--url', service.url])
    expect(json.out.map((line) => JSON.parse(line) as unknown)).toEqual([TEMPLATE])
    expect(service.seen[1]).toMatchObject({
      path: '/api/v1/whatsapp/templates',
      query: { name: 'a', status: 'PAUSED', language: 'es', category: 'UTILITY', limit: '200' },
    })
  })

  it('follows the cursor up to --limit, and says that there are none', async () => {
    const service = await startService(({ query }) => {
      const start = Number(query['cursor'] ?? 0)
      return { body: { data: [{ id: start }, { id: start + 1 }], next_cursor: String(start + 2) } }
    })
    const argv = ['templates', 'list', '--limit', '4', '--json', '--url', service.url]
    const { out, err } = await run(argv)
    expect(out).toEqual(['{"id":0}', '{"id":1}', '{"id":2}', '{"id":3}'])
    expect(err).toEqual([expect.stringContaining('There are more')])
    const empty = await startService(() => ({ body: { data: [], next_cursor: null } }))
    expect((await run(['templates', '--url', empty.url])).out).toEqual(['No templates.'])
  })

  it('shows one by its id, or by name and language, as no terminal obeys', async () => {
    const service = await startService(({ path }) =>
      path.endsWith(ID) ? { body: TEMPLATE } : { body: { data: [TEMPLATE], next_cursor: null } },
    )
    const shown = await run(['templates', 'show', ID, '--url', service.url])
    expect(shown.out).toEqual(
      expect.arrayContaining([
        'po_notification es',
        expect.stringMatching(/announced +MARKETING/),
        '  listo[2J.',
        '  QUICK_REPLY Confirmar',
      ]),
    )
    const named = await run(['templates', 'show', 'po_notification/es', '--url', service.url])
    expect(named.out).toEqual(shown.out)
    expect(service.seen[1]?.query).toEqual({ name: 'po_notification', language: 'es' })
    const json = await run(['templates', 'show', ID, '--json', '--url', service.url])
    expect(JSON.parse(json.out[0] ?? '')).toEqual(TEMPLATE)
  })

  it('says that there is none of a name in a language', async () => {
    const service = await startService(() => ({ body: { data: [], next_cursor: null } }))
    expect(await run(['templates', 'show', 'x/es', '--url', service.url])).toMatchObject({
      code: 1,
      err: [expect.stringContaining('There is no template x/es')],
    })
  })

  it("reads Meta's list and says what has changed", async () => {
    const change = {
      template_name: 'po_notification',
      language: 'es',
      template_key: 'po_approved',
      status: { from: 'APPROVED', to: 'PAUSED' },
      category: { from: 'UTILITY', to: 'UTILITY' },
      correct_category: 'MARKETING',
      quality: 'RED',
      rejected_reason: null,
    }
    const body = { templates: 8, created: 0, deleted: 0, changes: [change] }
    const service = await startService(() => ({ body }))
    expect(await run(['templates', 'sync', '--url', service.url])).toEqual({
      code: 0,
      out: [
        'Read 8 templates: 1 changed.',
        '  po_notification/es: APPROVED → PAUSED, UTILITY, Meta has announced MARKETING',
      ],
      err: [],
    })
    expect(service.seen[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/whatsapp/templates/sync',
    })
    const refused = await startService(() => problem(429, 'rate_limited'))
    expect(await run(['templates', 'sync', '--url', refused.url])).toMatchObject({
      code: 1,
      err: ['error: It is rate_limited.'],
    })
  })
})

describe('templates lint', () => {
  const DRAFT = { name: 'po_ready', language: 'es' }
  const FINDING = {
    rule: 'variable_at_edge',
    severity: 'error',
    path: 'components[0].text',
    detail: 'begins with a variable\u001b[2J',
    remedy: 'Put words before it.',
  }

  it('tells what is wrong with each template of a file, and fails where Meta would refuse one', async () => {
    const service = await startService(({ body }) => ({
      body: { findings: body.includes('"es"') ? [FINDING] : [] },
    }))
    const stdin = JSON.stringify([DRAFT, { ...DRAFT, language: 'de' }])
    const argv = ['templates', 'lint', '-', '--url', service.url]
    expect(await run(argv, { stdin })).toEqual({
      code: 1,
      out: [
        'po_ready/es:',
        '  error    components[0].text: begins with a variable[2J variable_at_edge',
        '           Put words before it.',
        'po_ready/de: nothing to say',
      ],
      err: [],
    })
    expect(
      service.seen.map(({ method, path, body }) => [method, path, JSON.parse(body) as unknown]),
    ).toEqual([
      ['POST', '/api/v1/whatsapp/templates/lint', DRAFT],
      ['POST', '/api/v1/whatsapp/templates/lint', { ...DRAFT, language: 'de' }],
    ])
    const json = await run([...argv, '--json'], { stdin: JSON.stringify(DRAFT) })
    expect(json.out.map((line) => JSON.parse(line) as unknown)).toEqual([{ findings: [FINDING] }])
  })

  it('passes what has warnings only', async () => {
    const warning = { ...FINDING, severity: 'warning' }
    const service = await startService(() => ({ body: { findings: [warning] } }))
    const argv = ['templates', 'lint', '-', '--url', service.url]
    expect(await run(argv, { stdin: JSON.stringify(DRAFT) })).toMatchObject({ code: 0 })
  })

  it.each([
    ['{', /not JSON/],
    ['[1]', /no template/],
    ['[]', /no template/],
  ])('refuses a file that holds %s', async (stdin, words) => {
    expect(await run(['templates', 'lint', '-'], { stdin })).toMatchObject({
      code: 2,
      err: [expect.stringMatching(words)],
    })
    expect(await run(['templates', 'lint', 'missing.json'])).toMatchObject({ code: 2 })
  })

  it('tells what happened to one, who did it, and what a change of category costs', async () => {
    const cost = {
      days: 30,
      messages: 3,
      currency: 'USD',
      was: '0.0600',
      becomes: '0.2121',
      more: '0.1521',
    }
    const event = (kind: string, actor: string | null, detail: unknown, more = {}) => ({
      id: ID,
      at: '2026-11-22T09:30:00.123Z',
      kind,
      actor,
      detail,
      cost: null,
      ...more,
    })
    const data = [
      event(
        'category',
        null,
        { from: 'UTILITY', to: 'MARKETING', correct_category: null },
        { cost },
      ),
      event('status', null, { from: 'PENDING', to: 'APPROVED', rejected_reason: null }),
      event('edited', 'ana\u001b[2J', { fields: ['components'] }),
    ]
    const service = await startService(({ path }) => ({
      body: { data: path.endsWith('/events') ? data : [TEMPLATE], next_cursor: null },
    }))
    const { code, out } = await run([
      'templates',
      'events',
      'po_notification/es',
      '--url',
      service.url,
    ])
    expect(code).toBe(0)
    expect(out.slice(1).map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      '2026-11-22T09:30:00Z | category | Meta | UTILITY → MARKETING; 0.1521 USD more for the 3 messages of the 30 days before',
      '2026-11-22T09:30:00Z | status | Meta | PENDING → APPROVED',
      '2026-11-22T09:30:00Z | edited | ana[2J | fields ["components"]',
    ])
    expect(service.seen.at(-1)?.path).toBe(`/api/v1/whatsapp/templates/${ID}/events`)
  })
})
