/** Meta's limits per business number, kept by the database for all processes together. */

import type { Queryable, Statement } from '../db/database.ts'

// GCRA in one statement: whoever gets the row's lock first is granted first. A twentieth of a second
// may be taken at once (at least one send), so that slow rates work and fast ones are not sent row by
// row; any second holds at most 5 % and one send more than the rate. Each clock_timestamp() is a little
// later than the one before: the hundredth of a send is for that.
const FACTOR = `least(1,
  p.factor + 0.1 * greatest(0, extract(epoch from clock_timestamp() - p.factor_at)))`
const RATE = `($2::float8 * ${FACTOR})`
const WINDOW = `greatest(1 / ${RATE}, 0.05)`
// A minute is more than any grant takes: what lies further ahead was written before the clock was set back.
const START = `(case when p.tat < clock_timestamp() + interval '1 minute'
  then greatest(p.tat, clock_timestamp()) else clock_timestamp() end)`
const GRANTED = `case when coalesce(p.paused_until > clock_timestamp(), false) then 0 else
  least($3::integer, greatest(0, floor(
    extract(epoch from clock_timestamp() - ${START}) * ${RATE} + ${WINDOW} * ${RATE} + 0.01)))::integer end`

const TAKE: Statement = {
  name: 'pace.take',
  text: `
insert into number_pace as p (phone_number_id, tat) values ($1, clock_timestamp())
on conflict (phone_number_id) do update
set granted = ${GRANTED},
  tat = ${START} + (${GRANTED}) / ${RATE} * interval '1 second'
returning granted,
  greatest(
    coalesce(extract(epoch from paused_until - clock_timestamp()), 0),
    extract(epoch from tat - clock_timestamp()) + 1 / ${RATE} - ${WINDOW},
    0)::float8 * 1000 as wait_ms`,
}

/**
 * Takes up to `wanted` sends of a number's rate.
 *
 * @param ratePerSecond above 0
 * @returns how many were granted, and after how many ms another call can be granted one
 */
export async function takeSends(
  db: Queryable,
  phoneNumberId: string,
  ratePerSecond: number,
  wanted: number,
): Promise<{ granted: number; waitMs: number }> {
  const rows = await db.query<{ granted: number; wait_ms: number }>(TAKE, [
    phoneNumberId,
    ratePerSecond,
    wanted,
  ])
  return { granted: rows[0]?.granted ?? 0, waitMs: rows[0]?.wait_ms ?? 0 }
}

/** Gives back what no message used. */
export async function giveBackSends(
  db: Queryable,
  phoneNumberId: string,
  ratePerSecond: number,
  unused: number,
): Promise<void> {
  await db.query(
    {
      name: 'pace.give_back',
      text: `
update number_pace p set tat = p.tat - $3::integer / ${RATE} * interval '1 second'
where phone_number_id = $1 returning 1`,
    },
    [phoneNumberId, ratePerSecond, unused],
  )
}

/**
 * Meta said it was too fast: half the present rate from now on, growing back by itself. Refusals of
 * calls that were under way together halve it once, in whatever process they come.
 *
 * @param callMs how long ago the refused call began
 */
export async function halveRate(
  db: Queryable,
  phoneNumberId: string,
  callMs: number,
): Promise<void> {
  await db.query(
    {
      name: 'pace.halve',
      text: `
insert into number_pace as p (phone_number_id, tat, factor) values ($1, clock_timestamp(), 0.5)
on conflict (phone_number_id) do update
set factor = greatest(0.02, ${FACTOR} / 2), factor_at = clock_timestamp()
where p.factor = 1
  or p.factor_at not between clock_timestamp() - $2::float8 * interval '1 millisecond' and clock_timestamp()
returning 1`,
    },
    [phoneNumberId, callMs],
  )
}

/**
 * Counts messages that came in: Meta's limit is for both ways together. What has come cannot be
 * refused, so it only delays what goes out, by a second at most.
 *
 * @param ratePerSecond above 0
 */
export async function noteInbound(
  db: Queryable,
  phoneNumberId: string,
  ratePerSecond: number,
  count: number,
): Promise<void> {
  await db.query(
    {
      name: 'pace.inbound',
      text: `
update number_pace p
set tat = greatest(${START},
  least(${START} + $3::integer / ${RATE} * interval '1 second',
    clock_timestamp() + greatest(1, 1 / ${RATE}) * interval '1 second'))
where phone_number_id = $1 returning 1`,
    },
    [phoneNumberId, ratePerSecond, count],
  )
}

/** Nothing of the number starts for so long, in any process. */
export async function pauseNumber(db: Queryable, phoneNumberId: string, ms: number): Promise<void> {
  await db.query(
    {
      name: 'pace.pause',
      text: `
insert into number_pace as p (phone_number_id, tat, paused_until)
values ($1, clock_timestamp(), clock_timestamp() + $2::float8 * interval '1 millisecond')
on conflict (phone_number_id) do update
set paused_until = greatest(p.paused_until, excluded.paused_until) returning 1`,
    },
    [phoneNumberId, ms],
  )
}

/** What limits a number just now. */
export interface NumberPace {
  phone_number_id: string
  /** Of its rate, 0.02 to 1: below 1 after Meta said it was too fast. */
  factor: number
  /** For so long nothing of it starts; 0 = it is not paused. */
  paused_seconds: number
}

/** Of every number that has sent. */
export function listPaces(db: Queryable): Promise<NumberPace[]> {
  return db.query<NumberPace>({
    name: 'pace.list',
    text: `
select phone_number_id, (${FACTOR})::float8 as factor,
  greatest(0, coalesce(extract(epoch from paused_until - clock_timestamp()), 0))::float8 as paused_seconds
from number_pace p`,
  })
}

/** How long a number is paused, in ms; 0 = it is not. For numbers without a rate of their own. */
export async function pausedMs(db: Queryable, phoneNumberId: string): Promise<number> {
  const rows = await db.query<{ ms: number }>(
    {
      name: 'pace.paused',
      text: `
select greatest(0, extract(epoch from paused_until - clock_timestamp()))::float8 * 1000 as ms
from number_pace where phone_number_id = $1 and paused_until is not null`,
    },
    [phoneNumberId],
  )
  return rows[0]?.ms ?? 0
}

/** Forgets recipients whose pace is over; a row each would else stay for ever. */
export async function forgetOldPaces(db: Queryable): Promise<void> {
  await db.query(
    `delete from recipient_pace where next_at < (select clock_timestamp() - $1::float8 * interval '1 second') returning 1`,
    [60],
  )
}
