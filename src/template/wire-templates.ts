import { createTemplate } from './create-template.ts'
import type { CreateOutcome } from './create-template.ts'
import { deleteTemplate } from './delete-template.ts'
import type { DeleteOutcome, DeleteRequest } from './delete-template.ts'
import { editTemplate } from './edit-template.ts'
import type { EditOutcome } from './edit-template.ts'
import type { ManageOptions, TemplateWriter } from './manage-templates.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { createSyncOnDemand } from './sync-on-demand.ts'
import type { DemandOutcome } from './sync-on-demand.ts'
import { createTemplateRegistry } from './template-registry.ts'
import type { TemplateRegistry, TemplateRegistryOptions } from './template-registry.ts'
import { createUsageFold } from './usage-fold.ts'

type Body = Readonly<Record<string, unknown>>

/** What people do with the templates of an account. */
export interface TemplateDesk extends Pick<
  ManageOptions,
  'database' | 'businessAccountId' | 'tenantId'
> {
  sync: () => Promise<DemandOutcome>
  create: (draft: Body, actor: string) => Promise<CreateOutcome>
  edit: (row: RegisteredTemplate, body: Body, actor: string) => Promise<EditOutcome>
  remove: (row: RegisteredTemplate, request: DeleteRequest) => Promise<DeleteOutcome>
  upload: TemplateWriter['upload']
}

export interface TemplatesOptions extends TemplateRegistryOptions {
  writer: TemplateWriter
  /** Of orders whose supplier's language is not there. */
  defaultLanguage: string
}

/**
 * Puts the registry of a business account together, and what people do with it. With the registry runs
 * the count of what was sent.
 */
export function wireTemplates(options: TemplatesOptions): {
  registry: TemplateRegistry
  desk: TemplateDesk
} {
  const { database, businessAccountId, tenantId } = options
  const registry = createTemplateRegistry(options)
  const managing = { ...options, onChange: () => registry.wake() }
  const sync = createSyncOnDemand({
    database,
    businessAccountId,
    sync: () => registry.sync(),
    now: () => performance.now(),
  })
  const usage = createUsageFold(options)
  return {
    registry: {
      ...registry,
      start() {
        registry.start()
        usage.start()
      },
      async stop() {
        await usage.stop()
        await registry.stop()
      },
    },
    desk: {
      database,
      businessAccountId,
      tenantId,
      sync,
      create: (draft, actor) => createTemplate(managing, draft, actor),
      edit: (row, body, actor) => editTemplate(managing, row, body, actor),
      remove: (row, request) => deleteTemplate(managing, row, request),
      upload: options.writer.upload,
    },
  }
}
