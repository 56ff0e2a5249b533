import { describe, expect, it } from 'vitest'
import { EVENT_TYPES, idlePatterns, wantedTypes } from '../../src/outgoing/event-types.ts'

describe('what AVISO_PUBLISH asks for', () => {
  it.each([
    ['#', EVENT_TYPES],
    ['po.*', ['po.acknowledged', 'po.rejected', 'po.question']],
    ['whatsapp.*', []],
    ['whatsapp.#', EVENT_TYPES.slice(0, 5)],
    ['whatsapp.message.failed', ['whatsapp.message.failed']],
    ['*.*.failed', ['whatsapp.message.failed']],
    ['#.failed', ['whatsapp.message.failed']],
    ['#.message.#', EVENT_TYPES.slice(0, 5)],
    ['po.acknowledged.#', ['po.acknowledged']],
    ['po', []],
  ])('is %s as a topic exchange would match it', (pattern, types) => {
    expect(wantedTypes([pattern])).toEqual(types)
  })

  it('is each type once, and nothing where nothing is asked for', () => {
    expect(wantedTypes(['po.*', 'po.rejected', '#'])).toEqual(EVENT_TYPES)
    expect(wantedTypes([])).toEqual([])
  })

  it('names the patterns that match nothing', () => {
    expect(idlePatterns(['po.acknowleged', 'po.*', 'whatsapp.message'])).toEqual([
      'po.acknowleged',
      'whatsapp.message',
    ])
  })
})
