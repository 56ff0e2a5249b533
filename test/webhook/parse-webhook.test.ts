import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultWords, parseWebhook } from '../../src/webhook/parse-webhook.ts'

const STATUS = { id: 'wamid.1', status: 'delivered', timestamp: '1795339800' }
const MESSAGE = { id: 'wamid.2', type: 'text', from: '34600', text: { body: 'Vale' } }
const inEntry = (...changes: unknown[]) => ({ entry: [{ id: '1', changes }] })
const inChange = (value: unknown) => inEntry({ field: 'messages', value })

describe('what is read of a webhook', () => {
  it.each<[string, unknown, string[]]>([
    ['no entry', { object: 'page' }, ['entry is missing']],
    ['null for entries', { entry: null }, ['entry is no list']],
    ['an entry that is a text', { entry: ['x'] }, ['entry[0] is no object']],
    ['an entry without changes', { entry: [{ id: '1' }] }, ['changes is missing']],
    ['a change that is null', inEntry(null), ['changes[0] is no object']],
    ['a change without a field', inEntry({ value: {} }), ['a change has no field']],
    ['messages without a value', inChange(undefined), ['a change of messages has no value']],
    ['statuses that are no list', inChange({ statuses: {} }), ['statuses is no list']],
    ['messages that are no list', inChange({ messages: 'x' }), ['messages is no list']],
    [
      'a template webhook without a template',
      inEntry({ field: 'message_template_status_update', value: { event: 'APPROVED' } }),
      ['a change of message_template_status_update names no template'],
    ],
  ])('names %s', (_name, body, faults) => {
    expect(parseWebhook(body)).toMatchObject({ faults, statuses: [], inbound: [], templates: [] })
  })

  it('names what is odd among statuses and messages, and reads the others', () => {
    const value = {
      statuses: [STATUS, null, { ...STATUS, id: '' }, { id: 'wamid.3' }],
      messages: [[], MESSAGE, { ...MESSAGE, id: 7 }],
    }
    const parsed = parseWebhook(inChange(value))
    expect(parsed.statuses.map(({ wamid }) => wamid)).toEqual(['wamid.1'])
    expect(parsed.inbound.map(({ text }) => text)).toEqual(['Vale'])
    expect(parsed.faults).toEqual([
      'statuses[1] is no object',
      'statuses[2] has no id or no status',
      'statuses[3] has no id or no status',
      'messages[0] is no object',
      'messages[2] has no id',
    ])
  })

  it('finds no fault in what Meta sends, nor in fields that nobody reads', () => {
    const folder = new URL('../fixtures/meta/', import.meta.url)
    const files = readdirSync(folder).filter((file) =>
      /^(?:status|inbound|template-[qs])/.test(file),
    )
    expect(files.length).toBeGreaterThan(8)
    for (const file of files) {
      const body: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      expect(parseWebhook(body), file).toMatchObject({ faults: [], others: [] })
    }
    expect(parseWebhook(inEntry({ field: 'feed', value: 3 }))).toMatchObject({
      faults: [],
      others: ['feed'],
    })
    expect(parseWebhook(inChange({ statuses: null, contacts: [] })).faults).toEqual([])
    expect(parseWebhook({ entry: [] }).faults).toEqual([])
  })

  it('never throws, whatever is signed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
        for (const body of [value, { entry: value }, inEntry(value, other), inChange(value)]) {
          expect(parseWebhook(body).faults).toBeInstanceOf(Array)
        }
        expect(
          parseWebhook(inChange({ statuses: [value, STATUS] })).statuses.length,
        ).toBeGreaterThan(0)
      }),
    )
  })

  it('says of many faults the first ones, and how many there are', () => {
    expect(faultWords(['a', 'b'])).toBe('a; b')
    expect(faultWords(['1', '2', '3', '4', '5', '6', '7'])).toBe('1; 2; 3; 4; 5; and 2 more')
  })
})
