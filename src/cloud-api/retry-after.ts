/** A day: more is a mistake, or a reason for a person to look. */
const MAX_MS = 24 * 60 * 60 * 1000

/**
 * The wait that `Retry-After` asks for, in ms, from 0 to a day; null where it is absent or unreadable.
 *
 * @param nowMs Unix time, for the form with a date
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const value = header.trim()
  if (/^\d+$/.test(value)) return Math.min(MAX_MS, Number(value) * 1000)
  // A date has letters; without this test Date.parse would take "-5" and "1.5" for years.
  const at = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : Math.min(MAX_MS, Math.max(0, at - nowMs))
}
