import type { Queryable } from '../db/database.ts'
import { OWN_TABLES } from '../db/own-tables.ts'
import type { DatabaseFacts } from './judge-database.ts'

interface FactsRow {
  role: string
  takes_writes: boolean
  synchronous_commit: string
  fsync: string
  full_page_writes: string
  tables: number
  refused: string[]
  owns_tables: boolean
  may_make_tables: boolean
  skew_ms: number
}

/**
 * Asks the catalogue: a trial write would have to name rows. The partitions are asked one by one, as the
 * statements of an order's way name them, and rights on a table are none on its partitions.
 */
export async function readDatabaseFacts(db: Queryable): Promise<DatabaseFacts> {
  const [row] = await db.query<FactsRow>(
    `with named as (
       select to_regclass(t.name)::oid as oid from jsonb_array_elements_text($2::jsonb) as t(name)),
     ours as (
       select c.oid, c.relowner from pg_class c
       where c.oid in (select oid from named
                       union all
                       select inhrelid from pg_inherits where inhparent in (select oid from named)))
     select current_user as role,
       not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as takes_writes,
       current_setting('synchronous_commit') as synchronous_commit,
       current_setting('fsync') as fsync,
       current_setting('full_page_writes') as full_page_writes,
       (select count(*)::integer from ours) as tables,
       -- of several rights in one text any will do
       array(select oid::regclass::text from ours
             where not (has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
                        and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete'))
             order by 1) as refused,
       coalesce((select bool_and(pg_has_role(relowner, 'usage')) from ours), true) as owns_tables,
       -- there is none where the role may not even look into the schemas of its path
       coalesce(has_schema_privilege(current_schema(), 'create'), false) as may_make_tables,
       abs(extract(epoch from clock_timestamp() - $1::timestamptz) * 1000)::float8 as skew_ms`,
    [new Date().toISOString(), JSON.stringify(OWN_TABLES)],
  )
  if (row === undefined) throw new Error('the database says nothing of itself')
  return {
    role: row.role,
    takesWrites: row.takes_writes,
    synchronousCommit: row.synchronous_commit,
    fsync: row.fsync,
    fullPageWrites: row.full_page_writes,
    tables: row.tables,
    refused: row.refused,
    ownsTables: row.owns_tables,
    mayMakeTables: row.may_make_tables,
    skewMs: row.skew_ms,
  }
}

export interface Traffic {
  /** When a status last came, by any of Meta's webhooks. */
  lastStatusAt: Date | null
  lastReplyAt: Date | null
  /** Of the template fields, by Meta's own time. */
  lastTemplateAt: Date | null
  /** Messages that Meta has taken within the last day. */
  accepted: number
}

/** Whether webhooks have come, and whether any were owed. */
export async function readTraffic(db: Queryable): Promise<Traffic> {
  const rows = await db.query<{
    status_at: Date | null
    reply_at: Date | null
    template_at: Date | null
    accepted: number
  }>(
    `select (select max(received_at) from webhook_watermarks) as status_at,
       (select max(received_at) from inbound_messages) as reply_at,
       (select max(meta_at) from whatsapp_templates) as template_at,
       (select count(*)::integer from whatsapp_attempts
        where started_at > (select clock_timestamp() - interval '1 day') and outcome = 'accepted') as accepted`,
    [],
  )
  const [row] = rows
  return {
    lastStatusAt: row?.status_at ?? null,
    lastReplyAt: row?.reply_at ?? null,
    lastTemplateAt: row?.template_at ?? null,
    accepted: row?.accepted ?? 0,
  }
}

export interface WrongPhone {
  supplier: string
  /** As the order or the directory has it; null: there is none. */
  input: string | null
}

/**
 * Phone numbers that no message can be sent to: of messages that failed for it and wait for somebody, and of
 * the directory, whose numbers are E.164 unless something else than the service wrote them. At most `limit`.
 *
 * @param tenantId whose; null: everybody's
 */
export function listWrongPhones(
  db: Queryable,
  tenantId: string | null,
  limit: number,
): Promise<WrongPhone[]> {
  return db.query<WrongPhone>(
    `(select coalesce(supplier_name, supplier_id, po_number, id::text) as supplier, recipient_input as input
      from whatsapp_messages
      where needs_attention and error_code in ('no_phone', 'invalid_phone')
        and ($1::uuid is null or tenant_id = $1)
      union
      select name, phone from suppliers, unnest(phones) phone
      where phone !~ '^\\+[1-9][0-9]{6,14}$' and ($1::uuid is null or tenant_id = $1))
     order by 1, 2 limit $2`,
    [tenantId, limit],
  )
}

export interface TestMessageRow {
  state: string
  hold_reason: string | null
  error_code: string | null
  error_message: string | null
  template_name: string | null
  /** Webhooks of the last hour had a wrong signature; counted a minute late at most. */
  signatures_refused: boolean
}

export async function readTestMessage(
  db: Queryable,
  id: string,
): Promise<TestMessageRow | undefined> {
  const rows = await db.query<TestMessageRow>(
    `select state, hold_reason, error_code, error_message, template_name,
       exists (select 1 from webhook_refusals where last_at > clock_timestamp() - interval '1 hour') as signatures_refused
     from whatsapp_messages where id = $1`,
    [id],
  )
  return rows[0]
}

/** Languages that orders since then have named, found or not. */
export async function listLanguages(db: Queryable, sinceId: string): Promise<string[]> {
  const rows = await db.query<{ language: string }>(
    `select distinct coalesce(template_language_asked, template_language) as language from whatsapp_messages
     where id >= $1 and po_id is not null and template_language is not null order by 1`,
    [sinceId],
  )
  return rows.map((row) => row.language)
}
