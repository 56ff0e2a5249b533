import type { GraphCall } from './graph-call.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import type { World } from './world.ts'

/** The token of a call: `Bearer`, `OAuth` (uploads) or the query; undefined where there is none. */
export function findToken({ headers, query }: GraphCall): string | undefined {
  const header = headers.authorization
  const match = header === undefined ? null : /^(?:Bearer|OAuth)\s+(\S+)$/i.exec(header)
  return match?.[1] ?? query.get('access_token') ?? undefined
}

/** Token first, before anything else is looked at (reference, sections 1 and 8.3). */
export function checkAccess(world: World, call: GraphCall): Refusal | undefined {
  const token = findToken(call)
  if (token === undefined) {
    return refuse(104, undefined, {
      message: 'An access token is required to request this resource.',
    })
  }
  if (token === world.access.token) return world.access.expired ? refuseExpired() : undefined
  // Made of app id and app secret; good for looking at tokens and files only.
  if (token === appToken(world) && call.node === 'debug_token') return undefined
  return refuse(190, undefined, {
    message: 'Invalid OAuth access token - Cannot parse access token',
  })
}

function refuseExpired(): Refusal {
  return refuse(190, undefined, {
    message: 'Error validating access token: Session has expired.',
    subcode: 463,
  })
}

export function appToken({ settings }: World): string {
  return `${settings.appId}|${settings.appSecret}`
}

/**
 * Calls that are not sends are counted by the hour (reference, section 6).
 *
 * @returns the refusal with 80007 once they are used up
 */
export function checkManagementLimit(world: World): Refusal | undefined {
  const limit = world.settings.managementCallsPerHour
  const hour = Math.floor(world.settings.clock() / 3_600_000)
  if (world.management.hour !== hour) world.management = { hour, calls: 0 }
  world.management.calls += 1
  if (limit === 0 || world.management.calls <= limit) return undefined
  return refuse(80007, 'The hourly quota of management calls is used up')
}
