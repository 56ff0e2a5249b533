/** A request for a message as a caller sends it; `more` is laid over it. */
export function templateRequest(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    to: '+34612345678',
    type: 'template',
    template: {
      name: 'po_notification',
      language: 'es',
      parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
    },
    ...more,
  }
}

export function textRequest(to: string, body = '¿Puede entregar antes?'): Record<string, unknown> {
  return { to, type: 'text', text: { body } }
}
