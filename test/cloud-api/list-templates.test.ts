import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listTemplates } from '../../src/cloud-api/list-templates.ts'
import { readReadAnswer } from '../../src/cloud-api/read-result.ts'
import type { ReadResult } from '../../src/cloud-api/read-result.ts'

type Query = Readonly<Record<string, string>>

function row(id: string): object {
  return { id, name: `name_${id}`, language: 'es_ES', status: 'APPROVED', category: 'UTILITY' }
}

function page(ids: string[], after?: string): ReadResult {
  const paging = {
    cursors: { before: 'b', after },
    ...(after !== undefined && { next: 'https://…' }),
  }
  return { kind: 'ok', value: { data: ids.map(row), paging } }
}

const EXPIRED: ReadResult = {
  kind: 'rejected',
  httpStatus: 400,
  code: 131059,
  message: 'Invalid cursor',
  retryAfterMs: null,
}

/** A reader that gives these answers in turn and remembers what was asked. */
function script(...answers: ReadResult[]) {
  const asked: Query[] = []
  return {
    asked,
    get: (_path: string, query: Query) => {
      asked.push(query)
      const answer = answers.shift()
      if (answer === undefined) throw new Error('asked once too often')
      return Promise.resolve(answer)
    },
  }
}

async function idsOf(...answers: ReadResult[]): Promise<string[] | string> {
  const result = await listTemplates(script(...answers).get, '1')
  return result.kind === 'ok' ? result.templates.map(({ id }) => id) : result.kind
}

describe('the list of templates', () => {
  it('follows the cursors and ends with the page that has no next one', async () => {
    const { asked, get } = script(page(['1', '2'], 'c1'), page(['3'], 'c2'), page(['4']))
    const result = await listTemplates(get, '1')
    expect(result).toMatchObject({ kind: 'ok', templates: ['1', '2', '3', '4'].map(row) })
    expect(asked.map(({ after }) => after)).toEqual([undefined, 'c1', 'c2'])
    expect(asked.map(({ limit }) => limit)).toEqual(['100', '100', '100'])
    expect(asked[0]?.['fields']).toContain('parameter_format')
  })

  it('starts anew once when its cursor has expired', async () => {
    expect(await idsOf(page(['1'], 'c1'), EXPIRED, page(['1'], 'c3'), page(['2']))).toEqual([
      '1',
      '2',
    ])
    expect(await idsOf(page(['1'], 'c1'), EXPIRED, page(['1'], 'c3'), EXPIRED)).toBe('rejected')
  })

  it('is all or nothing', async () => {
    const gone: ReadResult = { kind: 'unreachable', reason: 'gone' }
    expect(await idsOf(page(['1'], 'c1'), gone)).toBe('unreachable')
    expect(await idsOf({ kind: 'ok', value: {} })).toBe('unreachable')
    expect(await idsOf({ kind: 'ok', value: null })).toBe('unreachable')
    const cursorless = { data: [row('1')], paging: { next: 'https://…' } }
    expect(await idsOf({ kind: 'ok', value: cursorless })).toBe('unreachable')
  })

  it('does not go round in circles', async () => {
    expect(await idsOf(page(['1'], 'c1'), page(['2'], 'c1'))).toBe('unreachable')
  })

  it('leaves out rows that are no templates, and makes text of numeric ids', async () => {
    const data = [row('1'), null, 'x', { id: '2' }, { ...row('3'), id: 3 }]
    expect(await idsOf({ kind: 'ok', value: { data } })).toEqual(['1', '3'])
  })
})

describe('a read', () => {
  const answered = (httpStatus: number, text: string, retryAfter?: string): ReadResult =>
    readReadAnswer({ kind: 'answered', httpStatus, text, retryAfter }, 0)

  it('keeps ids beyond 2^53 exact', () => {
    const text =
      '{"id":9007199254740993,"name":"n 9007199254740993","n":[1,-9007199254740993,1.5e3]}'
    expect(answered(200, text)).toEqual({
      kind: 'ok',
      value: {
        id: '9007199254740993',
        name: 'n 9007199254740993',
        n: [1, '-9007199254740993', 1500],
      },
    })
  })

  it("is rejected with Meta's code and words", () => {
    const url = new URL('../fixtures/meta-errors/401-190.json', import.meta.url)
    expect(answered(401, readFileSync(url, 'utf8'), '3')).toMatchObject({
      kind: 'rejected',
      httpStatus: 401,
      code: 190,
      message: expect.stringContaining('Session has expired') as string,
      retryAfterMs: 3000,
    })
    expect(answered(404, 'Not Found')).toMatchObject({ kind: 'rejected', code: -1 })
  })

  it('is unreachable where nothing of Meta came back', () => {
    expect(answered(502, '<html>')).toMatchObject({ kind: 'unreachable' })
    expect(answered(302, '')).toMatchObject({ kind: 'unreachable' })
    expect(answered(200, '<html>')).toMatchObject({ kind: 'unreachable' })
    const broken = readReadAnswer({ kind: 'broken', reason: 'r', httpStatus: null, text: '' }, 0)
    expect(broken).toEqual({ kind: 'unreachable', reason: 'r' })
  })
})
