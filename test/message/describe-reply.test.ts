import { describe, expect, it } from 'vitest'
import { describeReply } from '../../src/message/describe-reply.ts'

const FILE = { id: '1037543291543636', mime_type: 'application/pdf', sha256: 'x' }
const of = (type: string, own: unknown, more: Record<string, unknown> = {}) =>
  describeReply(type, { id: 'wamid.1', type, [type]: own, ...more })

describe('what an answer is besides its text', () => {
  it.each<[string, unknown, string]>([
    ['document', { ...FILE, filename: 'Oferta.pdf' }, 'document: Oferta.pdf'],
    ['document', { ...FILE, filename: '', caption: 'Oferta' }, 'document'],
    ['image', { ...FILE, caption: 'Así' }, 'image'],
    ['video', FILE, 'video'],
    ['audio', { ...FILE, voice: true }, 'voice message'],
    ['audio', FILE, 'audio'],
    ['sticker', FILE, 'sticker'],
  ])('is a file of the type %s, by its name and its id', (type, own, description) => {
    expect(of(type, own)).toEqual({ description, media_id: FILE.id })
  })

  it.each<[string, unknown, string]>([
    ['location', { latitude: 41.38, longitude: 2.17 }, 'location: 41.38, 2.17'],
    [
      'location',
      { latitude: 41.38, longitude: 2.17, name: 'Almacén Norte', address: 'Calle Mayor 1' },
      'location: Almacén Norte, Calle Mayor 1',
    ],
    [
      'contacts',
      [{ name: { formatted_name: 'Ana' } }, { name: {}, phones: [{ phone: '+34 600' }] }],
      'contacts: Ana, +34 600',
    ],
    ['order', { text: 'Lo de siempre', product_items: [{}, {}] }, 'order: Lo de siempre, 2 items'],
    ['order', {}, 'order'],
    [
      'interactive',
      { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } },
      'form: flow, Sent',
    ],
    ['interactive', { type: 'something_newer' }, 'interactive something_newer'],
    ['poll_vote', undefined, 'poll_vote'],
  ])('is of the type %s, in words', (type, own, description) => {
    expect(of(type, own)).toEqual({ description, media_id: null })
  })

  it('is what Meta says of the reason where it brings nothing', () => {
    const errors = [{ code: 131051, title: 'Message type unknown' }]
    expect(of('unsupported', undefined, { errors }).description).toBe(
      'unsupported: Message type unknown',
    )
    expect(of('unsupported', { type: 'poll' }, { errors }).description).toBe(
      'unsupported poll: Message type unknown',
    )
  })

  it.each<[string, unknown]>([
    ['text', { body: 'Hola' }],
    ['button', { text: 'Confirmar', payload: 'aviso:po.acknowledged' }],
    ['reaction', { emoji: '👍', message_id: 'wamid.2' }],
    ['interactive', { type: 'button_reply', button_reply: { id: '1', title: 'Sí' } }],
    ['interactive', { type: 'list_reply', list_reply: { id: '1', title: 'Lunes' } }],
  ])('is nothing where its text says it (%s)', (type, own) => {
    expect(of(type, own)).toEqual({ description: null, media_id: null })
  })

  it('stays short, and whole in its characters', () => {
    const { description } = of('document', { ...FILE, filename: '📄'.repeat(1000) })
    expect(description).toMatch(/^document: (📄)+…$/u)
    expect(Array.from(description ?? '')).toHaveLength(200)
  })

  it.each([null, undefined, 7, 'x', [], { document: null }, { document: [1] }, { errors: [null] }])(
    'is the type alone where the message is %j',
    (content) => {
      expect(describeReply('document', content)).toEqual({
        description: 'document',
        media_id: null,
      })
    },
  )
})
