import type { TemplateRow } from '../cloud-api/wire.ts'
import type { Database } from '../db/database.ts'
import { isUndefinedTable } from '../db/database-error.ts'
import type { MigrationStatus } from '../db/migrate.ts'
import { idBound } from '../lib/uuid-v7.ts'
import type { Finding } from './check.ts'
import { listLanguages } from './doctor-store.ts'
import * as graph from './graph-checks.ts'
import type { GraphCheckOptions } from './graph-checks.ts'
import type { OrderPreview } from './judge-templates.ts'
import * as own from './own-checks.ts'
import type { BrokerState, OwnWebhook } from './own-checks.ts'
import type { Checks } from './run-doctor.ts'
import { checkTestMessage } from './check-test-message.ts'
import type { TestMessageOptions } from './check-test-message.ts'

export interface DoctorOptions extends Omit<GraphCheckOptions, 'orders'> {
  database: Database
  /** What is to be said of WHATSAPP_API_VERSION. */
  graphVersion: { words: string; isOver: boolean } | undefined
  migrations: () => Promise<MigrationStatus>
  /** Null where no broker is configured. */
  broker: () => Promise<BrokerState>
  /** Null where this process serves no webhooks. */
  webhook: OwnWebhook | null
  /** Where this process answers Prometheus; url null: switched off; null: no service runs. */
  metrics: { url: string | null } | null
  /** Whose suppliers may be named; null: everybody's. */
  tenantId: string | null
  /** To whom a test message goes, and by whom. */
  test: Pick<TestMessageOptions, 'messenger' | 'to' | 'waitMs'>
  /**
   * Which templates orders in these languages would go out with.
   *
   * @param isMigrated false: there is no registry that could be asked which one was chosen
   */
  previewOrders: (
    listed: readonly TemplateRow[],
    languages: readonly string[],
    isMigrated: boolean,
  ) => Promise<OrderPreview[]>
  /** Of orders that name none. */
  defaultLanguage: string
}

const WANTED_DAYS = 30
const DAY_MS = 86_400_000

/** How each line of the checklist is checked. */
export function createChecks(options: DoctorOptions): Checks {
  const { database, webhook } = options
  const orders: GraphCheckOptions['orders'] = async (listed) => {
    const since = idBound(new Date(options.now() - WANTED_DAYS * DAY_MS))
    const named = await listLanguages(database, since).catch((error: unknown) => {
      if (isUndefinedTable(error)) return null
      throw error
    })
    const languages = [...new Set([options.defaultLanguage, ...(named ?? [])])]
    const isMigrated = named !== null
    return { isMigrated, previews: await options.previewOrders(listed, languages, isMigrated) }
  }
  const reading: GraphCheckOptions = { ...options, orders }
  // Its webhook may be the first that ever comes.
  let tested: Promise<Finding> | undefined
  const test = () => (tested ??= checkTestMessage({ database, ...options.test }))
  return {
    environment: () => Promise.resolve(own.checkEnvironment(options.graphVersion)),
    migrations: () => own.checkMigrations(options.migrations),
    database: () => own.checkDatabase(database),
    broker: async () => own.checkBroker(await options.broker()),
    business_account: () => graph.checkBusinessAccount(reading),
    token: () => graph.checkToken(reading),
    app_secret: () => graph.checkAppSecret(reading),
    phone_number: () => graph.checkPhoneNumber(reading),
    templates: () => graph.checkTemplates(reading),
    webhook_address: () => own.checkWebhookAddress(webhook),
    webhook_signature: () => own.checkWebhookSignature(webhook),
    webhook_subscription: () => graph.checkSubscription(reading),
    webhook_received: async () => {
      await test().catch(() => undefined)
      return own.checkWebhooksReceived(database)
    },
    test_message: test,
    supplier_phones: () => own.checkSupplierPhones(database, options.tenantId),
    metrics: () => own.checkMetrics(options.metrics),
  }
}
