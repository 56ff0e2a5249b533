import { isObject } from '../json-object.ts'
import type { BulkLine } from './bulk-file.ts'

/** Says whose messages these are, in each that does not say it itself; the rest stays as it is written. */
export function addTenant(lines: readonly BulkLine[], tenant: string): BulkLine[] {
  return lines.map((line) => {
    const value: unknown = JSON.parse(line.json)
    if (!isObject(value) || 'tenant_id' in value) return line
    const own = `{"tenant_id":${JSON.stringify(tenant)}`
    const rest = line.json.slice(1)
    return { ...line, json: rest === '}' ? `${own}}` : `${own},${rest}` }
  })
}
