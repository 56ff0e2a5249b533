/**
 * Notes for the live stream (migration 030), written by statements whose changes nothing else tells of: no attempt, no
 * status, no row in the audit table, and no need of attention afterwards.
 */

import type { Queryable, Statement } from '../db/database.ts'

/**
 * SQL: a common table expression that notes messages. Its row is made once all of them are changed, so its time is
 * close to the commit's, however many there are.
 *
 * @param changed SQL of those that were changed, with their `id`, for a `from`
 */
export function noteOf(changed: string): string {
  return `change_note as (
  insert into change_notes (message_ids) select array_agg(id) from ${changed} having count(*) > 0
)`
}

const INSERT: Statement = {
  name: 'change_notes.insert',
  text: `insert into change_notes (message_ids) select $1::uuid[] where cardinality($1::uuid[]) > 0`,
}

/** For a transaction of several statements: last, since the first of its changes may be older than the stream looks back. */
export async function insertChangeNote(tx: Queryable, ids: readonly string[]): Promise<void> {
  await tx.query(INSERT, [ids])
}

const FORGET: Statement = {
  name: 'change_notes.forget',
  text: `delete from change_notes where noted_at < (select clock_timestamp() - interval '15 minutes')`,
}

/** Forgets what is older than anybody may resume the stream from. */
export async function forgetOldNotes(db: Queryable): Promise<void> {
  await db.query(FORGET, [])
}
