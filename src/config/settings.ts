/**
 * The one table of settings. The loaders, `aviso serve --help`, `.env.example` and
 * docs/configuration.md are all made from it.
 */

import { country } from './country.ts'
import { DEFAULT_GRAPH_VERSION } from './graph-versions.ts'
import * as parse from './parsers.ts'
import { byDefault, optional, required, setting, unset } from './setting.ts'
import type { Setting } from './setting.ts'
import { tracing } from './tracing-settings.ts'

const TEN_YEARS_DAYS = 3650
const copyFrom = (place: string): string => `Copy it again from ${place}.`

const meta = {
  accessToken: setting(
    'WHATSAPP_ACCESS_TOKEN',
    'Access token of a system user with whatsapp_business_messaging and whatsapp_business_management.',
    parse.secretText(1, copyFrom('the system user in Meta Business settings')),
    required,
    { secret: true },
  ),
  phoneNumberId: setting(
    'WHATSAPP_PHONE_NUMBER_ID',
    'Id of the business phone number that sends (an id of digits, not the number itself).',
    parse.nodeId,
    required,
  ),
  businessAccountId: setting(
    'WHATSAPP_BUSINESS_ACCOUNT_ID',
    'Id of the WhatsApp Business account that owns number and templates.',
    parse.nodeId,
    required,
  ),
  appSecrets: setting(
    'WHATSAPP_APP_SECRET',
    'App secret that webhook signatures are checked with; two, separated by a comma, while one is being rotated.',
    parse.appSecrets,
    required,
    { secret: true },
  ),
  webhookVerifyToken: setting(
    'WHATSAPP_WEBHOOK_VERIFY_TOKEN',
    "Word of your own choice, the same as in the app's webhook settings at Meta.",
    parse.secretText(1, 'Choose letters and digits, and set the same in the Meta app.'),
    required,
    { secret: true },
  ),
  appId: optional(
    'WHATSAPP_APP_ID',
    'Id of the Meta app; without it the doctor skips the checks that need it.',
    parse.nodeId,
  ),
  apiVersion: setting(
    'WHATSAPP_API_VERSION',
    'Graph API version; an expired or soon expiring one is warned about.',
    parse.graphVersion,
    byDefault(DEFAULT_GRAPH_VERSION),
  ),
  graphUrl: setting(
    'WHATSAPP_GRAPH_URL',
    'Base address of the Graph API; http only for loopback, where an emulator answers.',
    parse.graphUrl,
    byDefault('https://graph.facebook.com'),
    { secret: true },
  ),
  notificationsEnabled: setting(
    'ENABLE_WHATSAPP_NOTIFICATIONS',
    'With false, events are consumed and recorded, and nothing is sent.',
    parse.trueOrFalse,
    byDefault('true'),
  ),
}

const storage = {
  databaseUrl: optional(
    'DATABASE_URL',
    'PostgreSQL 15 or later; unset: the embedded PGlite in AVISO_DATA_DIR.',
    parse.connectionUrl(['postgres', 'postgresql'], 'postgres://user:password@host:5432/database'),
    { secret: true, says: 'PGlite' },
  ),
  dataDir: setting(
    'AVISO_DATA_DIR',
    'Directory of the embedded database, where DATABASE_URL is unset. One process at a time.',
    parse.anyText,
    byDefault('./data/serve'),
  ),
  retentionDays: setting(
    'AVISO_RETENTION_DAYS',
    'How long messages are kept, then to the end of their month (raw webhooks and rejected events: 30 days).',
    parse.wholeNumber(30, TEN_YEARS_DAYS),
    byDefault('400'),
    { unit: 'days' },
  ),
  rateCard: optional(
    'AVISO_RATE_CARD',
    'JSON file with your own rate card; unset: the one that comes with Aviso (docs/pricing.md).',
    parse.anyText,
  ),
}

