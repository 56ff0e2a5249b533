/**
 * Gates: business numbers and templates that Meta refuses just now. Their messages are held with the
 * reason; one message at a time is let through to see whether the gate is open again.
 */

import type { Queryable, Statement } from '../db/database.ts'
import { dueOnceReleased, isOfPausedBatch } from './batch-due.ts'
import { noteOf } from './change-note-store.ts'
import type { HoldReason } from './message.ts'
import { intoState } from './state-columns.ts'

export interface Gate {
  scope: 'number' | 'template'
  /** The phone number id, or `template name/language`. */
  key: string
  hold_reason: HoldReason
  error_code: string | null
  error_message: string | null
  closed_at: Date
  probe_at: Date | null
  probes: number
  /** Meta took what it then gave up: only a status of a later message shows that the gate is open. */
  needs_status: boolean
  /** By the database's clock: one held message may be tried. */
  probe_due: boolean
}

/** All closed gates; a handful at most. */
export function listGates(db: Queryable): Promise<Gate[]> {
  return db.query<Gate>({
    name: 'gates.list',
    text: `select scope, key, hold_reason, error_code, error_message, closed_at, probe_at, probes, needs_status,
             coalesce(probe_at <= clock_timestamp(), false) as probe_due
           from send_gates`,
  })
}

/** Until the next probe, by those before it that were refused: 30 s, doubling up to 10 minutes. */
const PROBE_WAIT = (probes: string): string =>
  `least(30 * 2 ^ least(${probes}, 5), 600) * interval '1 second'`

/**
 * Closes a gate, or notes that it is still closed after a probe: the next one then waits twice as long,
 * whatever the reason has become. Refusals of sends that were under way with it put it off, never forward.
 *
 * @param probeAfterMs at least so long, where Meta or the catalogue asks for it; 0: as above; null: never by
 *   itself (a disabled template)
 * @returns true when it was open before: the moment to alert, once
 */
export async function closeGate(
  db: Queryable,
  gate: {
    scope: 'number' | 'template'
    key: string
    reason: HoldReason
    errorCode: string | null
    errorMessage: string | null
    probeAfterMs: number | null
    needsStatus?: boolean
  },
): Promise<boolean> {
  const rows = await db.query<{ is_new: boolean }>(
    {
      name: 'gates.close',
      text: `
insert into send_gates as g (scope, key, hold_reason, error_code, error_message, probe_at, needs_status)
values ($1, $2, $3, $4, $5, case when $6::float8 is not null then
  clock_timestamp() + greatest(${PROBE_WAIT('0')}, $6::float8 * interval '1 millisecond') end, $7)
on conflict (scope, key) do update
set hold_reason = excluded.hold_reason, error_code = excluded.error_code,
  error_message = excluded.error_message, needs_status = g.needs_status or excluded.needs_status,
  probe_at = case when excluded.probe_at is not null then
    greatest(g.probe_at, excluded.probe_at, clock_timestamp() + ${PROBE_WAIT('g.probes')}) end
returning (xmax = 0) as is_new`,
    },
    [
      ...[gate.scope, gate.key, gate.reason, gate.errorCode, gate.errorMessage, gate.probeAfterMs],
      gate.needsStatus === true,
    ],
  )
  return rows[0]?.is_new === true
}

// By the attempts that began since, which have an index by time: behind a closed gate they are few.
const IS_PROVEN: Statement = {
  name: 'gates.is_proven',
  text: `
select from whatsapp_attempts a join whatsapp_messages m on m.id = a.message_id
where a.started_at > $3 and m.fence = a.attempt and m.state in ('sent', 'delivered', 'read')
  and case $1 when 'number' then a.phone_number_id = $2 else m.template_name || '/' || m.template_language = $2 end
limit 1`,
}

/** Whether Meta has passed on a message that was begun after the gate was closed. */
export async function isProven(db: Queryable, gate: Gate): Promise<boolean> {
  return (await db.query(IS_PROVEN, [gate.scope, gate.key, gate.closed_at])).length > 0
}

/**
 * What a gate holds, by its scope and not by its present reason: the reason changes while it is closed,
 * and a message held under the former one must not stay behind.
 */
const BEHIND_GATE = `case $1 when 'number' then hold_reason in ('token', 'account', 'payment', 'number')
    else hold_reason in ('template_not_approved', 'template_paused', 'template_disabled')
      and template_name || '/' || template_language = $2 end`

/** From held to queued. The reason stays for the timeline, with the time of the row's last change: its holding. */
const release = (due: string): string => `
set ${intoState("'queued'", 'm.duplicate_sent')}, hold_reason = null, last_hold_reason = m.hold_reason,
  last_held_at = m.updated_at, due_at = ${due}, updated_at = clock_timestamp()`
const RELEASE = release(dueOnceReleased('m'))

