import { describe, expect, it } from 'vitest'
import { readBulk } from '../../../src/cli/bulk/read-bulk.ts'
import type { BulkFormat } from '../../../src/cli/bulk/bulk-file.ts'

const read = (text: string | Uint8Array, name = 'x', format?: BulkFormat) => {
  const file = readBulk(typeof text === 'string' ? Buffer.from(text) : text, name, format)
  return {
    ...file,
    lines: file.good.map(({ line }) => line),
    messages: file.good.map(({ json }): unknown => JSON.parse(json)),
  }
}
const csv = (text: string | Uint8Array) => read(text, 'orders.csv')

describe('a CSV of messages', () => {
  const expected = {
    to: '+34612345678',
    type: 'template',
    template: { name: 'po_notification', language: 'es', parameters: ['Harinas, Sur', 'PO-1'] },
    metadata: { Route: '7' },
  }

  it('is read with both separators, a byte order mark, quotes and any order of columns', () => {
    expect(
      csv(
        'to,template,language,param_1,param_2,Route\r\n+34612345678,po_notification,es,"Harinas, Sur",PO-1,7\r\n',
      ).messages,
    ).toEqual([expected])
    expect(
      csv(
        "\uFEFFRoute;param_2;TO;Template;param_1;Language\n7; PO-1 ;'+34612345678;po_notification;Harinas, Sur;es",
      ).messages,
    ).toEqual([expected])
  })

  it('leaves out empty cells at the end, but not between', () => {
    const { messages } = csv(
      'to,template,language,param_1,param_2,param_3\n1,a,,x,,\n2,a,es,x,,z\n3,a,,,,',
    )
    expect(messages).toEqual([
      { to: '1', type: 'template', template: { name: 'a', parameters: ['x'] } },
      {
        to: '2',
        type: 'template',
        template: { name: 'a', language: 'es', parameters: ['x', '', 'z'] },
      },
      { to: '3', type: 'template', template: { name: 'a' } },
    ])
  })

  it('counts lines as an editor does, over empty ones, breaks inside of cells and rows without a word', () => {
    const { lines, bad } = csv(
      'to,template,param_1\n\n1,a,"two\nlines, ""quoted"""\n,,\n\r\n2,a,b\r\n3,a\n4,a,b,c\n5,a,b\n',
    )
    expect(lines).toEqual([3, 7, 10])
    expect(bad.map(({ line, source }) => [line, source])).toEqual([
      [8, '3,a'],
      [9, '4,a,b,c'],
    ])
    expect(bad[0]?.detail).toBe('It has 2 cells, the header has 3.')
  })

  it('loses to a forgotten quotation mark no line but its own', () => {
    const { lines, bad } = csv(
      'to,template,param_1\n1,a,"open\n2,a,b\n3,a,5" pipe\n4,a,b\n5,a,"x"y\n6,a,b\n7,a,"end\n8,a,b',
    )
    expect(bad.map(({ line, code }) => [line, code])).toEqual([
      [2, 'invalid_line'],
      [4, 'invalid_line'],
      [6, 'invalid_line'],
      [8, 'invalid_line'],
    ])
    expect(lines).toEqual([3, 5, 7, 9])
  })

  it.each([
    ['', /empty/],
    ['1,a,b\n', /no column to and no column template.*to,template,language,param_1/],
    ['to,template,To\n', /to twice/],
    ['to,template,param_1,param_3\n', /has param_3, but no param_2/],
    [Buffer.from([0x74, 0x6f, 0xe9]), /not UTF-8; save it as "CSV UTF-8"/],
  ])('is refused as a whole where nothing can be understood: %j', (text, words) => {
    expect(() => csv(text)).toThrow(words)
  })

  it('has columns without a name, as spreadsheets leave them, that are not read', () => {
    expect(csv('to;template;;\n1;a;;x').messages).toEqual([
      { to: '1', type: 'template', template: { name: 'a' } },
    ])
  })
})

describe('a JSON array of messages', () => {
  it('keeps each message as it is written, with the line on which it begins', () => {
    const file = read(
      '[\n  { "to": "1",\n    "metadata": { "amount": 1234.50 } },\n\n {"to":"2"}]\n',
    )
    expect(file.format).toBe('json')
    expect(file.good.map(({ place }) => place)).toEqual([
      'line 2 (message 1)',
      'line 5 (message 2)',
    ])
    expect(file.good.map(({ json }) => json)).toEqual([
      '{"to":"1","metadata":{"amount":1234.50}}',
      '{"to":"2"}',
    ])
  })

  it.each([
    ['[{"to":"1"},]', /not JSON/],
    ['{"messages":[{}],"rate_per_second":5}', /leave the array under "messages" alone/],
    ['{"to":"1"}', /no JSON array/],
    ['{"to":"1"}\n{"to":"2"}', /--format jsonl/],
  ])('is refused where it is none: %s', (text, words) => {
    expect(() => read(text, 'x.json')).toThrow(words)
  })
})

describe('JSON lines', () => {
  it('are judged each by itself', () => {
    const bytes = Buffer.concat([
      Buffer.from('\uFEFF{"to": "1"}\r\n\n{"to":\n'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from('[1]\n'),
    ])
    const file = read(bytes, 'x.jsonl')
    expect(file.good).toEqual([
      { line: 1, place: 'line 1', source: '{"to": "1"}', json: '{"to":"1"}' },
      { line: 5, place: 'line 5', source: '[1]', json: '[1]' },
    ])
    expect(file.bad.map(({ line, code, detail }) => [line, code, detail])).toEqual([
      [3, 'invalid_json', expect.stringMatching(/^It is not JSON.*\.$/)],
      [4, 'invalid_json', 'It is not UTF-8.'],
    ])
  })
})

describe('the format of a file', () => {
  it('is what is asked for, else its ending, else what it begins with', () => {
    expect(read('{"to":"1"}', 'x.csv', 'jsonl').format).toBe('jsonl')
    expect(read('{"to":"1"}', 'X.NDJSON').format).toBe('jsonl')
    expect(read('\n [{"to":"1"}]', '-').format).toBe('json')
    expect(read('\uFEFF{"to":"1"}', '-').format).toBe('jsonl')
    expect(read('to,template\n', 'orders.txt').format).toBe('csv')
  })
})
