import { describe, expect, it } from 'vitest'
import { judgeEdit, readEdit } from '../../src/template/edit-rules.ts'
import type { Edit } from '../../src/template/edit-rules.ts'
import type { RegisteredTemplate } from '../../src/template/registered-template.ts'

const HOUR_MS = 3_600_000
const NOW = Date.parse('2026-11-27T09:00:00Z')

function row(more: Partial<RegisteredTemplate> = {}): RegisteredTemplate {
  return {
    template_name: 'po_ready',
    language: 'es',
    status: 'APPROVED',
    category: 'UTILITY',
    parameter_format: 'POSITIONAL',
    ...more,
  } as RegisteredTemplate
}
const WORDS: Edit = { atMeta: { components: [] } }
const ago = (hours: number) => new Date(NOW - hours * HOUR_MS)
const judge = (edit: Edit, edits: Date[] = [], more: Partial<RegisteredTemplate> = {}) =>
  judgeEdit(row(more), edit, edits, NOW)

describe('an edit', () => {
  it.each(['APPROVED', 'REJECTED', 'PAUSED'])('is allowed while a template is %s', (status) => {
    expect(judge(WORDS, [], { status })).toEqual({ kind: 'allowed' })
  })

  it.each(['PENDING', 'DISABLED', 'IN_APPEAL', 'DELETED', 'ARCHIVED'])(
    'is not while it is %s; what is ours is',
    (status) => {
      expect(judge(WORDS, [], { status })).toMatchObject({ kind: 'state' })
      expect(judge({ atMeta: {}, is_active: false }, [], { status })).toEqual({ kind: 'allowed' })
    },
  )

  it('of an approved one is possible once a day, and ten times in thirty days', () => {
    expect(judge(WORDS, [ago(24)])).toEqual({ kind: 'allowed' })
    expect(judge(WORDS, [ago(23)])).toMatchObject({
      kind: 'too_often',
      detail: expect.stringContaining('2026-11-27T10:00:00Z'),
      retryAfterSeconds: 3600,
    })
    const ten = Array.from({ length: 10 }, (_, index) => ago(25 + index * 24))
    expect(judge(WORDS, ten)).toMatchObject({
      kind: 'too_often',
      retryAfterSeconds: (30 * 24 - 25 - 9 * 24) * 3600,
    })
    expect(judge(WORDS, ten.slice(0, 9))).toEqual({ kind: 'allowed' })
    expect(judge(WORDS, ten, { status: 'REJECTED' })).toEqual({ kind: 'allowed' })
  })

  it('may not give an approved one another category', () => {
    const edit: Edit = { atMeta: { category: 'MARKETING' } }
    expect(judge(edit)).toMatchObject({ kind: 'invalid', errors: [{ field: 'category' }] })
    expect(judge({ atMeta: { category: 'utility' } })).toEqual({ kind: 'allowed' })
    expect(judge(edit, [], { status: 'REJECTED' })).toEqual({ kind: 'allowed' })
  })

  it('takes a whole create body whose name, language and form are the same', () => {
    const body = {
      name: 'po_ready',
      language: 'es',
      parameter_format: 'POSITIONAL',
      category: 'UTILITY',
      components: [],
      template_key: null,
      is_active: true,
    }
    expect(readEdit(row(), body)).toEqual({
      ok: true,
      edit: {
        atMeta: { components: [], category: 'UTILITY' },
        template_key: null,
        is_active: true,
      },
    })
  })

  it.each([
    ['name', { name: 'x' }],
    ['language', { language: 'de' }],
    ['parameter_format', { parameter_format: 'NAMED' }],
    ['template_key', { template_key: 'a b' }],
    ['template_key', { template_key: 1 }],
    ['is_active', { is_active: 'yes' }],
    ['components', { components: [1] }],
    ['status', { status: 'APPROVED' }],
  ])('names what is wrong with %s', (field, body) => {
    expect(readEdit(row(), body)).toMatchObject({ ok: false, errors: [{ field }] })
  })

  it.each([{}, { name: 'po_ready', language: 'es' }])(
    'says of %j that it changes nothing, and what could be',
    (body) => {
      const fields = 'components, category, message_send_ttl_seconds, template_key, is_active'
      const fault = { field: '', code: 'required', remedy: `Send one or more of ${fields}.` }
      expect(readEdit(row(), body)).toMatchObject({ ok: false, errors: [fault] })
    },
  )
})
