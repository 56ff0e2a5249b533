import { describe, expect, it } from 'vitest'
import { retryRecipient } from '../../src/message/retry-recipient.ts'

type Row = Parameters<typeof retryRecipient>[0]
const ORDER: Row = {
  event_id: 'event-1',
  metadata: { supplier_phone: '612 345 678' },
  recipient_phone: null,
  recipient_input: '612 345 678',
  recipient_user_id: null,
}
const read = (more: Partial<Row>, country: string | null = null, directory: string | null = null) =>
  retryRecipient({ ...ORDER, ...more }, country, directory)

describe('retryRecipient', () => {
  it('reads an order’s phone anew, with the country it names or the default one', () => {
    expect(read({})).toEqual({ ok: false, code: 'invalid_phone' })
    expect(read({}, 'ES')).toEqual({ ok: true, phone: '+34612345678', input: '612 345 678' })
    const metadata = { supplier_phone: '612 345 678', supplier_country: 'es' }
    expect(read({ metadata }, 'FR')).toMatchObject({ phone: '+34612345678' })
    expect(read({ recipient_phone: '+33612345678' }, 'ES')).toMatchObject({ phone: '+34612345678' })
  })

  it('refuses an order without a phone, and one that still cannot be read', () => {
    for (const metadata of [{}, { supplier_phone: ' ' }, { supplier_phone: 5 }, null]) {
      expect(read({ metadata, recipient_input: null }, 'ES')).toEqual({
        ok: false,
        code: 'no_phone',
      })
    }
    expect(read({ recipient_phone: '+34612345678' })).toEqual({ ok: false, code: 'invalid_phone' })
  })

  it('keeps a recipient that did not come from an order’s data', () => {
    const phone = { recipient_phone: '+34612345678', recipient_input: '+34 612345678' }
    const kept = { ok: true, phone: '+34612345678', input: '+34 612345678' }
    expect(
      read({ ...phone, event_id: null, metadata: { supplier_phone: '+33612345678' } }),
    ).toEqual(kept)
    expect(read({ ...phone, metadata: {} })).toEqual(kept)
    const user = { recipient_user_id: 'ES.1', recipient_input: null, metadata: {} }
    expect(read(user)).toEqual({ ok: true, phone: null, input: null })
  })

  it('asks the supplier directory where the order names no phone', () => {
    const none = { metadata: {}, recipient_input: null }
    expect(read(none, null, '+34699999999')).toMatchObject({ ok: true, phone: '+34699999999' })
    expect(read({ ...none, recipient_phone: '+34612345678' }, null, '+34699999999')).toMatchObject({
      phone: '+34699999999',
    })
    expect(read({}, 'ES', '+34699999999')).toMatchObject({ phone: '+34612345678' })
  })

  it('takes the number of the directory in place of one of the order that cannot be read', () => {
    const words = { metadata: { supplier_phone: 'ask Juan' }, recipient_input: 'ask Juan' }
    expect(read(words, 'ES', '+34699999999')).toEqual({
      ok: true,
      phone: '+34699999999',
      input: '+34699999999',
    })
    expect(read(words, 'ES')).toEqual({ ok: false, code: 'invalid_phone' })
  })
})
