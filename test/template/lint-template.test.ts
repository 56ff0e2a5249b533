import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PRELOADED_TEMPLATES } from '../../src/emulator/preloaded-templates.ts'
import { checkDraft } from '../../src/emulator/template-rules.ts'
import type { ExistingTemplate } from '../../src/template/lint-existing.ts'
import { LINT_RULES } from '../../src/template/lint-rules.ts'
import { hasErrors, lintTemplate } from '../../src/template/lint-template.ts'
import { CODE_TEMPLATE } from '../support/authentication-template.ts'
import {
  BODY,
  buttons,
  CASES,
  draft,
  existing,
  header,
  named,
  param,
  quick,
  url,
  withPart,
} from './lint-cases.ts'
import type { Json } from './lint-cases.ts'

const PAGE = readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8')

const rulesOf = (value: unknown, there?: ExistingTemplate[]) =>
  lintTemplate(value, there).map(({ rule }) => rule)

describe('the linter of templates', () => {
  it.each(CASES)('finds %s: %s', (rule, _what, path, value, there) => {
    const found = lintTemplate(value, there).filter((one) => one.rule === rule)
    expect(found.map((one) => one.path)).toContain(path)
    for (const one of found) {
      expect(one.detail).toMatch(/\S/)
      expect(one.remedy).toMatch(/\.$/)
    }
  })

  it('has a case for each of its rules', () => {
    const tried = new Set(CASES.map(([rule]) => rule))
    expect(LINT_RULES.filter((rule) => !tried.has(rule))).toEqual([])
  })

  it.each(LINT_RULES)('has a row for %s in docs/templates.md, with its severity', (rule) => {
    const broken = CASES.find(([one]) => one === rule)
    const found = lintTemplate(broken?.[3], broken?.[4]).find((one) => one.rule === rule)
    const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${rule}\` `))
    expect(row?.split('|')[2]?.trim()).toBe(found?.severity)
  })

  it.each<[string, unknown]>([
    ['the plain one', draft()],
    ['with a deleted one of its name', draft()],
    ['a named one', named('El pedido {{po_number}} está listo para usted.', [param('po_number')])],
    [
      'header, footer and replies',
      {
        ...draft(),
        components: [
          { type: 'header', format: 'text', text: 'Pedido {{1}}', example: { header_text: ['1'] } },
          { ...BODY, type: 'body' },
          { type: 'FOOTER', text: 'Compras' },
          { type: 'BUTTONS', buttons: [quick('Confirmar'), quick('Rechazar')] },
        ],
      },
    ],
    ['a place as header', header({ format: 'LOCATION' })],
    [
      'an address with a variable',
      buttons(url('https://a.example/{{1}}', { example: ['https://a.example/1'] })),
    ],
    [
      'a telephone',
      buttons({ type: 'PHONE_NUMBER', text: 'Llamar', phone_number: '+34911234567' }),
    ],
    [
      'a code',
      draft({
        name: 'po_code',
        components: [BODY, { type: 'BUTTONS', buttons: [{ type: 'COPY_CODE', example: 'PO-1' }] }],
      }),
    ],
    ['a lifetime', draft({ message_send_ttl_seconds: -1, allow_category_change: true })],
    ["Meta's own form of a code", CODE_TEMPLATE],
  ])('finds nothing wrong with %s', (_what, value) => {
    expect(lintTemplate(value, [existing({ status: 'DELETED' })])).toEqual([])
  })

  it('reads a word of an advertisement in the language of the template only, and as a whole', () => {
    const footer = (text: string, language: string): Json => ({
      ...withPart({ type: 'FOOTER', text }),
      language,
    })
    expect(rulesOf(footer('Il sale è pronto', 'it'))).toEqual([])
    expect(rulesOf(footer('Summer sale', 'en_US'))).toEqual(['category_promotional'])
    expect(rulesOf(footer('Wholesale orders', 'en'))).toEqual([])
    expect(rulesOf({ ...footer('Summer sale', 'en'), category: 'MARKETING' })).toEqual([])
  })

  it('says how it counts where an emoji is counted as two', () => {
    const details = (...texts: string[]) =>
      texts.map((text) => lintTemplate(withPart({ type: 'FOOTER', text }))[0]?.detail)
    expect(details('x'.repeat(61), '📦'.repeat(31), '📦'.repeat(30))).toEqual([
      'has 61 characters; Meta allows 60',
      'has 62 characters, an emoji counting as two; Meta allows 60',
      undefined,
    ])
  })

  it('puts what is gravest first', () => {
    const value = { ...buttons(...['a', 'b', 'c', 'd'].map(quick)), name: 'X' }
    const ranks = lintTemplate(value).map(({ severity }) => severity)
    expect(ranks).toEqual(['error', 'warning', 'info'])
  })

  it('answers whatever it is given', () => {
    const noise = fc.oneof(
      fc.anything(),
      fc.record({
        name: fc.anything(),
        language: fc.anything(),
        category: fc.anything(),
        components: fc.array(
          fc.record(
            {
              type: fc.constantFrom('HEADER', 'BODY', 'FOOTER', 'BUTTONS', 'X'),
              format: fc.anything(),
              text: fc.oneof(fc.string(), fc.anything()),
              example: fc.anything(),
              buttons: fc.oneof(fc.anything(), fc.array(fc.anything())),
            },
            { requiredKeys: ['type'] },
          ),
        ),
        template_key: fc.constantFrom('po_approved', undefined, 1),
      }),
    )
    fc.assert(
      fc.property(noise, (value) => {
        for (const one of lintTemplate(value)) expect(LINT_RULES).toContain(one.rule)
      }),
      { numRuns: 2000 },
    )
  })

  it('lets nothing pass that the emulator, which knows none of its code, would refuse', () => {
    const word = fc.constantFrom(
      'pedido',
      '{{1}}',
      '{{2}}',
      '{{3}}',
      '{{po}}',
      'de',
      'a',
      '{{',
      '.',
    )
    const text = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '))
    const values = fc.array(fc.constantFrom('x', 'PO-1'), { maxLength: 4 })
    const label = fc.string({ maxLength: 30 })
    const button = fc.oneof(
      fc.record({ type: fc.constantFrom('QUICK_REPLY', 'quick_reply'), text: label }),
      fc.record(
        {
          type: fc.constant('URL'),
          text: label,
          url: fc.constantFrom(
            'https://a.example/{{1}}',
            'https://a.example/{{1}}/x',
            'x',
            'https://wa.me/1',
            'https://b.example',
          ),
          example: fc.array(fc.constant('x'), { maxLength: 1 }),
        },
        { requiredKeys: ['type', 'text', 'url'] },
      ),
      fc.record({
        type: fc.constant('PHONE_NUMBER'),
        text: label,
        phone_number: fc.constantFrom('+34911234567', 'x'),
      }),
    )
    const component = fc.oneof(
      fc.record({
        type: fc.constant('BODY'),
        text,
        example: fc.record({ body_text: fc.tuple(values) }),
      }),
      fc.record({
        type: fc.constant('HEADER'),
        format: fc.constantFrom('TEXT', 'DOCUMENT', 'STICKER', 'LOCATION'),
        text,
        example: fc.record({
          header_text: values,
          header_handle: fc.array(fc.constantFrom('4::a', '12')),
        }),
      }),
      fc.record({ type: fc.constant('FOOTER'), text: fc.string({ maxLength: 70 }) }),
      fc.record({ type: fc.constant('BUTTONS'), buttons: fc.array(button, { maxLength: 12 }) }),
    )
    const drafts = fc.record({
      name: fc.constant('po_ready'),
      language: fc.constant('es'),
      category: fc.constant('UTILITY'),
      parameter_format: fc.constantFrom('POSITIONAL', 'NAMED', 'OTHER'),
      components: fc.array(component, { minLength: 1, maxLength: 4 }),
    })
    fc.assert(
      fc.property(drafts, (value) => {
        const check = checkDraft(value)
        if ('refusal' in check)
          expect([check.refusal, hasErrors(lintTemplate(value))]).toEqual([check.refusal, true])
      }),
      { numRuns: 3000 },
    )
  })

  it.each(PRELOADED_TEMPLATES)(
    'finds no error in what every emulator starts with: $name $language',
    ({ name, language, category, components }) => {
      expect(hasErrors(lintTemplate({ name, language, category, components }))).toBe(false)
    },
  )
})
