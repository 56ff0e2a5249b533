import { describe, expect, it } from 'vitest'
import { phoneVariants } from '../../src/supplier/phone-variants.ts'
import { readNotice } from '../../src/supplier/read-notice.ts'
import type { Inbound } from '../../src/supplier/read-notice.ts'
import { isStop, mayBeStop, STOP_LANGUAGES } from '../../src/supplier/stop-words.ts'

describe('STOP words', () => {
  it.each(STOP_LANGUAGES)('are known in %s, with STOP itself among them', (language) => {
    expect(isStop('STOP', language)).toBe(true)
    expect(isStop(' stop. ', language)).toBe(true)
  })

  it.each([
    ['es', '¡BAJA!'],
    ['es', 'Darme de baja'],
    ['es_MX', 'No más mensajes'],
    ['en', 'Unsubscribe'],
    ['fr', 'Arrêt'],
    ['fr', 'Me désabonner'],
    ['de', 'Abmelden'],
    ['it', 'Cancellami'],
    ['pt_BR', 'Não enviar mais'],
    ['ca', 'Donar-me de baixa'],
  ])('are heeded in %s: %s', (language, text) => {
    expect(isStop(text, language)).toBe(true)
  })

  it('are those of the supplier’s language, of any where it is not known', () => {
    expect(isStop('Abmelden', 'es')).toBe(false)
    expect(isStop('Abmelden', null)).toBe(true)
    expect(isStop('Abmelden', 'pl')).toBe(true)
  })

  it('are nothing that may be said of an order', () => {
    for (const text of ['Cancelar', 'cancel', 'ok', 'STOP the order PO-7', 'no', '']) {
      expect(mayBeStop(text)).toBe(false)
    }
  })
})

describe('phoneVariants', () => {
  it('knows the two forms of numbers in Brazil, Mexico and Argentina', () => {
    expect(phoneVariants('5215512345678')).toEqual(['+5215512345678', '+525512345678'])
    expect(phoneVariants('551187654321')).toEqual(['+551187654321', '+5511987654321'])
    expect(phoneVariants('5491112345678')).toEqual(['+5491112345678', '+541112345678'])
    expect(phoneVariants('34612345678')).toEqual(['+34612345678'])
    expect(phoneVariants('x')).toEqual([])
  })
})

describe('readNotice', () => {
  const inbound = (more: Partial<Inbound>): Inbound => ({
    wamid: 'wamid.1',
    type: 'text',
    fromWaId: '34612345678',
    fromUserId: null,
    contextWamid: null,
    text: null,
    content: {},
    ...more,
  })
  it('reads a new number, and a new user id, of a system message', () => {
    const system = (content: Record<string, unknown>) =>
      readNotice(inbound({ type: 'system', content: { system: content } }))
    expect(system({ type: 'user_changed_number', wa_id: '34699999999' })).toEqual({
      kind: 'new_number',
      wamid: 'wamid.1',
      waId: '34612345678',
      newWaId: '34699999999',
      userId: null,
      newUserId: null,
    })
    const both = { wa_id: '34699999999', user_id: 'ES.2', previous_user_id: 'ES.1' }
    expect(system({ type: 'user_changed_number', ...both })).toMatchObject({
      kind: 'new_number',
      newWaId: '34699999999',
      userId: 'ES.1',
      newUserId: 'ES.2',
    })
    expect(system({ previous_user_id: 'ES.1', user_id: 'ES.2' })).toMatchObject({
      kind: 'new_user_id',
      userId: 'ES.1',
      newUserId: 'ES.2',
    })
    expect(system({ type: 'user_changed_number', wa_id: '34612345678' })).toBeUndefined()
    expect(system({})).toBeUndefined()
  })

  it('reads nothing of what suppliers usually write', () => {
    expect(readNotice(inbound({ text: 'Recibido, gracias' }))).toBeUndefined()
    expect(readNotice(inbound({ text: 'STOP', fromWaId: null }))).toBeUndefined()
    expect(readNotice(inbound({ type: 'button', text: 'Stop' }))).toMatchObject({ kind: 'stop' })
  })
})
