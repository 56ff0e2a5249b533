import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitDocument, splitLines } from '../../src/lib/json-elements.ts'

const split = async (text: string) => {
  const found = await splitDocument(Buffer.from(text), 'messages')
  return found && { elements: found.elements.map(String), rest: String(found.rest) }
}

describe('splitDocument', () => {
  it('takes the list out of the document, whatever stands in its texts and beside it', async () => {
    expect(
      await split(
        '{ "a": [1, {"messages": [9]}], "messages" : [ {"x":"]},\\"["}, [2] ,3], "b": 1 }',
      ),
    ).toEqual({
      elements: [' {"x":"]},\\"["}', ' [2] ', '3'],
      rest: '{ "a": [1, {"messages": [9]}], "messages" : [], "b": 1 }',
    })
    expect(await split('{"messages":[]}')).toEqual({ elements: [], rest: '{"messages":[]}' })
    expect(await split('{"messages":[1],"messages":[2]}')).toMatchObject({ elements: ['2'] })
    for (const none of ['[]', '{"messages":{"a":[1]}}', '{"messagesx":[1]}', '"messages":[1', ''])
      expect(await split(none), none).toBeUndefined()
  })

  it('gives the elements of any list as JSON.parse sees them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.integer({ min: 0, max: 2 }),
        async (messages, indent) => {
          const text = JSON.stringify({ before: messages, messages, after: 'x' }, null, indent)
          const found = await split(text)
          expect(found?.elements.map((one) => JSON.parse(one) as unknown)).toEqual(
            JSON.parse(JSON.stringify(messages)),
          )
          expect(JSON.parse(found?.rest ?? '')).toMatchObject({ messages: [], after: 'x' })
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('splitLines', () => {
  it('leaves out empty lines and keeps the rest as they are', () => {
    expect(splitLines(Buffer.from('{"a":1}\r\n\n  \n{"b":2}')).map(String)).toEqual([
      '{"a":1}\r',
      '{"b":2}',
    ])
  })
})
