import type { Queryable } from '../db/database.ts'
import type { KnownFacts, KnownTemplate } from './judge-request.ts'
import type { MessageRequest } from './message-request.ts'
import { findWindows } from './window-store.ts'

/**
 * The templates of these names, each in all its languages; null before Meta's list was ever read.
 */
export type TemplateLookup = (
  names: readonly string[],
) => Promise<ReadonlyMap<string, readonly KnownTemplate[]> | null>

/** What the registry and the windows say of each request, in two statements for all of them. */
export async function gatherFacts(
  db: Queryable,
  requests: readonly MessageRequest[],
  options: { findTemplates: TemplateLookup; phoneNumberId: string },
): Promise<KnownFacts[]> {
  const names = [...new Set(requests.flatMap(({ template }) => template?.name ?? []))]
  const freeForm = requests.filter(({ template }) => template === null)
  const [templates, windows] = await Promise.all([
    names.length === 0 ? null : options.findTemplates(names),
    findWindows(
      db,
      options.phoneNumberId,
      freeForm.map(({ recipient }) => recipient),
    ),
  ])
  const places = new Map(freeForm.map((request, place) => [request, place]))
  return requests.map((request) => {
    const place = places.get(request)
    return { templates, windowEndsAt: place === undefined ? undefined : windows.get(place) }
  })
}
