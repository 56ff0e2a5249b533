/** Puts the doctor together: for the running service, and for the command line where none runs. */

import { createCloudApiClient } from './cloud-api/client.ts'
import type { CloudApiClient } from './cloud-api/client.ts'
import { isOver, warnAboutVersion } from './config/graph-versions.ts'
import type { ServeConfig } from './config/serve-config.ts'
import type { Database } from './db/database.ts'
import { migrationStatus } from './db/migrate.ts'
import type { DoctorReport } from './doctor/check.ts'
import { createChecks } from './doctor/create-checks.ts'
import { runDoctor } from './doctor/run-doctor.ts'
import type { GraphReader } from './doctor/graph-checks.ts'
import type { BrokerState } from './doctor/own-checks.ts'
import type { TestMessenger } from './doctor/check-test-message.ts'
import { chooseTestTemplate } from './template/choose-test-template.ts'
import { previewOrders } from './template/preview-orders.ts'
import { listAllTemplates } from './template/template-store.ts'

export interface Surroundings {
  database: Database
  broker: () => Promise<BrokerState>
  /** Where this process serves Meta's webhooks; null where it does not. */
  webhookUrl: string | null
  /** Takes a message like anybody's; null where no service runs. */
  sendMessage: SendMessage | null
  /** Where this process answers Prometheus; url null: switched off; null: no service runs. */
  metrics: { url: string | null } | null
  /** How long a test message may take; default {@link TEST_WITHIN_MS}. */
  testWithinMs?: number
}

/** A body of `POST /api/v1/whatsapp/messages`. */
export type SendMessage = (
  body: unknown,
) => Promise<{ ok: true; message: { id: string } } | { ok: false; detail: string }>

export interface Examination {
  /** Who gets a test message; null: nobody. */
  sendTest: string | null
  /** The tenant of whoever asks, whose suppliers alone are named; null: everybody's. */
  tenantId: string | null
}

/** Meta's first webhook comes within seconds; more than that is a fault that wants to be told of. */
const TEST_WITHIN_MS = 45_000

/** @returns a function that makes every check anew, with clients of its own that are closed afterwards */
export function createExaminer(
  config: ServeConfig,
  surroundings: Surroundings,
): (examination: Examination) => Promise<DoctorReport> {
  const { cloudApi } = config
  const { defaultLanguage } = config.tenants
  const { database, broker, webhookUrl, metrics } = surroundings
  const now = new Date()
  const words = warnAboutVersion(cloudApi.apiVersion, now)
  return async ({ sendTest, tenantId }) => {
    const reader = openClient(config, cloudApi.accessToken)
    const appReaders = appTokens(config).map((token) => openClient(config, token))
    try {
      return await runDoctor(
        createChecks({
          database,
          tenantId,
          broker,
          migrations: () => migrationStatus(database),
          graphVersion:
            words === undefined ? undefined : { words, isOver: isOver(cloudApi.apiVersion, now) },
          webhook:
            webhookUrl === null
              ? null
              : {
                  url: webhookUrl,
                  verifyToken: cloudApi.webhookVerifyToken,
                  appSecrets: cloudApi.appSecrets,
                },
          metrics,
          test: {
            to: sendTest,
            messenger: createMessenger(config, surroundings),
            waitMs: surroundings.testWithinMs ?? TEST_WITHIN_MS,
          },
          reader,
          appReader: anyOf(appReaders),
          accessToken: cloudApi.accessToken,
          appId: cloudApi.appId,
          businessAccountId: cloudApi.businessAccountId,
          phoneNumberId: cloudApi.phoneNumberId,
          previewOrders: async (listed, languages, isMigrated) => {
            const stored = isMigrated
              ? await listAllTemplates(database, cloudApi.businessAccountId)
              : []
            return previewOrders(stored, listed, languages, defaultLanguage, new Date())
          },
          defaultLanguage,
          now: () => Date.now(),
        }),
      )
    } finally {
      await Promise.all([reader, ...appReaders].map((client) => client.close()))
    }
  }
}

function createMessenger(
  { cloudApi, tenants }: ServeConfig,
  { database, sendMessage }: Surroundings,
): TestMessenger | null {
  if (sendMessage === null) return null
  return {
    async send(to) {
      const { businessAccountId } = cloudApi
      const template = await chooseTestTemplate(
        database,
        businessAccountId,
        tenants.defaultLanguage,
      )
      if (template === null) {
        const detail =
          'no template is approved that a test message could use (see the check templates)'
        return { ok: false, detail }
      }
      const body = { to, type: 'template', template, metadata: { aviso_test: true } }
      const outcome = await sendMessage(body)
      return outcome.ok ? { ok: true, id: outcome.message.id } : outcome
    },
  }
}

/** `app id|app secret` is a token of its own kind (reference, section 9). */
function appTokens({ cloudApi }: ServeConfig): string[] {
  const { appId, appSecrets } = cloudApi
  return appId === null ? [] : appSecrets.map((secret) => `${appId}|${secret}`)
}

/** While the app secret is being rotated Meta takes one of the two: its answer counts. */
function anyOf(readers: readonly GraphReader[]): Pick<GraphReader, 'get'> | null {
  const [first, ...others] = readers
  if (first === undefined) return null
  return {
    async get(path, query) {
      let result = await first.get(path, query)
      for (const other of others) {
        if (result.kind !== 'rejected') break
        result = await other.get(path, query)
      }
      return result
    },
  }
}

function openClient({ cloudApi }: ServeConfig, accessToken: string): CloudApiClient {
  return createCloudApiClient({
    baseUrl: cloudApi.graphUrl,
    apiVersion: cloudApi.apiVersion,
    accessToken,
    phoneNumberId: cloudApi.phoneNumberId,
    businessAccountId: cloudApi.businessAccountId,
    connections: 4,
  })
}
