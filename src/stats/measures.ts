/**
 * What is counted of a message: a handful of metrics, each a short text, counted per place and summed up.
 *
 * - `sP`, `sS`, `sD`, `sR`, `sF`: the status; every message has one
 * - `a`: failed after Meta had accepted it
 * - `e` and a code: why it failed
 * - `d`, `r` and a number: the bucket of its seconds from acceptance to delivery, to reading
 * - `c` and a price key: what Meta has priced
 */

import { priceKeySql } from '../pricing/price.ts'
import { bucketSql } from './histogram.ts'

/** SQL: the letter of a status. */
const STATUS = (
  m: string,
): string => `case ${m}.status when 'PENDING' then 'sP' when 'SENT' then 'sS'
    when 'DELIVERED' then 'sD' when 'READ' then 'sR' else 'sF' end`

/** SQL: an array of the metrics of a row of whatsapp_messages or stats_changes; nulls among them. */
export function metricsSql(m: string): string {
  const failed = `${m}.status = 'FAILED'`
  const seconds = (to: string) =>
    `case when ${m}.status in ('DELIVERED', 'READ') and ${m}.${to} is not null and ${m}.accepted_at is not null
      then ${bucketSql(`extract(epoch from ${m}.${to} - ${m}.accepted_at)::float8`)} end`
  return `array[
    ${STATUS(m)},
    case when ${failed} and ${m}.accepted_at is not null then 'a' end,
    case when ${failed} then 'e' || coalesce(${m}.error_code, '') end,
    'd' || ${seconds('delivered_at')},
    'r' || ${seconds('read_at')},
    'c' || ${priceKeySql(m)}]`
}

/** Counts by metric. */
export type Metrics = ReadonlyMap<string, number>
