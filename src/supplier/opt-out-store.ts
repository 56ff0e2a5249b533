/** Who does not want messages: asked by every claim, so by key alone. */

import type { Queryable, Statement } from '../db/database.ts'

export type OptOutSource = 'stop_word' | 'directory' | 'number_change'

export interface OptOut {
  tenant_id: string
  /** E.164, a business-scoped user id, or `s:` and a supplier_id. */
  recipient: string
  /** Null: now. */
  opted_out_at: string | null
  source: OptOutSource
}

// Locks suppliers in their order and before opt-outs are written, as the directory's writers do: of two that
// share a number one waits for the other, and rarely each for the other (then one is run again).
const touch = (name: string, phones: string): Statement => ({
  name,
  text: `
with i as materialized (
  select i.tenant_id, i.recipient
  from jsonb_to_recordset($1::jsonb) as i(tenant_id uuid, recipient text)
  left join opt_outs o on o.tenant_id = i.tenant_id and o.recipient = i.recipient
  where (o.recipient is not null) = $2
), concerned as materialized (
  select s.tenant_id, s.supplier_id
  from (select tenant_id, supplier_id, unnest(phones) as phone from suppliers where ${phones}) s
  join i on i.tenant_id = s.tenant_id and i.recipient = s.phone
  union
  select tenant_id, substr(recipient, 3) from i where starts_with(recipient, 's:')
), locked as materialized (
  select tenant_id, supplier_id from suppliers
  where (tenant_id, supplier_id) in (select tenant_id, supplier_id from concerned)
  order by tenant_id, supplier_id
  for no key update
)
update suppliers s set updated_at = clock_timestamp()
from locked l where s.tenant_id = l.tenant_id and s.supplier_id = l.supplier_id`,
})
/** By the index of numbers: what one supplier says. */
const TOUCH_FEW = touch('opt_outs.touch_few', 'phones && array(select recipient from i)')
// An import. Each overlap of arrays compares all with all, and where the table is not analysed yet it is asked
// of every row: reading every number once is faster.
const TOUCH_MANY = touch('opt_outs.touch_many', 'true')
const FEW = 32

/** Dates the suppliers whose `opted_out_at` is about to change: who reads them by `updated_at` has to see it. */
async function touchSuppliers(
  tx: Queryable,
  recipients: readonly { tenant_id: string; recipient: string }[],
  areOut: boolean,
): Promise<void> {
  await tx.query(recipients.length > FEW ? TOUCH_MANY : TOUCH_FEW, [
    JSON.stringify(recipients),
    areOut,
  ])
}

const INSERT: Statement = {
  name: 'opt_outs.insert',
  text: `
insert into opt_outs (tenant_id, recipient, opted_out_at, source)
select distinct on (tenant_id, recipient) tenant_id, recipient, coalesce(opted_out_at, clock_timestamp()), source
from jsonb_to_recordset($1::jsonb) as i(tenant_id uuid, recipient text, opted_out_at timestamptz, source text)
order by tenant_id, recipient, opted_out_at
on conflict (tenant_id, recipient) do nothing
returning tenant_id, recipient`,
}

/** Returns those that were none before; the first time stays. */
export async function insertOptOuts(
  tx: Queryable,
  optOuts: readonly OptOut[],
): Promise<{ tenant_id: string; recipient: string }[]> {
  if (optOuts.length === 0) return []
  await touchSuppliers(tx, optOuts, false)
  return tx.query(INSERT, [JSON.stringify(optOuts)])
}

const DELETE: Statement = {
  name: 'opt_outs.delete',
  text: `
delete from opt_outs o
using jsonb_to_recordset($1::jsonb) as i(tenant_id uuid, recipient text)
where o.tenant_id = i.tenant_id and o.recipient = i.recipient`,
}

/** Takes opt-outs back. */
export async function deleteOptOuts(
  tx: Queryable,
  recipients: readonly { tenant_id: string; recipient: string }[],
): Promise<void> {
  if (recipients.length === 0) return
  await touchSuppliers(tx, recipients, true)
  await tx.query(DELETE, [JSON.stringify(recipients)])
}

const FIND_FIRST: Statement = {
  name: 'opt_outs.find_first',
  text: `
select tenant_id, min(opted_out_at)::text as opted_out_at
from opt_outs where recipient in (select jsonb_array_elements_text($1::jsonb))
group by tenant_id`,
}

/** A new number, or a new user id, does not end an opt-out: each of the current ones takes over that of any former. */
export async function copyOptOuts(
  tx: Queryable,
  former: readonly string[],
  current: readonly string[],
): Promise<void> {
  const rows = await tx.query<Pick<OptOut, 'tenant_id' | 'opted_out_at'>>(FIND_FIRST, [
    JSON.stringify(former),
  ])
  const source = 'number_change'
  await insertOptOuts(
    tx,
    rows.flatMap((row) => current.map((recipient) => ({ ...row, recipient, source }))),
  )
}

const FIND: Statement = {
  name: 'opt_outs.find',
  text: `
select distinct i.n
from jsonb_to_recordset($1::jsonb) as i(n integer, tenant_id uuid, phone text, user_id text)
join opt_outs o on o.tenant_id = i.tenant_id and o.recipient in (i.phone, i.user_id)`,
}

/** Which of these recipients have opted out, by position. */
export async function findOptOuts(
  db: Queryable,
  recipients: readonly { tenantId: string; phone: string | null; userId: string | null }[],
): Promise<Set<number>> {
  if (recipients.length === 0) return new Set()
  const rows = await db.query<{ n: number }>(FIND, [
    JSON.stringify(
      recipients.map(({ tenantId, phone, userId }, n) => ({
        n,
        tenant_id: tenantId,
        phone,
        user_id: userId,
      })),
    ),
  ])
  return new Set(rows.map((row) => row.n))
}
