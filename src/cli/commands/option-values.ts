/** Values of options that are wrong whatever the service: told of before one is asked, as wrong usage. */

import { InvalidArgumentError } from 'commander'
import { uuid } from '../../config/parsers.ts'

export function readTenant(text: string): string {
  const parsed = uuid(text)
  if (parsed.ok) return parsed.value
  throw new InvalidArgumentError(`It ${parsed.problem}. ${parsed.remedy}`)
}

const TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/

/** RFC 3339; whether it is a time that fits is the service's to say. */
export function readTime(text: string): string {
  const day = TIME.exec(text)?.[1]
  // The 30th of February is read as a day of March.
  const isDay = day !== undefined && dayOf(`${day}T00:00:00Z`) === day
  if (isDay && dayOf(text) !== null) return text
  throw new InvalidArgumentError('It is no time with its zone. Write it like 2027-12-31T00:00:00Z.')
}

function dayOf(time: string): string | null {
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().slice(0, 10)
}
