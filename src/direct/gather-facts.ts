import type { Queryable } from '../db/database.ts'
import type { KnownFacts, KnownTemplate } from './judge-request.ts'
import type { MessageRequest } from './message-request.ts'
import { findOptOuts } from '../supplier/opt-out-store.ts'
import { findWindows } from './window-store.ts'

/**
 * The templates of these names, each in all its languages; null before Meta's list was ever read.
 */
export type TemplateLookup = (
  names: readonly string[],
) => Promise<ReadonlyMap<string, readonly KnownTemplate[]> | null>

/** Where nothing was asked. */
export const NO_FACTS: KnownFacts = { templates: null, windowEndsAt: undefined, isOptedOut: false }

/** What the registry and the windows say of each request, in three statements for all of them. */
export async function gatherFacts(
  db: Queryable,
  requests: readonly MessageRequest[],
  options: { findTemplates: TemplateLookup; phoneNumberId: string },
): Promise<KnownFacts[]> {
  const names = [...new Set(requests.flatMap(({ template }) => template?.name ?? []))]
  const freeForm = requests.filter(({ template }) => template === null)
  const [optOuts, templates, windows] = await Promise.all([
    findOptOuts(
      db,
      requests.map(({ tenantId, recipient }) => ({ tenantId, ...recipient })),
    ),
    names.length === 0 ? null : options.findTemplates(names),
    findWindows(
      db,
      options.phoneNumberId,
      freeForm.map(({ recipient }) => recipient),
    ),
  ])
  const places = new Map(freeForm.map((request, place) => [request, place]))
  return requests.map((request, index) => {
    const place = places.get(request)
    const windowEndsAt = place === undefined ? undefined : windows.get(place)
    return { templates, windowEndsAt, isOptedOut: optOuts.has(index) }
  })
}
