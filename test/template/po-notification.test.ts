import { describe, expect, it } from 'vitest'
import {
  DEFAULT_TEMPLATE,
  orderParameters,
  unfitForOrders,
} from '../../src/template/po-notification.ts'
import { readShape } from '../../src/template/template-shape.ts'

describe('the parameters of an order', () => {
  const order = {
    supplierName: 'Harinas del Sur',
    poNumber: 'PO-2026-0042',
    totalAmount: '1234.50',
    currency: 'EUR',
  }

  it('is supplier, order number and amount, for the template po_notification', () => {
    expect(DEFAULT_TEMPLATE).toBe('po_notification')
    expect(orderParameters(order, 'es')).toEqual(['Harinas del Sur', 'PO-2026-0042', '1.234,50 €'])
    expect(orderParameters(order, 'en_US')).toContain('€1,234.50')
  })

  it('keeps texts as they were given: the wire form is made when the message is sent', () => {
    const given = { ...order, supplierName: ' A\n\tB\u202e ', poNumber: 'PO  1' }
    expect(orderParameters(given, 'es')).toEqual([' A\n\tB\u202e ', 'PO  1', '1.234,50 €'])
  })

  it('are named where the template names them, as many as it names', () => {
    const components = [
      { type: 'BODY', text: 'Order {{po_number}} of {{total_amount}} is approved' },
    ]
    expect(orderParameters(order, 'de', readShape(components, 'NAMED'))).toEqual({
      po_number: 'PO-2026-0042',
      total_amount: '1.234,50 €',
    })
  })
})

describe('a template of orders', () => {
  const body = { type: 'BODY', text: 'Order {{2}} of {{1}}: {{3}} is approved' }
  it.each([
    [[body], 'POSITIONAL', null],
    [
      [body, { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'OK' }] }],
      'POSITIONAL',
      null,
    ],
    [[{ type: 'HEADER', format: 'TEXT', text: 'Order' }, body], 'POSITIONAL', null],
    [[{ type: 'BODY', text: 'Order {{po_number}} is approved' }], 'NAMED', null],
    [[{ type: 'BODY', text: 'Order {{1}} is approved' }], 'POSITIONAL', '1 body variables'],
    [[{ type: 'BODY', text: 'Order {{number}} is approved' }], 'NAMED', 'no number'],
    [[{ type: 'HEADER', format: 'DOCUMENT' }, body], 'POSITIONAL', 'file'],
    [[{ type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' }, body], 'POSITIONAL', 'header'],
    [
      [
        body,
        { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'See', url: 'https://a.b/{{1}}' }] },
      ],
      'POSITIONAL',
      'button',
    ],
  ])('%j (%s): %s', (components, format, reason) => {
    const unfit = unfitForOrders(readShape(components, format))
    if (reason === null) expect(unfit).toBeNull()
    else expect(unfit).toContain(reason)
  })
})
