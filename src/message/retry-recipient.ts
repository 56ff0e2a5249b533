import { readPhone } from './phone-number.ts'

export type RetryRecipient =
  | { ok: true; phone: string | null; input: string | null }
  | { ok: false; code: 'no_phone' | 'invalid_phone' }

/**
 * Whom a retried message goes to: an order's phone is read anew from the event's data, because the
 * default country or the reading itself may have changed. Where it is missing or cannot be read, the
 * supplier directory's is taken. A recipient that came from elsewhere (the API's caller, a user id) stays.
 *
 * @param defaultCountry ISO 3166, for an order that names no country
 * @param directoryPhone the supplier's number in the directory; null: none is known
 */
export function retryRecipient(
  row: {
    event_id: string | null
    metadata: unknown
    recipient_phone: string | null
    recipient_input: string | null
    recipient_user_id: string | null
  },
  defaultCountry: string | null,
  directoryPhone: string | null,
): RetryRecipient {
  const isKnown = row.recipient_phone !== null || row.recipient_user_id !== null
  const kept = { ok: true, phone: row.recipient_phone, input: row.recipient_input } as const
  if (row.event_id === null && isKnown) return kept
  const order = row.event_id === null ? {} : row.metadata
  const country = textAt(order, 'supplier_country') ?? defaultCountry
  const own = textAt(order, 'supplier_phone')
  const given = readPhone(own, country).ok ? own : (directoryPhone ?? own)
  const input = given ?? (isKnown ? null : row.recipient_input)
  const reading = readPhone(input, country)
  if (reading.ok) return { ok: true, phone: reading.e164, input }
  return reading.code === 'no_phone' && isKnown ? kept : reading
}

function textAt(object: unknown, key: string): string | null {
  if (typeof object !== 'object' || object === null) return null
  const value = (object as Record<string, unknown>)[key]
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
