export interface SandboxRecipients {
  /** A number that the emulator treats as one without WhatsApp. */
  notOnWhatsApp: string
}

/**
 * Five approved orders of different suppliers, languages and currencies. One supplier is not on
 * WhatsApp, so that a failure is seen, too.
 */
export function exampleOrders(
  tenantId: string,
  recipients: SandboxRecipients,
  now: Date,
): Record<string, unknown>[] {
  const delivery = new Date(now.getTime() + 3 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  const year = now.getUTCFullYear()
  return [
    order({
      name: 'Harinas del Sur',
      phone: '+34612345678',
      country: 'ES',
      language: 'es',
      amount: '1234.50',
      currency: 'EUR',
      item: 'Harina T55 25 kg',
      unit: 'sack',
      quantity: 40,
      price: '30.8625',
    }),
    order({
      name: 'Nordsee Verpackungen GmbH',
      phone: '+49 151 23456789',
      country: 'DE',
      language: 'de',
      amount: '18250',
      currency: 'EUR',
      item: 'Faltschachtel 200 g',
      unit: 'piece',
      quantity: 25_000,
      price: '0.73',
    }),
    order({
      name: 'Golden Gate Dairy',
      phone: '(415) 555-2671',
      country: 'US',
      language: 'en',
      amount: '987.65',
      currency: 'USD',
      item: 'Butter 82 %',
      unit: 'kg',
      quantity: 95,
      price: '10.39',
    }),
    order({
      name: 'Fazenda Boa Vista',
      phone: '+55 11 91234-5678',
      country: 'BR',
      language: 'pt-BR',
      amount: '45600.00',
      currency: 'BRL',
      item: 'Café arábica',
      unit: 'kg',
      quantity: 1200,
      price: '38.00',
    }),
    order({
      name: 'Molino Vecchio',
      phone: recipients.notOnWhatsApp,
      country: 'IT',
      language: 'it',
      amount: '310.00',
      currency: 'EUR',
      item: 'Semola rimacinata',
      unit: 'kg',
      quantity: 250,
      price: '1.24',
    }),
  ].map((data, index) => {
    const number = String(index + 1).padStart(4, '0')
    return {
      event_id: `example-${String(year)}-${number}`,
      event_type: 'po.approved',
      timestamp: now.toISOString(),
      tenant_id: tenantId,
      data: {
        po_id: `example-po-${number}`,
        po_number: `PO-${String(year)}-${number}`,
        revision: 1,
        required_delivery_date: delivery,
        ...data,
      },
    }
  })
}

/** An order for the visitor's own try, with ids of its own. */
export function ownOrder(
  tenantId: string,
  given: { id: string; number: string; phone: string },
): Record<string, unknown> {
  return {
    event_id: given.id,
    event_type: 'po.approved',
    tenant_id: tenantId,
    data: {
      po_id: given.id,
      po_number: given.number,
      supplier_name: 'My Supplier',
      supplier_phone: given.phone,
      total_amount: '250.00',
      currency: 'EUR',
      language: 'en',
    },
  }
}

function order(given: {
  name: string
  phone: string
  country: string
  language: string
  amount: string
  currency: string
  item: string
  unit: string
  quantity: number
  price: string
}): Record<string, unknown> {
  return {
    supplier_id: given.name.toLowerCase().replace(/[^a-z]+/g, '-'),
    supplier_name: given.name,
    supplier_phone: given.phone,
    supplier_country: given.country,
    total_amount: given.amount,
    currency: given.currency,
    language: given.language,
    items: [
      { name: given.item, quantity: given.quantity, unit: given.unit, unit_price: given.price },
    ],
  }
}
