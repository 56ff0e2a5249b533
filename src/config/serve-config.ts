import path from 'node:path'
import { settings } from './settings.ts'
import { valueOf } from './setting.ts'
import type { Env, Mode, Setting } from './setting.ts'

export const ROLES = ['api', 'webhook', 'consumer', 'dispatcher'] as const
/** What a process does: answer the API, take webhooks, consume events, send. */
export type Role = (typeof ROLES)[number]

export type DatabaseConfig = { kind: 'pglite'; dataDir: string } | { kind: 'postgres'; url: string }

export type EventsConfig =
  | { kind: 'none' }
  | {
      kind: 'rabbitmq'
      url: string
      exchange: string
      routingKey: string
      queue: string
      topology: 'declare' | 'check'
      /** Routing keys or patterns of what goes to notification.events. */
      publish: readonly string[]
      /** How long an event that no queue is bound for is kept. */
      unboundHours: number
      /** Longest pause between two tries at such events. */
      unboundPauseSeconds: number
    }

export interface CloudApiConfig {
  /** Without a slash at the end. */
  graphUrl: string
  apiVersion: string
  accessToken: string
  phoneNumberId: string
  businessAccountId: string
  /** One, or two while one is being rotated. */
  appSecrets: readonly string[]
  webhookVerifyToken: string
  appId: string | null
}

export interface SendingConfig {
  /** False: events are recorded, and their messages held as `notifications_disabled`. */
  enabled: boolean
  /** Sends per second and business number; 0: no limit. */
  maxMps: number
  inDoubt: 'hold' | 'resend'
  /** E.164; null: everybody. */
  onlyTo: readonly string[] | null
  /** What was held for `enabled` for longer than this waits for a person. */
  backlogMinutes: number
  expiryHours: number
  leaseSeconds: number
  doubtWindowSeconds: number
  sweepSeconds: number
  /** Between two reads of Meta's list of templates. */
  templateSyncSeconds: number
  sendTimeoutMs: number
  /** Sends in flight at most in this process. */
  connections: number
}

export interface TenantsConfig {
  policy: 'shared' | 'known'
  defaultTenantId: string
  /** ISO 3166, upper case. */
  defaultCountry: string | null
  /** Meta's form, e.g. `pt_BR`. */
  defaultLanguage: string
  /** 32 bytes. */
  encryptionKey: Uint8Array | null
}

export interface ServeConfig {
  roles: readonly Role[]
  database: DatabaseConfig
  events: EventsConfig
  cloudApi: CloudApiConfig
  sending: SendingConfig
  tenants: TenantsConfig
  /** Ports: 0 is a free one, but metricsPort null is off. */
  http: { host: string; port: number; metricsPort: number | null }
  /** Null: the database must hold a key, or the first is made and printed on a terminal. */
  adminKey: string | null
  retentionDays: number
  orphanDays: number
  /** File of the operator's own rate card. */
  rateCard: string | null
  gapSeconds: number
  undeliveredHours: number
  startWaitSeconds: number
  /** Null: nobody is called. */
  alerts: { url: string; secret: string | null; intervalSeconds: number } | null
  /** Null: nothing is traced. */
  tracing: TracingConfig | null
  logLevel: string
}

export interface TracingConfig {
  /** Of the collector, with its path. */
  url: string
  headers: Readonly<Record<string, string>>
  serviceName: string
  attributes: Readonly<Record<string, string>>
  /** Share of orders, above 0 to 1. */
  ratio: number
}

