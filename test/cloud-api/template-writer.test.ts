import { afterEach, describe, expect, it } from 'vitest'
import { createCloudApiClient } from '../../src/cloud-api/client.ts'
import { createTemplateWriter } from '../../src/cloud-api/template-writer.ts'
import type { TemplateWriter } from '../../src/cloud-api/template-writer.ts'
import { readWriteAnswer } from '../../src/cloud-api/write-result.ts'
import type { WriteResult } from '../../src/cloud-api/write-result.ts'
import { openEmulator } from '../../src/emulator/emulator.ts'
import { CREDENTIALS } from '../support/test-config.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function setup(): Promise<TemplateWriter> {
  const emulator = await openEmulator({ ...CREDENTIALS, seed: 1, reviewMs: 0 })
  const client = createCloudApiClient({
    ...CREDENTIALS,
    baseUrl: emulator.url,
    apiVersion: 'v25.0',
  })
  closing.push(
    () => emulator.close(),
    () => client.close(),
  )
  return createTemplateWriter(client, CREDENTIALS.appId)
}

const DRAFT = {
  name: 'po_ready',
  language: 'es',
  category: 'UTILITY',
  components: [
    { type: 'BODY', text: 'El pedido {{1}} está listo.', example: { body_text: [['PO-1']] } },
  ],
}

describe('the writer of templates', () => {
  it('creates, finds, edits and deletes a template, over real HTTP', async () => {
    const writer = await setup()
    const made = await writer.create(DRAFT)
    expect(made).toMatchObject({ kind: 'ok', value: { status: 'PENDING' } })
    await expect.poll(async () => (await writer.find('po_ready', 'es'))?.status).toBe('APPROVED')
    const found = await writer.find('po_ready', 'es')
    expect(await writer.find('po_ready', 'de')).toBeUndefined()
    expect(await writer.edit(found?.id ?? '', { components: DRAFT.components })).toMatchObject({
      kind: 'ok',
    })
    expect(await writer.remove('po_ready', found?.id ?? '')).toMatchObject({ kind: 'ok' })
    expect(await writer.find('po_ready', 'es')).toBeUndefined()
    expect(await writer.remove('po_notification', null)).toMatchObject({ kind: 'ok' })
    expect(await writer.find('po_notification', 'es')).toBeUndefined()
  })

  it("brings Meta's own words for a refusal", async () => {
    const writer = await setup()
    expect(await writer.create({ ...DRAFT, name: 'po_notification' })).toMatchObject({
      kind: 'rejected',
      httpStatus: 400,
      error: { code: 100, subcode: 2388024 },
      userTitle: 'Template not accepted',
      userMessage: 'content in this language already exists',
    })
  })

  it('uploads a sample and brings its handle', async () => {
    const { upload } = await setup()
    const sample = { bytes: new Uint8Array(100_000), mimeType: 'image/png', fileName: 'a.png' }
    expect(await upload?.(sample)).toMatchObject({
      kind: 'ok',
      value: { h: expect.stringMatching(/^4::/) },
    })
    expect(await upload?.({ ...sample, mimeType: 'text/plain' })).toMatchObject({
      kind: 'rejected',
    })
  })

  it('goes on with an upload where it was interrupted', async () => {
    const bytes = new Uint8Array(10).map((_, index) => index)
    const sent: { offset: string | undefined; bytes: number[] }[] = []
    const answers: WriteResult[] = [
      { kind: 'ok', value: { id: 'upload:1' } },
      { kind: 'unknown', reason: 'the connection was closed' },
      { kind: 'ok', value: { h: '4::x' } },
    ]
    const writer = createTemplateWriter(
      {
        businessAccountId: '1',
        uploadAuthorization: 'OAuth t',
        get: () => Promise.resolve({ kind: 'ok', value: { file_offset: 4 } }),
        write: ({ headers, body }) => {
          if (body instanceof Uint8Array) {
            expect(headers?.['authorization']).toBe('OAuth t')
            sent.push({ offset: headers?.['file_offset'], bytes: [...body] })
          }
          return Promise.resolve(answers.shift() ?? { kind: 'not_sent', reason: 'too often' })
        },
      },
      '2',
    )
    const result = await writer.upload?.({ bytes, mimeType: 'image/png', fileName: 'a' })
    expect(result).toEqual({ kind: 'ok', value: { h: '4::x' } })
    expect(sent).toEqual([
      { offset: '0', bytes: [...bytes] },
      { offset: '4', bytes: [4, 5, 6, 7, 8, 9] },
    ])
  })

  it('has no samples without an app', () => {
    expect(createTemplateWriter({} as never, null).upload).toBeNull()
  })
})

describe('the answer to a change', () => {
  const answered = (httpStatus: number, text: string) =>
    readWriteAnswer({ kind: 'answered', httpStatus, retryAfter: '7', text }, 0)

  it.each<[string, WriteResult['kind'], WriteResult]>([
    ['was never sent', 'not_sent', readWriteAnswer({ kind: 'not_written', reason: 'x' }, 0)],
    [
      'was lost',
      'unknown',
      readWriteAnswer({ kind: 'broken', reason: 'x', httpStatus: null, text: '' }, 0),
    ],
    ['is no JSON', 'unknown', answered(200, '<html>')],
    ['is the page of a gateway', 'unknown', answered(502, '<html>')],
    ['refuses without a reason', 'rejected', answered(403, '')],
    [
      'is an error of Meta',
      'rejected',
      answered(500, '{"error":{"message":"a","type":"O","code":1}}'),
    ],
  ])('that %s is %s', (_what, kind, result) => {
    expect(result.kind).toBe(kind)
  })
})
