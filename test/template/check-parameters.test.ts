import { describe, expect, it } from 'vitest'
import { checkParameters } from '../../src/template/check-parameters.ts'
import { readShape } from '../../src/template/template-shape.ts'

const BODY = { type: 'BODY', text: 'Hello {{1}}, order {{2}} is approved' }
const positional = readShape([BODY], 'POSITIONAL')
const named = readShape([{ type: 'BODY', text: 'Order {{number}} of {{name}} is here' }], 'NAMED')
const rich = readShape(
  [
    { type: 'HEADER', format: 'DOCUMENT' },
    BODY,
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Confirm' },
        { type: 'URL', text: 'See', url: 'https://erp.example/{{1}}' },
        { type: 'COPY_CODE', example: 'X' },
      ],
    },
  ],
  null,
)
const place = readShape([{ type: 'HEADER', format: 'LOCATION' }, BODY], null)

const text = (value: string, name?: string) => ({
  type: 'text',
  text: value,
  ...(name !== undefined && { parameter_name: name }),
})
const body = { type: 'body', parameters: [text('A'), text('B')] }
const document = {
  type: 'header',
  parameters: [{ type: 'document', document: { id: '1', filename: 'PO.pdf' } }],
}
const button = (index: number, sub_type: string, parameter: unknown) => ({
  type: 'button',
  sub_type,
  index: String(index),
  parameters: [parameter],
})
const url = button(1, 'url', text('po/1'))
const code = button(2, 'copy_code', { type: 'coupon_code', coupon_code: 'SAVE' })

describe('parameters that fit', () => {
  it.each([
    ['by position', positional, ['A', 'B\n C']],
    ['by name, in any order', named, { name: 'A', number: 'B' }],
    ['in components', rich, { components: [document, body, url, code] }],
    [
      'with the payload of a quick reply',
      rich,
      {
        components: [
          document,
          body,
          url,
          code,
          button(0, 'quick_reply', { type: 'payload', payload: 'p' }),
        ],
      },
    ],
    [
      'by a link',
      rich,
      {
        components: [
          {
            type: 'header',
            parameters: [{ type: 'document', document: { link: 'https://a.b/c' } }],
          },
          body,
          url,
          code,
        ],
      },
    ],
    [
      'as a place',
      place,
      {
        components: [
          {
            type: 'header',
            parameters: [{ type: 'location', location: { latitude: 40.4, longitude: '-3.7' } }],
          },
          body,
        ],
      },
    ],
    [
      'as amounts and dates, which are printed as their fallback',
      positional,
      {
        components: [
          {
            type: 'body',
            parameters: [
              {
                type: 'currency',
                currency: { fallback_value: '5 €', code: 'EUR', amount_1000: 5000 },
              },
              text('B'),
            ],
          },
        ],
      },
    ],
    [
      'as nothing, where there are no variables',
      readShape([{ type: 'BODY', text: 'Hello' }], null),
      undefined,
    ],
  ])('%s', (_how, shape, given) => {
    expect(checkParameters(shape, given)).toEqual([])
  })
})

describe('parameters that do not fit', () => {
  it.each([
    [positional, ['A'], ['template.parameters out_of_range']],
    [positional, ['A', ''], ['template.parameters[1] blank']],
    [positional, ['A', 5], ['template.parameters[1] wrong_type']],
    [positional, ['A\0', 'B'], ['template.parameters[0] nul_character']],
    [positional, { 1: 'A', 2: 'B' }, ['template.parameters wrong_type']],
    [positional, 'A', ['template.parameters wrong_type']],
    [positional, ['A'.repeat(500), 'B'.repeat(600)], ['template.parameters too_long']],
    [named, ['A', 'B'], ['template.parameters wrong_type']],
    [
      named,
      { number: 'B', other: 'C' },
      ['template.parameters.name required', 'template.parameters.other unsupported_value'],
    ],
    [
      named,
      { name: 'A', number: 'B', 'the day': 'C' },
      ['template.parameters["the day"] unsupported_value'],
    ],
    [rich, ['A', 'B'], ['template.components required']],
    [rich, { components: 'x' }, ['template.components wrong_type']],
    [rich, { components: [body, url, code] }, ['template.components required']],
    [rich, { components: [document, body, code] }, ['template.components required']],
    [rich, { components: [document, url, code] }, ['template.components out_of_range']],
    [
      rich,
      { components: [document, document, body, url, code] },
      ['template.components[1] unsupported_value'],
    ],
    [
      rich,
      { components: [document, body, url, code, button(3, 'url', text('x'))] },
      ['template.components[4].index out_of_range'],
    ],
    [
      rich,
      { components: [document, body, button(1, 'quick_reply', text('x')), code] },
      ['template.components[2].sub_type unsupported_value'],
    ],
    [
      rich,
      { components: [document, body, button(1, 'url', {}), code] },
      ['template.components[2].parameters required'],
    ],
    [
      rich,
      {
        components: [
          { type: 'header', parameters: [{ type: 'image', image: { id: '1' } }] },
          body,
          url,
          code,
        ],
      },
      ['template.components[0].parameters wrong_type'],
    ],
    [
      rich,
      {
        components: [
          {
            type: 'header',
            parameters: [{ type: 'document', document: { link: 'ftp://x', filename: 'x.doc' } }],
          },
          body,
          url,
          code,
        ],
      },
      [
        'template.components[0].parameters[0].document.link invalid_format',
        'template.components[0].parameters[0].document.filename unsupported_value',
      ],
    ],
    [
      place,
      {
        components: [
          { type: 'header', parameters: [{ type: 'location', location: { latitude: 91 } }] },
          body,
        ],
      },
      [
        'template.components[0].parameters[0].location.latitude out_of_range',
        'template.components[0].parameters[0].location.longitude out_of_range',
      ],
    ],
    [
      named,
      { components: [{ type: 'body', parameters: [text('A', 'name'), text('B', 'name')] }] },
      ['template.components[0].parameters[1].parameter_name unsupported_value'],
    ],
    [
      positional,
      { components: [{ type: 'footer' }, body] },
      ['template.components[0].type unsupported_value'],
    ],
  ])('are named one by one: %#', (shape, given, faults) => {
    const found = checkParameters(shape, given)
    expect(found.map(({ field, code: word }) => `${field} ${word}`)).toEqual(faults)
    for (const { detail, remedy } of found) {
      expect(detail).not.toBe('')
      expect(remedy).toMatch(/[.…]$/)
    }
  })

  it('are named under the path that they are given', () => {
    expect(checkParameters(positional, [], 'messages[3].template')[0]?.field).toBe(
      'messages[3].template.parameters',
    )
  })
})