const events = {
  rabbitmqUrl: optional(
    'RABBITMQ_URL',
    'RabbitMQ; unset: events come over HTTP only.',
    parse.connectionUrl(['amqp', 'amqps'], 'amqps://user:password@host/vhost'),
    { secret: true },
  ),
  exchange: setting(
    'AVISO_EVENTS_EXCHANGE',
    'Topic exchange that the ERP publishes to.',
    parse.amqpName,
    byDefault('procurement.events'),
  ),
  routingKey: setting(
    'AVISO_EVENTS_ROUTING_KEY',
    'Routing key of approved purchase orders.',
    parse.amqpName,
    byDefault('po.approved'),
  ),
  queue: setting(
    'AVISO_EVENTS_QUEUE',
    'Queue that this service reads.',
    parse.amqpName,
    byDefault('notification-service.po-approved'),
  ),
  topology: setting(
    'AVISO_TOPOLOGY',
    'declare: exchanges and queues are made at start; check: the operator owns them, they are only looked at.',
    parse.oneOf(['declare', 'check']),
    byDefault('declare'),
  ),
  publish: setting(
    'AVISO_PUBLISH',
    'What is published to notification.events: routing keys or patterns, separated by commas; # for all (quoted in .env), empty for none. The same in every process, with RABBITMQ_URL.',
    parse.routingPatterns,
    byDefault('whatsapp.message.failed,whatsapp.message.needs_attention,po.*'),
    { emptyIsValue: true },
  ),
}

const tenants = {
  tenants: setting(
    'AVISO_TENANTS',
    'shared: a tenant without credentials of its own is served by the ones above; known: its events are rejected as unknown_tenant. There is no way yet to store credentials, so known means the default tenant alone.',
    parse.oneOf(['shared', 'known']),
    byDefault('shared'),
  ),
  defaultTenantId: setting(
    'AVISO_DEFAULT_TENANT_ID',
    'Tenant of what comes without one.',
    parse.uuid,
    byDefault('00000000-0000-0000-0000-000000000000'),
  ),
  defaultCountry: optional(
    'AVISO_DEFAULT_COUNTRY',
    'Country (ISO 3166, two letters) in which a phone number without a country code is read.',
    country,
  ),
  defaultLanguage: setting(
    'AVISO_DEFAULT_LANGUAGE',
    "Template language, in Meta's form, where the event names none.",
    parse.language,
    byDefault('en'),
  ),
  encryptionKey: optional(
    'AVISO_ENCRYPTION_KEY',
    "32 bytes in base64 that encrypt credentials at rest; required as soon as a tenant's credentials are stored, for which there is no way yet: until then it has no effect.",
    parse.encryptionKey,
    { secret: true },
  ),
}

const sending = {
  maxMps: setting(
    'AVISO_MAX_MPS',
    "Most sends per second and business number, replies coming in count too (80 is Meta's default); 0: no limit, only where WHATSAPP_GRAPH_URL is loopback.",
    parse.wholeNumber(0, 1000),
    byDefault('80', '0'),
    { unit: 'messages per second' },
  ),
  inDoubt: setting(
    'AVISO_IN_DOUBT',
    'What becomes of a send whose answer was lost and for which no evidence came: hold leaves it to a person, resend sends it again and may send it twice.',
    parse.oneOf(['hold', 'resend']),
    byDefault('hold'),
  ),
  onlyTo: setting<readonly string[]>(
    'AVISO_ONLY_TO',
    'Numbers (E.164, separated by commas) that may be sent to; messages to others are held until it is emptied.',
    parse.e164List,
    unset([], 'none: all may be'),
    { secret: true },
  ),
  backlogMinutes: setting(
    'AVISO_BACKLOG_MINUTES',
    'When ENABLE_WHATSAPP_NOTIFICATIONS is true again, messages that were held for it and are older than this wait for: aviso messages release.',
    parse.wholeNumber(0, 43_200),
    byDefault('60'),
    { unit: 'minutes' },
  ),
  expiryHours: setting(
    'AVISO_EXPIRY_HOURS',
    'A message that could not be sent for so long is given up.',
    parse.wholeNumber(1, 720),
    byDefault('72'),
    { unit: 'hours' },
  ),
}

