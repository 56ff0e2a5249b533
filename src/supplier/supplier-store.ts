/** The supplier directory: reads, and writes that say what they changed. */

import type { Queryable, Statement } from '../db/database.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { deleteOptOuts, insertOptOuts } from './opt-out-store.ts'
import { supplierRecipient } from './supplier.ts'
import type { SupplierInput, SupplierOutcome, SupplierRow } from './supplier.ts'

const OPTED_OUT_AT = `(
    select min(o.opted_out_at) from opt_outs o
    where o.tenant_id = s.tenant_id and o.recipient = any (s.phones || ('s:' || s.supplier_id)))`
const COLUMNS = `s.id, s.tenant_id, s.supplier_id, s.name, s.phones, s.language, s.email, s.metadata,
  s.created_at, s.updated_at, ${OPTED_OUT_AT} as opted_out_at`

export interface SupplierFilter {
  /** Null: every tenant's. */
  tenantId: string | null
  /** supplier_id or phone exactly, name by its beginning. */
  q: string | null
  /** What `q` may mean as a phone number, E.164. */
  qPhones: readonly string[]
  /** Only ids below this one. */
  before: string | null
  limit: number
}

const LIST: Statement = {
  name: 'suppliers.list',
  text: `
select ${COLUMNS} from suppliers s
where ($1::uuid is null or s.tenant_id = $1) and ($2::uuid is null or s.id < $2)
  and ($3::text is null or s.supplier_id = $3 or starts_with(lower(s.name), lower($3)) or s.phones && array(select jsonb_array_elements_text($4::jsonb)))
order by s.id desc limit $5`,
}

/** Newest first. */
export function listSuppliers(db: Queryable, filter: SupplierFilter): Promise<SupplierRow[]> {
  return db.query<SupplierRow>(LIST, [
    filter.tenantId,
    filter.before,
    filter.q,
    JSON.stringify(filter.qPhones),
    filter.limit,
  ])
}

const FIND: Statement = {
  name: 'suppliers.find',
  text: `select ${COLUMNS} from suppliers s where s.tenant_id = $1 and s.supplier_id = $2`,
}

export async function findSupplier(
  db: Queryable,
  tenantId: string,
  supplierId: string,
): Promise<SupplierRow | undefined> {
  return (await db.query<SupplierRow>(FIND, [tenantId, supplierId]))[0]
}

/** What an order without a phone or a language takes from the directory. */
export interface DirectoryEntry {
  /** E.164; null: the supplier has none. */
  phone: string | null
  language: string | null
}

// The share lock lasts as long as the caller's transaction: what an order was written with is what the
// directory said when it was committed.
const LOOK_UP: Statement = {
  name: 'suppliers.look_up',
  text: `
select i.n, s.phones[1] as phone, s.language
from jsonb_to_recordset($1::jsonb) as i(n integer, tenant_id uuid, supplier_id text)
join suppliers s on s.tenant_id = i.tenant_id and s.supplier_id = i.supplier_id
for share of s`,
}

/** What the directory knows of these suppliers, by position. */
export async function lookUpSuppliers(
  tx: Queryable,
  suppliers: readonly { tenantId: string; supplierId: string }[],
): Promise<Map<number, DirectoryEntry>> {
  if (suppliers.length === 0) return new Map()
  const rows = await tx.query<DirectoryEntry & { n: number }>(LOOK_UP, [
    JSON.stringify(
      suppliers.map(({ tenantId, supplierId }, n) => ({
        n,
        tenant_id: tenantId,
        supplier_id: supplierId,
      })),
    ),
  ])
  return new Map(rows.map(({ n, phone, language }) => [n, { phone, language }]))
}

const DELETE: Statement = {
  name: 'suppliers.delete',
  text: `delete from suppliers where tenant_id = $1 and supplier_id = $2 returning 1`,
}

/** Its opt-outs stay. Returns false where there is none. */
export async function deleteSupplier(
  db: Queryable,
  tenantId: string,
  supplierId: string,
): Promise<boolean> {
  return (await db.query(DELETE, [tenantId, supplierId])).length > 0
}

const LOCK: Statement = {
  name: 'suppliers.lock',
  text: `
select ${COLUMNS} from suppliers s
where s.tenant_id = $1 and s.supplier_id in (select jsonb_array_elements_text($2::jsonb))
order by s.supplier_id
for update of s`,
}

// Another process may have written one meanwhile that was not there to be locked: then ours is the later.
const UPSERT: Statement = {
  name: 'suppliers.upsert',
  text: `
insert into suppliers as s (id, tenant_id, supplier_id, name, phones, language, email, metadata)
select id, tenant_id, supplier_id, name, array(select jsonb_array_elements_text(phones)), language, email, metadata
from jsonb_to_recordset($1::jsonb) as i(id uuid, tenant_id uuid, supplier_id text, name text, phones jsonb,
  language text, email text, metadata jsonb)
order by supplier_id
on conflict (tenant_id, supplier_id) do update
set name = excluded.name, phones = excluded.phones, language = excluded.language, email = excluded.email,
  metadata = excluded.metadata, updated_at = clock_timestamp()`,
}

const AUDIT: Statement = {
  name: 'suppliers.audit',
  text: `
insert into audit_log (id, actor, action, tenant_id, detail)
select id, actor, action, tenant_id, detail
from jsonb_to_recordset($1::jsonb) as i(id uuid, actor text, action text, tenant_id uuid, detail jsonb)`,
}

