import type { Database } from '../db/database.ts'
import { createSyncOnDemand } from './sync-on-demand.ts'
import type { DemandOutcome } from './sync-on-demand.ts'
import { createTemplateRegistry } from './template-registry.ts'
import type { TemplateRegistry, TemplateRegistryOptions } from './template-registry.ts'

/** What people do with the templates of an account. */
export interface TemplateDesk {
  database: Database
  businessAccountId: string
  /** Whose account it is. */
  tenantId: string
  sync: () => Promise<DemandOutcome>
}

/** Puts the registry of a business account together, and what people do with it. */
export function createTemplates(options: TemplateRegistryOptions): {
  registry: TemplateRegistry
  desk: TemplateDesk
} {
  const { database, businessAccountId, tenantId } = options
  const registry = createTemplateRegistry(options)
  const sync = createSyncOnDemand({
    database,
    businessAccountId,
    sync: () => registry.sync(),
    now: () => performance.now(),
  })
  return { registry, desk: { database, businessAccountId, tenantId, sync } }
}
