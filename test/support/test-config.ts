import { createHmac } from 'node:crypto'
import type { ServeConfig } from '../../src/config/serve-config.ts'

export const CREDENTIALS = {
  accessToken: 'test-access-token',
  appSecret: 'test-app-secret-0123456789',
  verifyToken: 'test-verify-token',
  appId: '100000000000001',
  phoneNumberId: '106540352242922',
  businessAccountId: '102290129340398',
}
export const ADMIN_KEY = 'test-admin-key-0123456789-0123456789'

/** A whole configuration for a service against an emulator at `graphUrl`. */
export function testConfig(
  graphUrl: string,
  sending: Partial<ServeConfig['sending']> = {},
): ServeConfig {
  const { appSecret, verifyToken, ...ids } = CREDENTIALS
  return {
    roles: ['api', 'webhook', 'consumer', 'dispatcher'],
    database: { kind: 'pglite', dataDir: 'unused' },
    events: { kind: 'none' },
    cloudApi: {
      ...ids,
      graphUrl,
      apiVersion: 'v25.0',
      appSecrets: [appSecret],
      webhookVerifyToken: verifyToken,
    },
    sending: {
      enabled: true,
      maxMps: 0,
      inDoubt: 'hold',
      onlyTo: null,
      backlogMinutes: 60,
      expiryHours: 72,
      leaseSeconds: 30,
      doubtWindowSeconds: 900,
      sweepSeconds: 1,
      templateSyncSeconds: 600,
      sendTimeoutMs: 10_000,
      connections: 64,
      ...sending,
    },
    tenants: {
      policy: 'shared',
      defaultTenantId: '00000000-0000-0000-0000-000000000000',
      defaultCountry: null,
      defaultLanguage: 'en',
      encryptionKey: null,
    },
    http: { host: '127.0.0.1', port: 0, metricsPort: null },
    adminKey: ADMIN_KEY,
    retentionDays: 400,
    orphanDays: 8,
    rateCard: null,
    gapSeconds: 900,
    undeliveredHours: 744,
    startWaitSeconds: 0,
    alerts: null,
    tracing: null,
    logLevel: 'silent',
  }
}

/** A POST as Meta makes it, under the right signature. */
export function signedWebhook(value: unknown): RequestInit {
  const body = JSON.stringify(value)
  const signature = createHmac('sha256', CREDENTIALS.appSecret).update(body).digest('hex')
  return { method: 'POST', body, headers: { 'x-hub-signature-256': `sha256=${signature}` } }
}
