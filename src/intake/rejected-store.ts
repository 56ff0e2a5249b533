/** What could not be understood: events and webhook bodies, with bytes and reason. */

import type { Queryable, Statement } from '../db/database.ts'
import type { FieldError } from '../lib/errors.ts'
import type { Delivery } from './event-source.ts'

export type RejectedSource = Delivery['source'] | 'webhook'

export interface RejectedRow {
  id: string
  received_at: Date
  source: RejectedSource
  /** Null where it cannot be said whose it is: webhooks, and events without a readable tenant. */
  tenant_id: string | null
  event_id: string | null
  code: string
  detail: string
  errors: FieldError[] | null
  raw: Uint8Array
  headers: Record<string, unknown> | null
  replayed_at: Date | null
  message_id: string | null
}

/** Whose rows may be seen. */
export interface RejectedScope {
  /** Null: every tenant's. */
  tenantId: string | null
  /** Also those without a tenant. */
  withoutTenant: boolean
}

export interface RejectedFilter extends RejectedScope {
  source: RejectedSource | null
  code: string | null
  /** Only ids below this one: the cursor. */
  before: string | null
  /** 1 to 200 */
  limit: number
}

const COLUMNS = `id, received_at, source, tenant_id, event_id, code, detail, errors, raw, headers,
  replayed_at, message_id`
const IN_SCOPE = `(tenant_id is not null or $2) and ($1::uuid is null or tenant_id = $1)`

/** Bytes of one page at most, but for its first row: a body of Meta may have 3 MB. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

// octet_length reads no bytes: the length stands in the row.
const LIST: Statement = {
  name: 'rejected.list',
  text: `
with p as materialized (
  select id, octet_length(raw) as bytes from rejected_events
  where ${IN_SCOPE} and ($3::text is null or source = $3) and ($4::text is null or code = $4)
    and id < coalesce($5::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  order by id desc limit $6::integer + 1
), q as (
  select id as key, row_number() over w as place, count(*) over () as found,
    sum(bytes) over w - bytes as bytes_before
  from p window w as (order by id desc rows unbounded preceding)
)
select ${COLUMNS}, q.place < q.found as more
from q join rejected_events r on r.id = q.key
where q.place <= $6::integer and (q.place = 1 or q.bytes_before < ${String(MAX_PAGE_BYTES)})
order by r.id desc`,
}

/**
 * Newest first, by keyset. A page ends before `limit` where its bytes would be too many.
 *
 * @returns `more`: there are older ones
 */
export async function listRejected(
  db: Queryable,
  filter: RejectedFilter,
): Promise<{ rows: RejectedRow[]; more: boolean }> {
  const { tenantId, withoutTenant, source, code, before, limit } = filter
  const rows = await db.query<RejectedRow & { more: boolean }>(LIST, [
    tenantId,
    withoutTenant,
    source,
    code,
    before,
    limit,
  ])
  return { rows, more: rows.at(-1)?.more === true }
}

export async function findRejected(
  db: Queryable,
  id: string,
  scope: RejectedScope,
): Promise<RejectedRow | undefined> {
  const rows = await db.query<RejectedRow>(
    {
      name: 'rejected.find',
      text: `select ${COLUMNS} from rejected_events where ${IN_SCOPE} and id = $3`,
    },
    [scope.tenantId, scope.withoutTenant, id],
  )
  return rows[0]
}

/** More than these are not counted one by one. */
const COUNTED_AT_MOST = 10_000

/**
 * What is kept and was not replayed, by where it came from; of the newest 10,000.
 *
 * @param since the smallest id that counts: see `idBound`
 */
export function countRejected(
  db: Queryable,
  since: string,
): Promise<{ source: RejectedSource; count: number }[]> {
  return db.query(
    {
      name: 'rejected.count',
      text: `
select source, count(*)::integer as count
from (
  select source from rejected_events where id >= $1 and replayed_at is null order by id desc limit $2
) r
group by source`,
    },
    [since, COUNTED_AT_MOST],
  )
}

const MARK: Statement = {
  name: 'rejected.mark_replayed',
  text: `
with r as (
  update rejected_events
  set replayed_at = coalesce(replayed_at, clock_timestamp()), message_id = coalesce($2::uuid, message_id)
  where id = $1
  returning id, tenant_id, message_id
)
insert into audit_log (id, actor, action, tenant_id, message_id, detail)
select $3, $4, 'replay', r.tenant_id, r.message_id, jsonb_build_object('rejected_id', r.id) from r`,
}

/** Notes that a replay was taken, with the message it made, and who asked for it. */
export async function markReplayed(
  db: Queryable,
  replayed: { id: string; messageId: string | null; auditId: string; actor: string },
): Promise<void> {
  const { id, messageId, auditId, actor } = replayed
  await db.query(MARK, [id, messageId, auditId, actor])
}
