import type { NewTemplate } from './template.ts'

/** Supplier, order number, total: the example values of the review. */
const EXAMPLE = [['Harinas del Sur', 'PO-2026-0042', '1.234,50 €']]

/** Wordings of `po_notification`: {{1}} supplier name, {{2}} order number, {{3}} total with currency. */
const PO_NOTIFICATION: Readonly<Record<string, string>> = {
  en: 'Hello {{1}}, purchase order {{2}} for a total of {{3}} has been approved. You can start preparing it.',
  en_US:
    'Hello {{1}}, purchase order {{2}} for a total of {{3}} has been approved. You can start preparing it.',
  es: 'Hola, {{1}}: el pedido {{2}}, por un total de {{3}}, está aprobado. Ya puede empezar a prepararlo.',
  fr: 'Bonjour {{1}}, la commande {{2}} d’un montant total de {{3}} a été approuvée. Vous pouvez commencer à la préparer.',
  de: 'Guten Tag {{1}}, die Bestellung {{2}} über insgesamt {{3}} ist freigegeben. Sie können mit der Bearbeitung beginnen.',
  it: 'Buongiorno {{1}}, l’ordine {{2}} per un totale di {{3}} è stato approvato. Potete iniziare a prepararlo.',
  pt_BR:
    'Olá, {{1}}: o pedido {{2}}, no valor total de {{3}}, foi aprovado. Já pode começar a prepará-lo.',
  pt_PT:
    'Olá, {{1}}: a encomenda {{2}}, no valor total de {{3}}, foi aprovada. Já pode começar a prepará-la.',
  ca: 'Hola, {{1}}: la comanda {{2}}, per un total de {{3}}, està aprovada. Ja podeu començar a preparar-la.',
}

/** What every emulator starts with, approved. */
export const PRELOADED_TEMPLATES: readonly NewTemplate[] = [
  ...Object.entries(PO_NOTIFICATION).map(([language, text]): NewTemplate => ({
    name: 'po_notification',
    language,
    category: 'UTILITY',
    status: 'APPROVED',
    parameterFormat: 'POSITIONAL',
    components: [{ type: 'BODY', text, example: { body_text: EXAMPLE } }],
    ttlSeconds: null,
  })),
  {
    name: 'hello_world',
    language: 'en_US',
    category: 'UTILITY',
    status: 'APPROVED',
    parameterFormat: 'POSITIONAL',
    components: [
      { type: 'HEADER', format: 'TEXT', text: 'Hello World' },
      { type: 'BODY', text: 'Welcome! This message shows that your set-up can send templates.' },
      { type: 'FOOTER', text: 'WhatsApp Business Platform sample message' },
    ],
    ttlSeconds: null,
  },
]
