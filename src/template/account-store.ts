/** Who reads the templates of a business account, and when: one process at a time, by the database's clock. */

import type { Queryable, Statement } from '../db/database.ts'

export interface AccountState {
  /** Null: no read has ever succeeded. */
  synced_at: Date | null
  next_sync_at: Date
  failures: number
  last_error: string | null
  /** bigint, as text */
  version: string
  /** A read is due, and nobody is at it. */
  is_due: boolean
}

const FIND: Statement = {
  name: 'template_accounts.find',
  text: `select synced_at, next_sync_at, failures, last_error, version,
           next_sync_at <= clock_timestamp() and coalesce(lease_until <= clock_timestamp(), true) as is_due
         from template_accounts where business_account_id = $1`,
}

/** Undefined before anybody has tried to read. */
export async function findAccount(
  db: Queryable,
  businessAccountId: string,
): Promise<AccountState | undefined> {
  return (await db.query<AccountState>(FIND, [businessAccountId]))[0]
}

// A read that was asked for waits until the last one is a while ago: an account may have thousands of
// templates, and a webhook for each.
const BEGIN: Statement = {
  name: 'template_accounts.begin_sync',
  text: `
insert into template_accounts as a (business_account_id, lease_owner, lease_until, sync_started_at)
values ($1, $2, clock_timestamp() + $3::float8 * interval '1 second', clock_timestamp())
on conflict (business_account_id) do update
set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until,
  sync_started_at = excluded.sync_started_at
where (a.lease_until is null or a.lease_until <= clock_timestamp())
  and ($4 or a.next_sync_at <= clock_timestamp())
returning 1`,
}

/**
 * Takes the lease of a read that is due.
 *
 * @param force due or not
 * @returns false where another process reads just now, or nothing is due
 */
export async function beginSync(
  db: Queryable,
  lease: { businessAccountId: string; owner: string; seconds: number; force: boolean },
): Promise<boolean> {
  const { businessAccountId, owner, seconds, force } = lease
  return (await db.query(BEGIN, [businessAccountId, owner, seconds, force])).length > 0
}

/** Keeps the lease while the read goes on. */
export async function renewLease(
  db: Queryable,
  lease: { businessAccountId: string; owner: string; seconds: number },
): Promise<void> {
  await db.query(
    {
      name: 'template_accounts.renew',
      text: `update template_accounts
             set lease_until = clock_timestamp() + $3::float8 * interval '1 second'
             where business_account_id = $1 and lease_owner = $2 and lease_until is not null
             returning 1`,
    },
    [lease.businessAccountId, lease.owner, lease.seconds],
  )
}

/**
 * The row's lock, so that nobody else changes templates of this account meanwhile.
 *
 * @returns when the read began; undefined where the lease is not ours any more
 */
export async function lockForSync(
  tx: Queryable,
  businessAccountId: string,
  owner: string,
): Promise<Date | undefined> {
  const rows = await tx.query<{ sync_started_at: Date }>(
    {
      name: 'template_accounts.lock_sync',
      text: `select sync_started_at from template_accounts
             where business_account_id = $1 and lease_owner = $2 and lease_until is not null
             for update`,
    },
    [businessAccountId, owner],
  )
  return rows[0]?.sync_started_at
}

/** The same for a single change; the row is made where there is none. */
export async function lockAccount(tx: Queryable, businessAccountId: string): Promise<void> {
  await tx.query(
    {
      name: 'template_accounts.lock',
      text: `insert into template_accounts (business_account_id) values ($1)
             on conflict (business_account_id) do update set business_account_id = excluded.business_account_id
             returning 1`,
    },
    [businessAccountId],
  )
}

/** Ends the lease: read, and due again after so many seconds, or sooner where somebody asked meanwhile. */
export async function finishSync(
  tx: Queryable,
  businessAccountId: string,
  after: { seconds: number; gapSeconds: number },
): Promise<void> {
  await tx.query(
    {
      name: 'template_accounts.finish_sync',
      text: `
update template_accounts
set synced_at = clock_timestamp(), lease_owner = null, lease_until = null, failures = 0, last_error = null,
  next_sync_at = clock_timestamp() + interval '1 second' * case
    when requested_at > sync_started_at then $3::float8 else $2::float8 end,
  -- the first one changes what every message may do
  version = version + case when synced_at is null then 1 else 0 end
where business_account_id = $1 returning 1`,
    },
    [businessAccountId, after.seconds, after.gapSeconds],
  )
}

/** Ends the lease without a read. Returns how many have failed in a row. */
export async function failSync(
  db: Queryable,
  lease: { businessAccountId: string; owner: string },
  failure: { reason: string; firstRetrySeconds: number; atLeastSeconds: number },
): Promise<number> {
  const rows = await db.query<{ failures: number }>(
    {
      name: 'template_accounts.fail_sync',
      text: `
update template_accounts
set lease_owner = null, lease_until = null, failures = failures + 1, last_error = $3,
  -- doubles up to a minute
  next_sync_at = clock_timestamp() + interval '1 second'
    * greatest($5::float8, least($4::float8 * 2 ^ least(failures, 10), 60))
where business_account_id = $1 and lease_owner = $2
returning failures`,
    },
    [
      lease.businessAccountId,
      lease.owner,
      failure.reason,
      failure.firstRetrySeconds,
      failure.atLeastSeconds,
    ],
  )
  return rows[0]?.failures ?? 0
}

/** Asks for a read soon, at the earliest `gapSeconds` after the last one. */
export async function requestSync(
  db: Queryable,
  businessAccountId: string,
  gapSeconds: number,
): Promise<void> {
  await db.query(
    {
      name: 'template_accounts.request',
      text: `
update template_accounts
set requested_at = clock_timestamp(),
  next_sync_at = least(next_sync_at,
    greatest(clock_timestamp(), coalesce(synced_at, '-infinity') + $2::float8 * interval '1 second'))
where business_account_id = $1 returning 1`,
    },
    [businessAccountId, gapSeconds],
  )
}

/** Tells everybody who keeps a copy that templates have changed. */
export async function bumpVersion(tx: Queryable, businessAccountId: string): Promise<void> {
  await tx.query(
    {
      name: 'template_accounts.bump',
      text: `update template_accounts set version = version + 1 where business_account_id = $1 returning 1`,
    },
    [businessAccountId],
  )
}
