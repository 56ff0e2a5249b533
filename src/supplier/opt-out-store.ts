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
export function insertOptOuts(
  tx: Queryable,
  optOuts: readonly OptOut[],
): Promise<{ tenant_id: string; recipient: string }[]> {
  if (optOuts.length === 0) return Promise.resolve([])
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
  if (recipients.length > 0) await tx.query(DELETE, [JSON.stringify(recipients)])
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
