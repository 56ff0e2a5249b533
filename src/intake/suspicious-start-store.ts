/** Starts of deliveries that may be what kills us, counted by their bytes before each start. */

import type { Queryable, Statement } from '../db/database.ts'

const COUNT: Statement = {
  name: 'starts.count',
  text: `
insert into suspicious_starts as s (raw_sha256, starts) values (decode($1, 'hex'), 1)
on conflict (raw_sha256) do update set starts = s.starts + 1, last_at = clock_timestamp()
returning starts`,
}

/** Counts one more start; returns how many there are now, this one included. */
export async function countStart(db: Queryable, sha256: string): Promise<number> {
  const rows = await db.query<{ starts: number }>(COUNT, [sha256])
  return rows[0]?.starts ?? 1
}

const TAKE_BACK: Statement = {
  name: 'starts.take_back',
  text: `
update suspicious_starts set starts = greatest(0, starts - 1)
where raw_sha256 = decode($1, 'hex') returning starts`,
}

/** A start that ended, though without an answer: the database was away. */
export async function takeBackStart(db: Queryable, sha256: string): Promise<void> {
  await db.query(TAKE_BACK, [sha256])
}

// Of bytes that never came again nobody would else forget the count.
const FORGET: Statement = {
  name: 'starts.forget',
  text: `
delete from suspicious_starts
where raw_sha256 = decode($1, 'hex') or last_at < clock_timestamp() - interval '30 days'
returning 1`,
}

/** The delivery is answered for. */
export async function forgetStarts(db: Queryable, sha256: string): Promise<void> {
  await db.query(FORGET, [sha256])
}
