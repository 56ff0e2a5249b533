import { describe, expect, it } from 'vitest'
import { DEFAULT_TEMPLATE, poNotificationParameters } from '../../src/template/po-notification.ts'

describe('poNotificationParameters', () => {
  const order = {
    supplierName: 'Harinas del Sur',
    poNumber: 'PO-2026-0042',
    totalAmount: '1234.50',
    currency: 'EUR',
  }

  it('is supplier, order number and amount, for the template po_notification', () => {
    expect(DEFAULT_TEMPLATE).toBe('po_notification')
    expect(poNotificationParameters(order, 'es')).toEqual([
      'Harinas del Sur',
      'PO-2026-0042',
      '1.234,50 €',
    ])
    expect(poNotificationParameters(order, 'en_US')[2]).toBe('€1,234.50')
  })

  it('keeps texts as they were given: the wire form is made when the message is sent', () => {
    const given = { ...order, supplierName: ' A\n\tB\u202e ', poNumber: 'PO  1' }
    expect(poNotificationParameters(given, 'es').slice(0, 2)).toEqual([' A\n\tB\u202e ', 'PO  1'])
  })
})
