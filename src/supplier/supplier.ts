/** A supplier as the directory keeps it, and as somebody gives it. */

export interface SupplierRow {
  id: string
  tenant_id: string
  supplier_id: string
  name: string
  /** E.164; orders go to the first. */
  phones: string[]
  language: string | null
  email: string | null
  /** The supplier, or one of its numbers, wants no messages since. */
  opted_out_at: Date | null
  metadata: unknown
  created_at: Date
  /** A change of `opted_out_at` included. */
  updated_at: Date
}

/** What is given of a supplier; a field left out stays as it is. */
export interface SupplierInput {
  supplierId: string
  name: string
  /** E.164. */
  phones?: string[]
  language?: string | null
  email?: string | null
  metadata?: unknown
  /** A time: opted out since; null: takes an opt-out back. */
  optedOutAt?: Date | null
}

/** What an import or a PUT did to one. */
export type SupplierOutcome = 'created' | 'updated' | 'unchanged'

/** How the table of opt-outs names a supplier, whatever its numbers. */
export function supplierRecipient(supplierId: string): string {
  return `s:${supplierId}`
}
