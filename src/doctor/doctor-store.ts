import type { Queryable } from '../db/database.ts'

export interface Traffic {
  /** When a status last came, by any of Meta's webhooks. */
  lastStatusAt: Date | null
  lastReplyAt: Date | null
  /** Messages that Meta has taken within the last day. */
  accepted: number
}

/** Whether webhooks have come, and whether any were owed. */
export async function readTraffic(db: Queryable): Promise<Traffic> {
  const rows = await db.query<{ status_at: Date | null; reply_at: Date | null; accepted: number }>(
    `select (select max(received_at) from webhook_watermarks) as status_at,
       (select max(received_at) from inbound_messages) as reply_at,
       (select count(*)::integer from whatsapp_attempts
        where started_at > clock_timestamp() - interval '1 day' and outcome = 'accepted') as accepted`,
    [],
  )
  const [row] = rows
  return {
    lastStatusAt: row?.status_at ?? null,
    lastReplyAt: row?.reply_at ?? null,
    accepted: row?.accepted ?? 0,
  }
}

export interface WrongPhone {
  supplier: string
  /** As the order wrote it. */
  input: string | null
  error_code: string
}

/** Suppliers of failed messages whose phone number could not be read; at most `limit`. */
export function listWrongPhones(db: Queryable, limit: number): Promise<WrongPhone[]> {
  return db.query<WrongPhone>(
    `select distinct coalesce(supplier_name, supplier_id, po_number, id::text) as supplier,
       recipient_input as input, error_code
     from whatsapp_messages
     where needs_attention and error_code in ('no_phone', 'invalid_phone')
     order by 1 limit $1`,
    [limit],
  )
}

/** Languages of the templates that orders of the last 30 days asked for. */
export async function listLanguages(db: Queryable, sinceId: string): Promise<string[]> {
  const rows = await db.query<{ template_language: string }>(
    `select distinct template_language from whatsapp_messages
     where id >= $1 and po_id is not null and template_language is not null order by 1`,
    [sinceId],
  )
  return rows.map((row) => row.template_language)
}
