/** First day on which a version no longer works (reference, section 1); v23.0 and newer are further away. */
const EXPIRY: ReadonlyMap<number, string> = new Map([
  [17, '2025-09-12'],
  [18, '2026-01-26'],
  [19, '2026-05-21'],
  [20, '2026-09-24'],
  [21, '2027-01-21'],
  [22, '2027-05-20'],
  [23, '2027-10-08'],
  [24, '2028-02-18'],
  [25, '2028-07-29'],
])
const OLDEST_KNOWN = 17
const NEWEST_KNOWN = 26

const SEGMENT = /^v(\d{1,3})\.(\d{1,2})$/

/**
 * The version a call is served by. A dead version is served by the oldest one alive, a version the
 * pages do not know by the newest known one (assumed; the pages leave both open).
 *
 * @param segment first part of the path; undefined where it is no version
 */
export function findGraphVersion(segment: string, nowMs: number): number | undefined {
  const match = SEGMENT.exec(segment)
  if (match === null) return undefined
  return Math.min(NEWEST_KNOWN, Math.max(Number(match[1]), oldestAlive(nowMs)))
}

/** What a path without a version gets. */
export function oldestAlive(nowMs: number): number {
  for (let version = OLDEST_KNOWN; version < NEWEST_KNOWN; version++) {
    const expiry = EXPIRY.get(version)
    if (expiry === undefined || nowMs < Date.parse(expiry)) return version
  }
  return NEWEST_KNOWN
}