/** A row of the audit table about a supplier. */
export interface SupplierAudit {
  id: string
  actor: string
  action: string
  tenant_id: string
  detail: Record<string, unknown>
}

export async function auditSuppliers(
  tx: Queryable,
  entries: readonly SupplierAudit[],
): Promise<void> {
  if (entries.length > 0) await tx.query(AUDIT, [JSON.stringify(entries)])
}

/** Who writes, and for whom. */
export interface SupplierWriter {
  tenantId: string
  actor: string
  createId: () => string
}

/**
 * Writes suppliers, each named once, in the caller's transaction. What would change nothing is not
 * written. Whoever opts out does so with every number; a change of opt-out has a row in the audit table.
 *
 * @returns what became of each, in order
 */
export async function writeSuppliers(
  tx: Queryable,
  inputs: readonly SupplierInput[],
  writer: SupplierWriter,
): Promise<SupplierOutcome[]> {
  const { tenantId, createId } = writer
  const ids = inputs.map(({ supplierId }) => supplierId)
  const rows = await tx.query<SupplierRow>(LOCK, [tenantId, JSON.stringify(ids)])
  const known = new Map(rows.map((row) => [row.supplier_id, row]))
  const planned = inputs.map((input) => {
    const before = known.get(input.supplierId)
    const after = merge(before, input)
    const isChanged = before === undefined || !isSame(before, after)
    return { input, before, after, isChanged, optOut: optOutChange(before, input) }
  })
  const changed = planned.filter(({ isChanged }) => isChanged)
  if (changed.length > 0) {
    await tx.query(UPSERT, [
      JSON.stringify(
        changed.map(({ after }) => ({
          ...after,
          id: createId(),
          tenant_id: tenantId,
        })),
      ),
    ])
  }
  await writeOptOuts(tx, planned, writer)
  return planned.map(({ before, isChanged, optOut }) =>
    before === undefined ? 'created' : isChanged || optOut !== 'same' ? 'updated' : 'unchanged',
  )
}

type Merged = Pick<
  SupplierRow,
  'supplier_id' | 'name' | 'phones' | 'language' | 'email' | 'metadata'
>
type OptOutChange = 'out' | 'in' | 'same'
interface Planned {
  input: SupplierInput
  before: SupplierRow | undefined
  after: Merged
  isChanged: boolean
  optOut: OptOutChange
}

function merge(before: SupplierRow | undefined, input: SupplierInput): Merged {
  const { phones, language, email, metadata } = input
  return {
    supplier_id: input.supplierId,
    name: input.name,
    phones: phones ?? before?.phones ?? [],
    language: language === undefined ? (before?.language ?? null) : language,
    email: email === undefined ? (before?.email ?? null) : email,
    metadata: metadata === undefined ? (before?.metadata ?? null) : metadata,
  }
}

function isSame(before: SupplierRow, after: Merged): boolean {
  const { name, phones, language, email, metadata } = before
  return (
    name === after.name &&
    language === after.language &&
    email === after.email &&
    JSON.stringify(phones) === JSON.stringify(after.phones) &&
    canonicalJson(metadata) === canonicalJson(after.metadata)
  )
}

function optOutChange(
  before: SupplierRow | undefined,
  { optedOutAt }: SupplierInput,
): OptOutChange {
  const isOut = (before?.opted_out_at ?? null) !== null
  if (optedOutAt === undefined) return 'same'
  if (optedOutAt === null) return isOut ? 'in' : 'same'
  return isOut ? 'same' : 'out'
}

async function writeOptOuts(
  tx: Queryable,
  planned: readonly Planned[],
  { tenantId, actor, createId }: SupplierWriter,
): Promise<void> {
  const recipientsOf = ({ before, after }: Planned): string[] => [
    ...new Set([supplierRecipient(after.supplier_id), ...after.phones, ...(before?.phones ?? [])]),
  ]
  const wasOut = ({ before, isChanged, optOut }: Planned): boolean =>
    optOut === 'same' && isChanged && (before?.opted_out_at ?? null) !== null
  await insertOptOuts(
    tx,
    planned
      .filter((one) => one.optOut === 'out' || wasOut(one))
      .flatMap((one) =>
        [supplierRecipient(one.after.supplier_id), ...one.after.phones].map((recipient) => ({
          tenant_id: tenantId,
          recipient,
          opted_out_at: (one.input.optedOutAt ?? one.before?.opted_out_at)?.toISOString() ?? null,
          source: 'directory' as const,
        })),
      ),
  )
  // A new supplier whose number wrote STOP before: null in its first PUT takes that back, too.
  await deleteOptOuts(
    tx,
    planned
      .filter((one) => one.input.optedOutAt === null)
      .flatMap((one) => recipientsOf(one).map((recipient) => ({ tenant_id: tenantId, recipient }))),
  )
  await auditSuppliers(
    tx,
    planned
      .filter((one) => one.optOut !== 'same')
      .map((one) => ({
        id: createId(),
        actor,
        action: one.optOut === 'out' ? 'supplier_opted_out' : 'supplier_opted_in',
        tenant_id: tenantId,
        detail: { supplier_id: one.after.supplier_id },
      })),
  )
}
