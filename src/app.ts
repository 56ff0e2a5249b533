/**
 * The composition root: the only place that picks implementations. It builds everything, starts it in
 * order, and closes it in reverse.
 */

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { createAlertSender } from './alert/alert-sender.ts'
import { createApiKeys } from './access/api-keys.ts'
import type { ApiKeys } from './access/api-keys.ts'
import { createCloudApiClient } from './cloud-api/client.ts'
import { createTemplateReader } from './cloud-api/template-reader.ts'
import { createTemplateWriter } from './cloud-api/template-writer.ts'
import type { DatabaseConfig, EventsConfig, ServeConfig } from './config/serve-config.ts'
import type { Databases } from './db/database.ts'
import { migrate, migrationStatus } from './db/migrate.ts'
import { createPartitionKeeper } from './db/partition-keeper.ts'
import { waitForDatabase } from './db/unreachable.ts'
import { createBatchReceiver } from './direct/batch-receiver.ts'
import { createBatchRunner } from './direct/batch-runner.ts'
import { createDirectSender } from './direct/direct-sender.ts'
import type { DirectOptions } from './direct/direct-sender.ts'
import { createKeyKeeper } from './direct/key-keeper.ts'
import { createSending } from './dispatcher/create-sending.ts'
import { watchCalls } from './dispatcher/watch-calls.ts'
import { createExaminer } from './examine.ts'
import { registerActionRoutes } from './http/action-routes.ts'
import { createAuthenticate } from './http/authenticate.ts'
import { watchBroker } from './http/broker-part.ts'
import { describeCategoryCost } from './http/category-cost.ts'
import { registerBatchRoutes } from './http/batch-routes.ts'
import { createChangeFeed } from './http/change-feed.ts'
import { registerDoctorRoutes } from './http/doctor-routes.ts'
import { registerEventRoutes } from './http/event-routes.ts'
import { registerGapRoutes } from './http/gap-routes.ts'
import { registerHealthRoutes } from './http/health-routes.ts'
import { registerKeyRoutes } from './http/key-routes.ts'
import { addressOf, listen } from './http/listen.ts'
import { registerLiveRoutes } from './http/live-routes.ts'
import { registerMessageRoutes } from './http/message-routes.ts'
import { registerRejectedRoutes } from './http/rejected-routes.ts'
import { registerSendRoutes } from './http/send-routes.ts'
import { registerReleaseRoutes } from './http/release-routes.ts'
import { createDearCosts } from './http/template-health.ts'
import { registerTemplateRoutes } from './http/template-routes.ts'
import { closeServer, createHttpServer } from './http/server.ts'
import { registerForecastRoutes } from './http/forecast-routes.ts'
import { registerStatsRoutes } from './http/stats-routes.ts'
import { registerSupplierRoutes } from './http/supplier-routes.ts'
import type { Phase } from './http/server.ts'
import { openWebhookFastPath } from './http/webhook-fast-path.ts'
import type { WebhookFastPath } from './http/webhook-fast-path.ts'
import { createWebhookTaker, registerWebhookRoutes, WEBHOOK_PATH } from './http/webhook-routes.ts'
import { createInProcessEventSource } from './intake/event-sources/in-process.ts'
import type { InProcessEventSource } from './intake/event-sources/in-process.ts'
import { openEventsQueue } from './intake/event-sources/open-events-queue.ts'
import { createRabbitmqWatch } from './intake/event-sources/rabbitmq-watch.ts'
import type { RabbitmqWatch } from './intake/event-sources/rabbitmq-watch.ts'
import { createIntake } from './intake/receive-event.ts'
import type { IntakeOptions } from './intake/receive-event.ts'
import type { Logger } from './lib/logger.ts'
import { createId } from './lib/uuid-v7.ts'
import type { Worker } from './lib/worker.ts'
import { VERSION } from './lib/version.ts'
import { WANTED_SETTING, wantedTypes } from './outgoing/event-types.ts'
import { openOutgoing } from './outgoing/publishers/open-outgoing.ts'
import { wireTemplates } from './template/wire-templates.ts'
import { openRateCard } from './pricing/open-rate-card.ts'
import { createRetention } from './retention/retention.ts'
import { createStatsFolder } from './stats/stats-folder.ts'
import { measureEvents, measureSends, measureStatuses, measureWebhooks } from './metrics/measure.ts'
import { createMeter } from './metrics/meter.ts'
import { openMetricsServer } from './metrics/metrics-server.ts'
import type { MetricsServer } from './metrics/metrics-server.ts'
import { openTracer } from './tracing/open-tracer.ts'
import { traceEvents, traceRequests, traceSends, traceStatuses } from './tracing/trace-orders.ts'
import { lookUpTemplates } from './template/lookup-templates.ts'
import { createGapFinder } from './webhook/gap-finder.ts'
import { createWebhookReceiver } from './webhook/receive-webhook.ts'
import type { ReceivedStatus } from './webhook/receive-webhook.ts'
import { createWebhookReplay } from './webhook/replay-webhook.ts'

