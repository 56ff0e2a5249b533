/** Puts the doctor together: for the running service, and for the command line where none runs. */

import { createCloudApiClient } from './cloud-api/client.ts'
import type { CloudApiClient } from './cloud-api/client.ts'
import { warnAboutVersion } from './config/graph-versions.ts'
import type { ServeConfig } from './config/serve-config.ts'
import type { Database } from './db/database.ts'
import { migrationStatus } from './db/migrate.ts'
import type { DoctorReport } from './doctor/check.ts'
import { createChecks } from './doctor/create-checks.ts'
import { runDoctor } from './doctor/run-doctor.ts'
import { DEFAULT_TEMPLATE } from './template/po-notification.ts'

export interface Surroundings {
  database: Database
  /** Null where no broker is configured or none is connected from here. */
  broker: () => { status: string; detail: string; remedy: string | null } | null
  /** Where this process serves Meta's webhooks; null where it does not. */
  webhookUrl: string | null
}

/** @returns a function that makes every check anew, with clients of its own that are closed afterwards */
export function createExaminer(
  config: ServeConfig,
  { database, broker, webhookUrl }: Surroundings,
): () => Promise<DoctorReport> {
  const { cloudApi } = config
  const version = warnAboutVersion(cloudApi.apiVersion, new Date())
  return async () => {
    const reader = openClient(config, cloudApi.accessToken)
    const appReaders = appTokens(config).map((token) => openClient(config, token))
    try {
      return await runDoctor(
        createChecks({
          database,
          broker,
          migrations: () => migrationStatus(database),
          warnings: version === undefined ? [] : [version],
          webhook:
            webhookUrl === null
              ? null
              : {
                  url: webhookUrl,
                  verifyToken: cloudApi.webhookVerifyToken,
                  appSecrets: cloudApi.appSecrets,
                },
          reader,
          appReader: appReaders[0] ?? null,
          accessToken: cloudApi.accessToken,
          appId: cloudApi.appId,
          businessAccountId: cloudApi.businessAccountId,
          phoneNumberId: cloudApi.phoneNumberId,
          orderTemplate: DEFAULT_TEMPLATE,
          defaultLanguage: config.tenants.defaultLanguage,
          now: () => Date.now(),
        }),
      )
    } finally {
      await Promise.all([reader, ...appReaders].map((client) => client.close()))
    }
  }
}

/** `app id|app secret` is a token of its own kind (reference, section 9). */
function appTokens({ cloudApi }: ServeConfig): string[] {
  const { appId, appSecrets } = cloudApi
  return appId === null ? [] : appSecrets.slice(0, 1).map((secret) => `${appId}|${secret}`)
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
