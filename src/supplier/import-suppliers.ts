import { setImmediate } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { FieldError } from '../lib/errors.ts'
import type { ReadImport } from './read-import.ts'
import { readImported } from './supplier-schema.ts'
import { writeSuppliers } from './supplier-store.ts'
import type { SupplierWriter } from './supplier-store.ts'
import type { SupplierInput } from './supplier.ts'

export interface ImportReport {
  created: number
  updated: number
  unchanged: number
  rejected: { line: number; code: string; detail: string }[]
}

/** Suppliers a transaction. */
const CHUNK = 500

/**
 * Writes an import: good lines are written whatever the others are, bad ones reported. The same import
 * again changes nothing. Cut off in the middle, it may be repeated as a whole.
 *
 * @param country ISO 3166, for numbers without a country code
 */
export async function importSuppliers(
  database: Database,
  { entries, unreadable }: ReadImport,
  writer: SupplierWriter,
  country: string | null,
): Promise<ImportReport> {
  const report: ImportReport = { created: 0, updated: 0, unchanged: 0, rejected: [...unreadable] }
  const now = new Date()
  const seen = new Map<string, number>()
  for (let from = 0; from < entries.length; from += CHUNK) {
    const good: SupplierInput[] = []
    for (const { line, value } of entries.slice(from, from + CHUNK)) {
      const read = readImported(value, country, now)
      const refusal = read.ok ? refuseEntry(read, writer, seen) : refuseFaults(read.errors)
      if (refusal === null && read.ok) {
        seen.set(read.input.supplierId, line)
        good.push(read.input)
      } else if (refusal !== null) report.rejected.push({ line, ...refusal })
    }
    const outcomes = await database.transaction((tx) => writeSuppliers(tx, good, writer))
    for (const outcome of outcomes) report[outcome] += 1
    await setImmediate()
  }
  report.rejected.sort((a, b) => a.line - b.line)
  return report
}

type Refusal = { code: string; detail: string } | null

function refuseEntry(
  { input, tenantId }: { input: SupplierInput; tenantId: string | null },
  writer: SupplierWriter,
  seen: ReadonlyMap<string, number>,
): Refusal {
  if (tenantId !== null && tenantId !== writer.tenantId) {
    return { code: 'forbidden', detail: 'tenant_id is not that of the import.' }
  }
  const first = seen.get(input.supplierId)
  if (first === undefined) return null
  return { code: 'duplicate', detail: `supplier_id stands in line ${String(first)} already.` }
}

function refuseFaults(errors: readonly FieldError[]): NonNullable<Refusal> {
  const [first] = errors
  return {
    code: first?.code ?? 'validation_failed',
    detail: errors
      .map(({ field, detail, remedy }) => `${field || 'the line'} ${detail}. ${remedy}`)
      .join(' '),
  }
}