export interface App {
  /** Where it listens. */
  readonly url: string
  /** Of `/metrics`; null: off. */
  readonly metricsPort: number | null
  readonly apiKeys: ApiKeys
  readonly events: InProcessEventSource
  readonly databases: Databases
  /** Stops taking, finishes what was begun, closes. Safe to call twice. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** How long a database that is away is waited for, in ms; default 0: not at all. */
  waitForDatabaseMs?: number
  /** The database is away and is waited for. */
  onAway?: (detail: string) => void
  /** Once the database has answered and is migrated, before anything is taken or sent. */
  beforeWork?: (apiKeys: ApiKeys) => Promise<void>
  /** Ends the start where it is; its reason is thrown. */
  signal?: AbortSignal
}

/** For the broker's first answer to a process that only looks, where somebody waits for the checks. */
const BROKER_LOOK_MS = 5000

/** How long a start waits for the first read of the templates; without it messages are held meanwhile. */
const TEMPLATES_READY_MS = 2000

/**
 * Opens the configured database; the four kinds of work get a pool each where that makes sense.
 *
 * @param events what is to be published of what is written; without it nothing is kept for publishing
 */
export async function openDatabases(
  config: DatabaseConfig | { kind: 'memory' },
  events: EventsConfig = { kind: 'none' },
  logger?: Logger,
): Promise<Databases> {
  const session =
    events.kind === 'none' ? {} : { [WANTED_SETTING]: wantedTypes(events.publish).join(',') }
  switch (config.kind) {
    case 'pglite': {
      const { openPglite, shareDatabase } = await import('./db/pglite.ts')
      return shareDatabase(await openPglite(config.dataDir, session))
    }
    case 'memory': {
      const { openPgliteInMemory, shareDatabase } = await import('./db/pglite.ts')
      return shareDatabase(await openPgliteInMemory())
    }
    case 'postgres': {
      const { openPostgresPools } = await import('./db/postgres.ts')
      return openPostgresPools(config.url, session, (error) => {
        logger?.warn({ err: error }, 'WhatsApp database.connection_lost')
      })
    }
  }
}

/** Looks at the configured broker for whoever does not work with it; undefined: there is none. */
export function openBrokerWatch(events: EventsConfig): RabbitmqWatch | undefined {
  return events.kind === 'none' ? undefined : createRabbitmqWatch(events)
}

/**
 * Builds and starts the service. It listens before it has a database, so that its state can be asked
 * for: until then everything but health is answered 503.
 *
 * @param databases opened by the caller; closed by `stop`, and not where the start fails
 * @throws AppError `configuration` when the port is taken or the database is not ours, `unavailable`
 *   when the database is away for longer than it is waited for
 */