const access = {
  host: setting('HOST', 'Address to listen on.', parse.host, byDefault('0.0.0.0', '127.0.0.1')),
  port: setting(
    'PORT',
    'Port of the API, the webhook, /healthz and /readyz; 0: a free one, printed.',
    parse.port,
    byDefault('8080'),
  ),
  metricsPort: setting(
    'AVISO_METRICS_PORT',
    'Port of /metrics; 0: off.',
    parse.port,
    byDefault('9464', '0'),
  ),
  emulatorPort: setting(
    'AVISO_EMULATOR_PORT',
    'Port of the Cloud API emulator (sandbox and emulator only).',
    parse.port,
    unset(0, 'a free one, printed'),
  ),
  adminKey: optional(
    'AVISO_ADMIN_KEY',
    'An API key with every right, at least 32 characters. Without it the first start makes one and prints it once, on a terminal only.',
    parse.secretText(32, 'Make one with: openssl rand -hex 32'),
    { secret: true },
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'fatal, error, warn, info, debug, trace or silent.',
    parse.oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    byDefault('info'),
  ),
}

const client = {
  url: optional(
    'AVISO_URL',
    'Where the command line and the library find the service; --url and --data-dir go before it.',
    parse.serviceUrl,
    { secret: true, says: 'a running sandbox, else http://127.0.0.1:$PORT' },
  ),
  apiKey: optional(
    'AVISO_API_KEY',
    'As whom they speak to it; --key and --data-dir go before it.',
    parse.secretText(1, 'Copy the key again, or make one with: aviso keys create'),
    { secret: true, says: "a running sandbox's" },
  ),
}

const timings = {
  leaseSeconds: setting(
    'AVISO_LEASE_SECONDS',
    'How long a claimed message belongs to one process; more than AVISO_SEND_TIMEOUT_MS and 2 s together.',
    parse.wholeNumber(1, 3600),
    byDefault('30'),
    { unit: 'seconds' },
  ),
  doubtWindowSeconds: setting(
    'AVISO_DOUBT_WINDOW_SECONDS',
    'How long a send whose answer was lost waits for evidence from webhooks, at least.',
    parse.wholeNumber(1, 86_400),
    byDefault('900'),
    { unit: 'seconds' },
  ),
  sweepSeconds: setting(
    'AVISO_SWEEP_SECONDS',
    'How often leases, expiries and doubts are looked through.',
    parse.wholeNumber(1, 3600),
    byDefault('5'),
    { unit: 'seconds' },
  ),
  startWaitSeconds: setting(
    'AVISO_START_WAIT_SECONDS',
    'How long serve waits at its start for a database that is away, answering 503 meanwhile; then it ends with 1.',
    parse.wholeNumber(0, 86_400),
    byDefault('900'),
    { unit: 'seconds' },
  ),
  templateSyncSeconds: setting(
    'AVISO_TEMPLATE_SYNC_SECONDS',
    "How often the list of templates is read from Meta; at least an hour while Meta's quota is small. A webhook has it read sooner.",
    parse.wholeNumber(1, 86_400),
    byDefault('600'),
    { unit: 'seconds' },
  ),
  orphanDays: setting(
    'AVISO_ORPHAN_DAYS',
    'How long a status whose message is unknown is kept; Meta repeats webhooks for up to 7 days.',
    parse.wholeNumber(1, 400),
    byDefault('8'),
    { unit: 'days' },
  ),
  gapSeconds: setting(
    'AVISO_GAP_SECONDS',
    "A message of which no status came for this long after Meta took it is reported, and Meta's message_history asked.",
    parse.wholeNumber(1, 604_800),
    byDefault('900'),
    { unit: 'seconds' },
  ),
  undeliveredHours: setting(
    'AVISO_UNDELIVERED_HOURS',
    "A sent message that was not delivered for this long needs attention: Meta's time to live, 30 days as a rule, and a margin.",
    parse.wholeNumber(1, 2400),
    byDefault('744'),
    { unit: 'hours' },
  ),
  sendTimeoutMs: setting(
    'AVISO_SEND_TIMEOUT_MS',
    "How long Meta's answer to a send is waited for; then it is in doubt.",
    parse.wholeNumber(100, 120_000),
    byDefault('10000'),
    { unit: 'milliseconds' },
  ),
  unboundHours: setting(
    'AVISO_UNBOUND_HOURS',
    'How long an event is kept for notification.events while no queue is bound for it.',
    parse.wholeNumber(1, 720),
    byDefault('72'),
    { unit: 'hours' },
  ),
  unboundPauseSeconds: setting(
    'AVISO_UNBOUND_PAUSE_SECONDS',
    'Longest pause between two tries to publish what no queue is bound for; the first ones are shorter.',
    parse.wholeNumber(1, 3600),
    byDefault('30'),
    { unit: 'seconds' },
  ),
  connections: setting(
    'AVISO_CONNECTIONS',
    'Sends in flight at most per process; a killed process leaves as many in doubt.',
    parse.wholeNumber(1, 4096),
    byDefault('256'),
    { unit: 'sends' },
  ),
}

