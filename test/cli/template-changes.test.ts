import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { problem, run, startService, temporaryDirectory } from './setup.ts'
import type { SeenRequest } from './setup.ts'

const PATH = '/api/v1/whatsapp/templates'
const ID = '01930000-0000-7000-8000-000000000001'
const MADE = {
  id: ID,
  template_name: 'po_ready',
  language: 'es',
  category: 'UTILITY',
  status: 'PENDING',
  is_active: true,
  findings: [],
}
const DRAFT = { name: 'po_ready', language: 'es', category: 'UTILITY', components: [] }

/** Of `po_notification` only es is there. */
function registry({ method, query, body }: SeenRequest) {
  if (method === 'GET') {
    const found = query['language'] === 'es' ? [{ id: ID, status: 'APPROVED' }] : []
    return { body: { data: found, next_cursor: null } }
  }
  const { language } = JSON.parse(body) as { language: string }
  if (language === 'fr') {
    const errors = [{ field: 'name', code: '2388023', detail: 'rests', remedy: 'Wait.' }]
    return problem(422, 'validation_failed', { errors })
  }
  const given = language === 'de' ? { category: 'MARKETING', is_active: false } : {}
  return { status: 201, body: { ...MADE, language, ...given } }
}

describe('templates create', () => {
  it('submits what comes with Aviso in all languages, and leaves what is there', async () => {
    const service = await startService(registry)
    const argv = ['templates', 'create', 'po_notification', '--all-languages']
    const { code, out } = await run([...argv, '--url', service.url])
    expect(code).toBe(1)
    expect(out).toEqual([
      'po_notification/en: submitted, PENDING',
      'po_notification/es: there already, APPROVED',
      'po_notification/fr: refused It is validation_failed.',
      '  name: rests. Wait.',
      'po_notification/de: submitted, PENDING, but as MARKETING instead of UTILITY; orders do not use it',
      'po_notification/it: submitted, PENDING',
      'po_notification/pt_BR: submitted, PENDING',
      'po_notification/pt_PT: submitted, PENDING',
      'po_notification/ca: submitted, PENDING',
    ])
    const posted = service.seen.filter(({ method }) => method === 'POST')
    expect(posted).toHaveLength(7)
    expect(JSON.parse(posted[0]?.body ?? '')).toMatchObject({
      name: 'po_notification',
      language: 'en',
      template_key: 'po_approved',
    })
  })

  it('submits some languages of what comes with Aviso, and wants to know which', async () => {
    const service = await startService(registry)
    const argv = ['templates', 'create', 'po_notification_reply', '--url', service.url]
    expect(await run([...argv, '--language', 'pt-BR,ca'])).toMatchObject({ code: 0 })
    expect(service.seen.filter(({ method }) => method === 'POST')).toHaveLength(2)
    expect(await run(argv)).toMatchObject({
      code: 2,
      err: [expect.stringContaining('--all-languages')],
    })
    expect(await run([...argv, '--language', 'nl'])).toMatchObject({
      code: 2,
      err: [expect.stringContaining('does not come in nl')],
    })
  })

  it('submits those of a file, with the sample of the header', async () => {
    const cwd = await temporaryDirectory()
    await writeFile(path.join(cwd, 'order.pdf'), '%PDF-1.7')
    const service = await startService(({ path: at }) =>
      at.endsWith('/samples')
        ? { status: 201, body: { handle: '4::h', mime_type: 'application/pdf' } }
        : { status: 201, body: MADE },
    )
    const draft = { ...DRAFT, components: [{ type: 'HEADER', format: 'DOCUMENT' }] }
    const argv = ['templates', 'create', '-', '--sample', 'order.pdf', '--url', service.url]
    const { code, out } = await run(argv, { stdin: JSON.stringify(draft), cwd })
    expect({ code, out }).toEqual({ code: 0, out: ['po_ready/es: submitted, PENDING'] })
    expect(service.seen[0]).toMatchObject({ path: `${PATH}/samples`, body: '%PDF-1.7' })
    expect(service.seen[0]?.headers['content-type']).toBe('application/pdf')
    expect(JSON.parse(service.seen[1]?.body ?? '')).toMatchObject({
      components: [{ type: 'HEADER', example: { header_handle: ['4::h'] } }],
    })
    const upload = await run(['templates', 'upload', 'order.pdf', '--url', service.url], { cwd })
    expect(upload).toMatchObject({ code: 0, out: ['4::h'] })
    expect(await run(['templates', 'upload', 'order.txt'], { cwd })).toMatchObject({ code: 2 })
  })
})

describe('templates edit', () => {
  it('changes what is ours, or the words from a file', async () => {
    const service = await startService(({ method }) =>
      method === 'GET' ? { body: { data: [{ id: ID }] } } : { body: MADE },
    )
    const argv = ['templates', 'edit', 'po_ready/es', '--url', service.url]
    const own = await run([...argv, '--template-key', 'none', '--active', 'no'])
    expect(own).toMatchObject({
      code: 0,
      out: ['po_ready/es changed, PENDING: what needs it waits for the review.'],
    })
    expect(service.seen[1]).toMatchObject({ method: 'PATCH', path: `${PATH}/${ID}` })
    expect(JSON.parse(service.seen[1]?.body ?? '')).toEqual({
      template_key: null,
      is_active: false,
    })
    await run(['templates', 'edit', ID, '-', '--url', service.url], {
      stdin: JSON.stringify({ components: [] }),
    })
    expect(JSON.parse(service.seen[2]?.body ?? '')).toEqual({ components: [] })
    expect(await run(argv)).toMatchObject({ code: 2 })
    expect(await run([...argv, '--active', 'perhaps'])).toMatchObject({ code: 2 })
  })
})

describe('templates delete', () => {
  const deleted = (isDone: boolean) => ({
    deleted: isDone,
    template_name: 'po_ready',
    languages: ['es'],
    consequences: [{ code: 'name_rests', detail: 'Meta does not take the name again.' }],
  })
  const start = () => startService(({ query }) => ({ body: deleted(query['dry_run'] !== 'true') }))

  it('says first what follows, and asks', async () => {
    const service = await start()
    const argv = ['templates', 'delete', ID, '--url', service.url]
    const asked: string[] = []
    const answer = (text: string) => ({
      io: {
        ask: (question: string) => {
          asked.push(question)
          return Promise.resolve(text)
        },
      },
    })
    expect(await run(argv, answer('n'))).toEqual({
      code: 1,
      out: ['Nothing was deleted.'],
      err: ['  Meta does not take the name again.'],
    })
    expect(asked).toEqual(['Delete po_ready in es at Meta? [y/N] '])
    expect(service.seen.map(({ query }) => query['dry_run'])).toEqual(['true'])
    expect(await run(argv, answer('y'))).toMatchObject({
      code: 0,
      out: ['Deleted po_ready in es.'],
    })
    expect(await run(argv)).toMatchObject({
      code: 2,
      err: expect.arrayContaining([expect.stringContaining('--yes')]),
    })
  })

  it('does not ask with --yes, and says what follows afterwards', async () => {
    const service = await start()
    const argv = ['templates', 'delete', ID, '--all-languages', '--yes', '--url', service.url]
    expect(await run(argv)).toMatchObject({
      code: 0,
      out: ['Deleted po_ready in es.', '  Meta does not take the name again.'],
    })
    expect(service.seen.map(({ method, query }) => [method, query])).toEqual([
      ['DELETE', { all_languages: 'true', dry_run: 'false' }],
    ])
  })
})
