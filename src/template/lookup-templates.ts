import type { Queryable } from '../db/database.ts'
import type { FieldError } from '../lib/errors.ts'
import { findAccount } from './account-store.ts'
import { checkParameters } from './check-parameters.ts'
import { findTemplates } from './template-store.ts'
import { readShape } from './template-shape.ts'

/** A template in one of its languages, and what of a message's parameters does not fit it. */
export interface LookedUpTemplate {
  language: string
  check: (parameters: unknown) => FieldError[]
}

/**
 * The templates of these names in all their languages, those that Meta has deleted left out.
 *
 * @returns null before Meta's list was ever read: nothing can be said of any template then
 */
export async function lookUpTemplates(
  db: Queryable,
  businessAccountId: string,
  names: readonly string[],
): Promise<Map<string, LookedUpTemplate[]> | null> {
  const account = await findAccount(db, businessAccountId)
  if (account === undefined || account.synced_at === null) return null
  const byName = new Map<string, LookedUpTemplate[]>(names.map((name) => [name, []]))
  for (const row of await findTemplates(db, businessAccountId, names)) {
    if (row.status === 'DELETED') continue
    const shape = readShape(row.components, row.parameter_format)
    byName.get(row.template_name)?.push({
      language: row.language,
      check: (parameters) => checkParameters(shape, parameters),
    })
  }
  return byName
}
