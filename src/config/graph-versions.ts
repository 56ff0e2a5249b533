/**
 * Graph API versions and the day each stops working; data, to be extended as Meta announces
 * (reference, section 1). Null: no end announced. Oldest first.
 */
const GRAPH_VERSIONS: readonly { version: string; stopsOn: string | null }[] = [
  { version: 'v17.0', stopsOn: '2025-09-12' },
  { version: 'v18.0', stopsOn: '2026-01-26' },
  { version: 'v19.0', stopsOn: '2026-05-21' },
  { version: 'v20.0', stopsOn: '2026-09-24' },
  { version: 'v21.0', stopsOn: '2027-01-21' },
  { version: 'v22.0', stopsOn: '2027-05-20' },
  { version: 'v23.0', stopsOn: '2027-10-08' },
  { version: 'v24.0', stopsOn: '2028-02-18' },
  { version: 'v25.0', stopsOn: '2028-07-29' },
  { version: 'v26.0', stopsOn: null },
]

/** The version that this release is written and tested for. */
export const DEFAULT_GRAPH_VERSION = 'v25.0'

/** Half a year: a version change wants reading Meta's changelog and a test. */
const SOON_DAYS = 180
const DAY_MS = 86_400_000

/** The version has stopped working: Meta serves another one in its place, or refuses. */
export function isOver(version: string, now: Date): boolean {
  const oldest = GRAPH_VERSIONS[0]
  const known = GRAPH_VERSIONS.find((each) => each.version === version)
  if (known === undefined) return oldest !== undefined && majorOf(version) < majorOf(oldest.version)
  return known.stopsOn !== null && Date.parse(known.stopsOn) <= now.getTime()
}

/** One line about a version that has ended, ends soon, or is not known here; else undefined. */
export function warnAboutVersion(version: string, now: Date): string | undefined {
  const name = `WHATSAPP_API_VERSION=${version}`
  const remedy = `Set ${DEFAULT_GRAPH_VERSION}, the default.`
  const known = GRAPH_VERSIONS.find((each) => each.version === version)
  if (known === undefined) return warnAboutUnknown(version, name, remedy)
  if (known.stopsOn === null) return undefined
  const daysLeft = (Date.parse(known.stopsOn) - now.getTime()) / DAY_MS
  if (daysLeft <= 0) return `${name} stopped working on ${known.stopsOn}. ${remedy}`
  if (daysLeft <= SOON_DAYS) return `${name} stops working on ${known.stopsOn}. ${remedy}`
  return undefined
}

function warnAboutUnknown(version: string, name: string, remedy: string): string {
  const oldest = GRAPH_VERSIONS[0]
  return oldest !== undefined && majorOf(version) < majorOf(oldest.version)
    ? `${name} stopped working on ${oldest.stopsOn ?? ''} or before. ${remedy}`
    : `${name} is not known to this release, which cannot say until when it works. ${remedy}`
}

function majorOf(version: string): number {
  return Number(/^v(\d+)/.exec(version)?.[1] ?? 0)
}