/** What serve and sandbox read alike, each with its own defaults. Read only after the checks. */
export function readCommon(
  env: Env,
  mode: Mode,
): Omit<ServeConfig, 'roles' | 'database' | 'events' | 'cloudApi' | 'adminKey'> {
  const read = <T>(one: Setting<T>): T => valueOf(one, env, mode)
  const onlyTo = read(settings.onlyTo)
  const metricsPort = read(settings.metricsPort)
  const alertUrl = read(settings.alertUrl)
  return {
    sending: {
      enabled: read(settings.notificationsEnabled),
      maxMps: read(settings.maxMps),
      inDoubt: read(settings.inDoubt),
      onlyTo: onlyTo.length === 0 ? null : onlyTo,
      backlogMinutes: read(settings.backlogMinutes),
      expiryHours: read(settings.expiryHours),
      leaseSeconds: read(settings.leaseSeconds),
      doubtWindowSeconds: read(settings.doubtWindowSeconds),
      sweepSeconds: read(settings.sweepSeconds),
      templateSyncSeconds: read(settings.templateSyncSeconds),
      sendTimeoutMs: read(settings.sendTimeoutMs),
      connections: read(settings.connections),
    },
    tenants: {
      policy: read(settings.tenants),
      defaultTenantId: read(settings.defaultTenantId),
      defaultCountry: read(settings.defaultCountry),
      defaultLanguage: read(settings.defaultLanguage),
      encryptionKey: read(settings.encryptionKey),
    },
    http: {
      host: read(settings.host),
      port: read(settings.port),
      metricsPort: metricsPort === 0 ? null : metricsPort,
    },
    retentionDays: read(settings.retentionDays),
    orphanDays: read(settings.orphanDays),
    rateCard: read(settings.rateCard),
    gapSeconds: read(settings.gapSeconds),
    undeliveredHours: read(settings.undeliveredHours),
    startWaitSeconds: read(settings.startWaitSeconds),
    alerts:
      alertUrl === null
        ? null
        : {
            url: alertUrl,
            secret: read(settings.alertSecret),
            intervalSeconds: read(settings.alertSeconds),
          },
    tracing: readTracing(env, mode),
    logLevel: read(settings.logLevel),
  }
}

function readTracing(env: Env, mode: Mode): TracingConfig | null {
  const read = <T>(one: Setting<T>): T => valueOf(one, env, mode)
  const endpoint = read(settings.otlpEndpoint)
  const url =
    read(settings.otlpTracesEndpoint) ?? (endpoint === null ? null : `${endpoint}/v1/traces`)
  const sampler = read(settings.tracesSampler).replace('parentbased_', '')
  const ratio =
    sampler === 'traceidratio' ? read(settings.tracesSamplerArg) : sampler === 'always_on' ? 1 : 0
  if (url === null || ratio === 0) return null
  return {
    url,
    headers: read(settings.otlpHeaders),
    serviceName: read(settings.otelServiceName),
    attributes: read(settings.otelResourceAttributes),
    ratio,
  }
}

export function readDatabase(env: Env): DatabaseConfig {
  const url = valueOf(settings.databaseUrl, env, 'serve')
  return url === null
    ? { kind: 'pglite', dataDir: path.resolve(valueOf(settings.dataDir, env, 'serve')) }
    : { kind: 'postgres', url }
}

export function readEvents(env: Env): EventsConfig {
  const url = valueOf(settings.rabbitmqUrl, env, 'serve')
  if (url === null) return { kind: 'none' }
  return {
    kind: 'rabbitmq',
    url,
    exchange: valueOf(settings.exchange, env, 'serve'),
    routingKey: valueOf(settings.routingKey, env, 'serve'),
    queue: valueOf(settings.queue, env, 'serve'),
    topology: valueOf(settings.topology, env, 'serve'),
    publish: valueOf(settings.publish, env, 'serve'),
    unboundHours: valueOf(settings.unboundHours, env, 'serve'),
    unboundPauseSeconds: valueOf(settings.unboundPauseSeconds, env, 'serve'),
  }
}

export function readCloudApi(env: Env): CloudApiConfig {
  return {
    graphUrl: valueOf(settings.graphUrl, env, 'serve'),
    apiVersion: valueOf(settings.apiVersion, env, 'serve'),
    accessToken: valueOf(settings.accessToken, env, 'serve'),
    phoneNumberId: valueOf(settings.phoneNumberId, env, 'serve'),
    businessAccountId: valueOf(settings.businessAccountId, env, 'serve'),
    appSecrets: valueOf(settings.appSecrets, env, 'serve'),
    webhookVerifyToken: valueOf(settings.webhookVerifyToken, env, 'serve'),
    appId: valueOf(settings.appId, env, 'serve'),
  }
}