export async function startApp(
  config: ServeConfig,
  databases: Databases,
  logger: Logger,
  options: StartOptions = {},
): Promise<App> {
  const has = (role: ServeConfig['roles'][number]) => config.roles.includes(role)
  let phase: Phase = 'starting'
  const card = openRateCard(config.rateCard)
  const apiKeys = createApiKeys({
    database: databases.api,
    adminKey: config.adminKey,
    createId,
    now: () => Date.now(),
  })
  const cloudApi = createCloudApiClient({
    baseUrl: config.cloudApi.graphUrl,
    apiVersion: config.cloudApi.apiVersion,
    accessToken: config.cloudApi.accessToken,
    phoneNumberId: config.cloudApi.phoneNumberId,
    businessAccountId: config.cloudApi.businessAccountId,
    connections: config.sending.connections,
    timeouts: { totalMs: config.sending.sendTimeoutMs },
  })
  const meter = createMeter()
  // As leases and traces name it: unique, and readable by a person.
  const owner = `${hostname()} ${String(process.pid)} ${randomBytes(4).toString('hex')}`
  const tracer = await openTracer(config.tracing, { version: VERSION, instance: owner, logger })
  const watched = watchCalls({
    getPhoneNumber: cloudApi.getPhoneNumber,
    sendMessage: traceSends(measureSends(cloudApi.sendMessage, meter, Date.now), tracer),
  })
  const outgoing =
    has('consumer') && config.events.kind !== 'none'
      ? openOutgoing({ ...config.events, database: databases.intake, owner, logger })
      : undefined
  const onChange = (): void => outgoing?.relay.wake()
  const feed = createChangeFeed({ database: databases.api, logger, card })
  const costs = { database: databases.api, card, defaultCountry: config.tenants.defaultCountry }
  const { registry, desk } = wireTemplates({
    database: databases.api,
    costOfChange: (change) => describeCategoryCost(change, costs),
    reader: has('api') || has('dispatcher') ? createTemplateReader(cloudApi) : null,
    logger,
    businessAccountId: config.cloudApi.businessAccountId,
    tenantId: config.tenants.defaultTenantId,
    owner,
    createId,
    intervalSeconds: config.sending.templateSyncSeconds,
    writer: createTemplateWriter(cloudApi, config.cloudApi.appId),
    defaultLanguage: config.tenants.defaultLanguage,
  })
  const sending = has('dispatcher')
    ? createSending({
        database: databases.dispatcher,
        sender: watched,
        registry,
        owner,
        logger,
        phoneNumberId: config.cloudApi.phoneNumberId,
        businessAccountId: config.cloudApi.businessAccountId,
        defaultLanguage: config.tenants.defaultLanguage,
        settings: config.sending,
        onChange,
      })
    : undefined
  const events = createInProcessEventSource()
  let fastPath: WebhookFastPath | undefined
  const receiver = createWebhookReceiver({
    database: databases.webhook,
    logger,
    createId,
    orphanDays: config.orphanDays,
    onChange,
    onStatuses: traceStatuses<ReceivedStatus>(measureStatuses(meter), tracer),
    onTemplates: registry.noteChanges,
    onGateClosed: () => sending?.sweeper.wake(),
    ratePerSecond: config.sending.maxMps,
    mayMoreCome: () => fastPath?.mayMoreCome() ?? true,
  })
  const gaps = createGapFinder({
    database: databases.webhook,
    logger,
    createId,
    askHistory: (wamid) => cloudApi.getHistory(wamid),
    gapSeconds: config.gapSeconds,
    undeliveredSeconds: config.undeliveredHours * 3600,
    onChange,
  })
  /** What orders and direct messages are taken by alike. */
  const taking = {
    logger,
    createId,
    defaultCountry: config.tenants.defaultCountry,
    defaultLanguage: config.tenants.defaultLanguage,
    notificationsEnabled: config.sending.enabled,
    onlyTo: config.sending.onlyTo,
    orderTemplates: () => registry.forOrders(),
    expiryHours: config.sending.expiryHours,
    knownTenants:
      config.tenants.policy === 'known' ? new Set([config.tenants.defaultTenantId]) : null,
    onBatch: () => {
      sending?.dispatcher.wake()
      onChange()
    },
  }
  const intakeOptions: IntakeOptions = {
    ...taking,
    database: databases.intake,
    sendSlots: sending?.dispatcher.sendSlots,
  }
  const intake = traceEvents(measureEvents(createIntake(intakeOptions), meter), tracer)
  const broker =
    has('consumer') && config.events.kind !== 'none'
      ? openEventsQueue(config.events, intakeOptions)
      : undefined
  const watch = has('consumer') ? undefined : openBrokerWatch(config.events)
  const direct: DirectOptions = {
    ...taking,
    database: databases.api,
    findTemplates: (names: readonly string[]) =>
      lookUpTemplates(databases.api, config.cloudApi.businessAccountId, names),
    phoneNumberId: config.cloudApi.phoneNumberId,
    defaultTenantId: config.tenants.defaultTenantId,
  }
  const batches = createBatchRunner({
    database: databases.dispatcher,
    logger,
    numberRate: config.sending.maxMps,
    now: () => performance.now(),
    onBatch: taking.onBatch,
  })
  const workers: Worker[] = [
    // First, so that it stops last: what ends with the others is still published.
    ...(outgoing === undefined ? [] : [outgoing.relay]),
    ...(has('api') ? [feed] : []),
    ...(has('webhook') ? [receiver, gaps] : []),
    registry,
    ...(sending === undefined ? [] : [sending.dispatcher, sending.sweeper, batches]),
    createPartitionKeeper(databases.api, (error) => {
      logger.error({ err: error }, 'WhatsApp partitions.failed')
    }),
    createKeyKeeper(databases.api, logger),
    createRetention({ ...config, database: databases.api, logger }),
    createStatsFolder({ database: databases.api, logger }),
    ...(config.alerts === null
      ? []
      : [createAlertSender({ ...config.alerts, database: databases.api, logger })]),
  ]

  const app = await createHttpServer({ logger, version: VERSION, phase: () => phase })
  const authenticate = createAuthenticate(apiKeys)
  const speakers =
    broker === undefined ? null : { consumer: broker, publisher: outgoing?.publisher }
  const brokerHealth = watchBroker(watch === undefined ? speakers : { watch })
  registerHealthRoutes(app, {
    authenticate,
    database: databases.api,
    version: VERSION,
    phase: () => phase,
    migrations: () => migrationStatus(databases.api),
    lastCall: () => watched.lastCall,
    dearCosts: createDearCosts({ ...costs, now: Date.now }),
    ...brokerHealth,
  })
  if (has('webhook')) {
    const take = createWebhookTaker({
      logger,
      appSecrets: config.cloudApi.appSecrets,
      receive: measureWebhooks(receiver.receive, meter),
      onWrongSignature: () => {
        meter.webhook('refused', 0)
        gaps.noteRefusal()
      },
    })
    registerWebhookRoutes(app, { logger, verifyToken: config.cloudApi.webhookVerifyToken, take })
    fastPath = openWebhookFastPath(app.server, { phase: () => phase, take })
  }
  let metrics: MetricsServer | undefined
  if (has('api')) {
    const common = { authenticate, database: databases.api, createId, card }
    registerEventRoutes(app, { authenticate, publish: (delivery) => events.publish(delivery) })
    registerMessageRoutes(app, { ...common, defaultCountry: config.tenants.defaultCountry })
    registerGapRoutes(app, { authenticate, database: databases.api })
    const send = traceRequests(createDirectSender(direct), tracer)
    registerSendRoutes(app, { ...common, send })
    registerBatchRoutes(app, {
      ...common,
      numberRate: config.sending.maxMps,
      receive: createBatchReceiver({ ...direct, onBatch: () => batches.wake() }),
      onChange: () => batches.wake(),
    })
    registerActionRoutes(app, {
      ...common,
      defaultCountry: config.tenants.defaultCountry,
      defaultLanguage: config.tenants.defaultLanguage,
      orderTemplates: () => registry.forOrders(),
      expiryHours: config.sending.expiryHours,
      onChange: () => {
        sending?.dispatcher.wake()
        onChange()
      },
    })
    registerReleaseRoutes(app, { ...common, onChange: () => sending?.dispatcher.wake() })
    registerRejectedRoutes(app, {
      ...common,
      publish: (delivery) => events.publish(delivery),
      replayWebhook: createWebhookReplay({ database: databases.webhook, logger, createId }),
    })
    const isShared = config.tenants.policy === 'shared'
    registerTemplateRoutes(app, { authenticate, ...desk, ...costs, isShared })
    registerSupplierRoutes(app, { ...common, ...config.tenants })
    registerStatsRoutes(app, common)
    registerForecastRoutes(app, common)
    registerLiveRoutes(app, { authenticate, feed })
    registerDoctorRoutes(app, {
      authenticate,
      examine: (examination) =>
        createExaminer(config, {
          database: databases.api,
          broker: async () =>
            config.events.kind === 'none' ? null : brokerHealth.broker(BROKER_LOOK_MS),
          webhookUrl: has('webhook') ? `${addressOf(app, config.http)}${WEBHOOK_PATH}` : null,
          metrics: { url: metrics?.url ?? null },
          sendMessage: (body) => send(body, { onlyTenant: null, key: null }),
        })(examination),
    })
    registerKeyRoutes(app, { authenticate, apiKeys })
  }
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))

  const url = await listen(app, config.http)
  try {
    const { host, metricsPort: port } = config.http
    if (port !== null) {
      const ofProcess = () => ({
        pools: databases.pools(),
        deadLetters: broker?.status().deadLetters ?? null,
        sendLimit: config.sending.maxMps,
      })
      const options = { host, port, meter, database: databases.api, ofProcess, logger }
      metrics = await openMetricsServer(options)
    }
    await waitForDatabase(
      async () => {
        await migrate(databases.api)
        await options.beforeWork?.(apiKeys)
        await sending?.prepare()
      },
      {
        waitMs: options.waitForDatabaseMs ?? 0,
        onAway: options.onAway ?? (() => undefined),
        signal: options.signal ?? new AbortController().signal,
      },
    )
  } catch (error) {
    await Promise.all([closeServer(app), watch?.stop(), metrics?.close(), tracer?.close()])
    throw error
  }
  await registry.ready(TEMPLATES_READY_MS)
  await events.start(intake)
  phase = 'running'
  await broker?.start(intake)
  for (const worker of workers) worker.start()

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    phase = 'stopping'
    // At once: each may take as long as Meta or the database takes to answer.
    await Promise.all([broker?.stop(), watch?.stop(), sending?.dispatcher.stop()])
    await events.stop()
    for (const worker of workers.toReversed()) await worker.stop()
    await closeServer(app)
    await metrics?.close()
    await cloudApi.close()
    await Promise.all([databases.close(), tracer?.close()])
  }
  return {
    url,
    metricsPort: metrics?.port ?? null,
    apiKeys,
    events,
    databases,
    stop: () => (stopping ??= stop()),
  }
}