/** Opens a gate and releases what it held. Returns how many messages were released. */
export async function openGate(
  db: Queryable,
  scope: 'number' | 'template',
  key: string,
): Promise<number> {
  const released = await db.query(
    `with g as (delete from send_gates where scope = $1 and key = $2 returning 1
     ), u as (
       update whatsapp_messages m ${RELEASE}
       where needs_attention and state = 'held' and exists (select 1 from g) and ${BEHIND_GATE}
       returning id
     ), ${noteOf('u')}
     select id from u`,
    [scope, key],
  )
  return released.length
}

// A message whose template is refused, too, would say nothing about the number, and would be the oldest
// again and again. One of a paused batch is not to be sent, not even to see. One that failed before for reasons of
// its own may do so again, and prove nothing: only where there is no other, and then the one that did least often.
const CANDIDATE = `
    select id from whatsapp_messages m
    where needs_attention and state = 'held' and expires_at > clock_timestamp() and ${BEHIND_GATE}
      and ($1 = 'template' or not exists (select 1 from send_gates t
        where t.scope = 'template' and t.key = template_name || '/' || template_language))
      and not ${isOfPausedBatch('m')}`
const RELEASE_PROBE: Statement = {
  name: 'gates.release_probe',
  text: `
with p as materialized (
  -- the second is looked for only where the first finds none: sorted by failures, it reads all that is held
  select id from (${CANDIDATE} and failures = 0
    order by id limit 1 for update skip locked) a
  union all
  select id from (${CANDIDATE} and failures > 0
    order by failures, id limit 1 for update skip locked) b
  limit 1
), g as (
  -- should nobody hear what becomes of this one
  update send_gates set probes = probes + 1, probe_at = clock_timestamp() + ${PROBE_WAIT('probes')}
  where scope = $1 and key = $2
), u as (
  update whatsapp_messages m ${release('clock_timestamp()')}
  from p where m.id = p.id
  returning m.id
), ${noteOf('u')}
select id from u`,
}

/** Which of these messages wait for a claim. */
export async function findQueued(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    `select id from whatsapp_messages where id = any ($1::uuid[]) and state = 'queued'`,
    [ids],
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Lets the oldest held message of a gate through, and sets the next probe. Returns its id, or
 * undefined where nothing is held any more.
 */
export async function releaseProbe(db: Queryable, gate: Gate): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(RELEASE_PROBE, [gate.scope, gate.key])
  return rows[0]?.id
}

// Through the due index, which holds what is undecided: the history does not count. Who is held by a
// refusal has its code; what the registry of templates holds has none, and is not ours.
const RELEASE_UNGATED: Statement = {
  name: 'gates.release_ungated',
  text: `
with h as materialized (
  select id from whatsapp_messages m
  where m.due_at > (select clock_timestamp()) and m.state = 'held'
    and (m.hold_reason in ('token', 'account', 'payment', 'number')
        and not exists (select 1 from send_gates g where g.scope = 'number')
      or m.hold_reason in ('template_not_approved', 'template_paused', 'template_disabled')
        and m.error_code is not null
        and not exists (select 1 from send_gates g
          where g.scope = 'template' and g.key = m.template_name || '/' || m.template_language))
  order by m.due_at limit 1000 for update skip locked
), u as (
  update whatsapp_messages m ${RELEASE}
  from h where m.id = h.id
  returning m.id
), ${noteOf('u')}
select id from u`,
}

/**
 * Queues what waits behind a gate that is not there: the process died between the hold and the gate, or
 * another one opened the gate while this one held by what it remembered. Returns how many, at most 1,000.
 */
export async function releaseUngated(db: Queryable): Promise<number> {
  return (await db.query(RELEASE_UNGATED, [])).length
}

const HOLD_QUEUED: Statement = {
  name: 'gates.hold_queued',
  text: `
with q as materialized (
  select id from whatsapp_messages
  where due_at <= (select clock_timestamp()) and state = 'queued'
    and ($2::text is null or template_name || '/' || template_language = $2)
    and ($3::text[] is null or not (recipient_phone = any ($3::text[])))
    and not (id::text = any ($4::text[]))
  order by due_at limit 1000 for update skip locked
)
update whatsapp_messages m
set ${intoState("'held'")}, hold_reason = $1, due_at = m.expires_at, updated_at = clock_timestamp()
from q where m.id = q.id
returning m.id`,
}

/**
 * Turns due messages into held ones, at most 1,000 a call.
 *
 * @param where `template`: only that `name/language`; `notTo`: only those whose recipient is not listed
 * @param except ids let through as probes
 */
export async function holdQueued(
  db: Queryable,
  reason: HoldReason,
  where: { template?: string; notTo?: readonly string[] },
  except: readonly string[],
): Promise<number> {
  const rows = await db.query(HOLD_QUEUED, [
    reason,
    where.template ?? null,
    where.notTo ?? null,
    except,
  ])
  return rows.length
}