const alerts = {
  alertUrl: optional(
    'AVISO_ALERT_URL',
    'Told of what has come to need attention: one POST for all of it, with a text that chat services show (docs/operations.md).',
    parse.hookUrl,
    { secret: true },
  ),
  alertSecret: optional(
    'AVISO_ALERT_SECRET',
    'Signs those calls: X-Aviso-Signature-256, HMAC SHA-256 of the body. At least 16 characters.',
    parse.secretText(16, 'Make one with `openssl rand -hex 32`.'),
    { secret: true },
  ),
  alertSeconds: setting(
    'AVISO_ALERT_SECONDS',
    'Between two calls at least.',
    parse.wholeNumber(1, 86_400),
    byDefault('60'),
    { unit: 'seconds' },
  ),
}

/** Every setting by its name in code. */
export const settings = {
  ...meta,
  ...storage,
  ...events,
  ...tenants,
  ...sending,
  ...access,
  ...alerts,
  ...tracing,
  ...client,
  ...timings,
} as const

export interface SettingGroup {
  title: string
  /** For experts: a table of its own at the end. */
  advanced: boolean
  settings: readonly Setting<unknown>[]
}

export const settingGroups: readonly SettingGroup[] = [
  { title: 'WhatsApp', advanced: false, settings: Object.values(meta) },
  { title: 'Storage', advanced: false, settings: Object.values(storage) },
  { title: 'Events', advanced: false, settings: Object.values(events) },
  { title: 'Tenants', advanced: false, settings: Object.values(tenants) },
  { title: 'Sending', advanced: false, settings: Object.values(sending) },
  { title: 'Listening, access, logs', advanced: false, settings: Object.values(access) },
  { title: 'Alerts', advanced: false, settings: Object.values(alerts) },
  { title: 'Traces (OpenTelemetry)', advanced: false, settings: Object.values(tracing) },
  { title: 'Command line and library', advanced: false, settings: Object.values(client) },
  { title: 'Advanced timings', advanced: true, settings: Object.values(timings) },
]

/** Of the former Twilio set-up: no effect, one warning each. */
export const deprecatedVariables: readonly { env: string; replacement: string }[] = [
  { env: 'WHATSAPP_API_KEY', replacement: 'WHATSAPP_ACCESS_TOKEN' },
  { env: 'WHATSAPP_BASE_URL', replacement: 'WHATSAPP_GRAPH_URL' },
  { env: 'WHATSAPP_FROM_NUMBER', replacement: 'WHATSAPP_PHONE_NUMBER_ID' },
]
