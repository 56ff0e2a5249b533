/**
 * The composition root: the only place that picks implementations. It builds everything, starts it in
 * order, and closes it in reverse.
 */

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { createApiKeys } from './access/api-keys.ts'
import type { ApiKeys } from './access/api-keys.ts'
import { createCloudApiClient } from './cloud-api/client.ts'
import type { CloudApiClient } from './cloud-api/client.ts'
import type { SendResult } from './cloud-api/send-result.ts'
import type { DatabaseConfig, ServeConfig } from './config/serve-config.ts'
import type { Database, Databases } from './db/database.ts'
import { migrate, migrationStatus } from './db/migrate.ts'
import { ensurePartitions } from './db/partitions.ts'
import { createDispatcher } from './dispatcher/dispatcher.ts'
import type { Dispatcher } from './dispatcher/dispatcher.ts'
import { createGateKeeper } from './dispatcher/gate-keeper.ts'
import { prepareStart } from './dispatcher/prepare-start.ts'
import { createSendRate } from './dispatcher/send-rate.ts'
import { createSweeper } from './dispatcher/sweeper.ts'
import { registerActionRoutes } from './http/action-routes.ts'
import { createAuthenticate } from './http/authenticate.ts'
import { createChangeFeed } from './http/change-feed.ts'
import type { HealthPart } from './http/contract.ts'
import { registerEventRoutes } from './http/event-routes.ts'
import { registerHealthRoutes } from './http/health-routes.ts'
import { registerKeyRoutes } from './http/key-routes.ts'
import { registerLiveRoutes } from './http/live-routes.ts'
import { registerMessageRoutes } from './http/message-routes.ts'
import { registerRejectedRoutes } from './http/rejected-routes.ts'
import { createHttpServer } from './http/server.ts'
import { registerWebhookRoutes } from './http/webhook-routes.ts'
import { createCountedStarts } from './intake/count-starts.ts'
import { createInProcessEventSource } from './intake/event-sources/in-process.ts'
import type { InProcessEventSource } from './intake/event-sources/in-process.ts'
import { openRabbitmqEventSource } from './intake/event-sources/rabbitmq.ts'
import type { RabbitmqEventSource } from './intake/event-sources/rabbitmq.ts'
import { createIntake } from './intake/receive-event.ts'
import type { IntakeOptions } from './intake/receive-event.ts'
import { AppError, coerceError } from './lib/errors.ts'
import type { Logger } from './lib/logger.ts'
import { createId } from './lib/uuid-v7.ts'
import { createLoop } from './lib/worker.ts'
import type { Worker } from './lib/worker.ts'
import { VERSION } from './lib/version.ts'
import { createWebhookReceiver } from './webhook/receive-webhook.ts'
import { createWebhookReplay } from './webhook/replay-webhook.ts'

export interface App {
  /** Where it listens. */
  readonly url: string
  readonly apiKeys: ApiKeys
  readonly events: InProcessEventSource
  readonly databases: Databases
  /** Stops taking, finishes what was begun, closes. Safe to call twice. */
  stop(): Promise<void>
}

const PARTITION_CHECK_MS = 6 * 60 * 60 * 1000

/** Opens the configured database; the four kinds of work get a pool each where that makes sense. */
export async function openDatabases(config: DatabaseConfig, logger?: Logger): Promise<Databases> {
  switch (config.kind) {
    case 'pglite': {
      const { openPglite, shareDatabase } = await import('./db/pglite.ts')
      return shareDatabase(await openPglite(config.dataDir))
    }
    case 'postgres': {
      const { openPostgresPools } = await import('./db/postgres.ts')
      return openPostgresPools(config.url, (error) => {
        logger?.warn({ err: error }, 'WhatsApp database.connection_lost')
      })
    }
  }
}

/**
 * Builds and starts the service.
 *
 * @param databases opened by the caller; closed by `stop`
 * @throws AppError `configuration` when the port is taken or the database is not ours
 */
export async function startApp(
  config: ServeConfig,
  databases: Databases,
  logger: Logger,
): Promise<App> {
  const has = (role: ServeConfig['roles'][number]) => config.roles.includes(role)
  await migrate(databases.api)
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
  const watched = watchCalls(cloudApi)
  const feed = createChangeFeed({ database: databases.api, logger })
  const sending = has('dispatcher')
    ? await createSending(config, databases.dispatcher, watched, logger)
    : undefined
  const events = createInProcessEventSource()
  const receiver = createWebhookReceiver({
    database: databases.webhook,
    logger,
    createId,
  })
  const intakeOptions: IntakeOptions = {
    database: databases.intake,
    logger,
    createId,
    defaultCountry: config.tenants.defaultCountry,
    defaultLanguage: config.tenants.defaultLanguage,
    notificationsEnabled: config.sending.enabled,
    onlyTo: config.sending.onlyTo,
    expiryHours: config.sending.expiryHours,
    knownTenants:
      config.tenants.policy === 'known' ? new Set([config.tenants.defaultTenantId]) : null,
    onBatch: () => {
      sending?.dispatcher.wake()
    },
  }
  const intake = createIntake(intakeOptions)
  const broker = has('consumer') ? openBroker(config, intakeOptions) : undefined
  const workers: Worker[] = [
    ...(has('api') ? [feed] : []),
    ...(has('webhook') ? [receiver] : []),
    ...(sending === undefined ? [] : [sending.dispatcher, sending.sweeper]),
    createPartitionKeeper(databases.api, logger),
  ]

  const app = await createHttpServer({ logger, version: VERSION })
  const authenticate = createAuthenticate(apiKeys)
  registerHealthRoutes(app, {
    authenticate,
    database: databases.api,
    version: VERSION,
    migrations: () => migrationStatus(databases.api),
    lastCall: () => watched.lastCall,
    brokerRefusal: () => {
      const status = broker?.status()
      return status?.state === 'refused' ? status.detail : null
    },
    deadLetters: () => broker?.status().deadLetters ?? 0,
    broker: () => brokerPart(broker),
  })
  if (has('webhook')) {
    registerWebhookRoutes(app, {
      logger,
      verifyToken: config.cloudApi.webhookVerifyToken,
      appSecrets: config.cloudApi.appSecrets,
      receive: (raw) => receiver.receive(raw),
    })
  }
  if (has('api')) {
    registerEventRoutes(app, { authenticate, publish: (delivery) => events.publish(delivery) })
    registerMessageRoutes(app, { authenticate, database: databases.api })
    registerActionRoutes(app, {
      authenticate,
      database: databases.api,
      createId,
      defaultCountry: config.tenants.defaultCountry,
      expiryHours: config.sending.expiryHours,
      onChange: () => {
        sending?.dispatcher.wake()
      },
    })
    registerRejectedRoutes(app, {
      authenticate,
      database: databases.api,
      createId,
      publish: (delivery) => events.publish(delivery),
      replayWebhook: createWebhookReplay({ database: databases.webhook, logger, createId }),
    })
    registerLiveRoutes(app, { authenticate, feed })
    await app.register((scope, _options, done) => {
      registerKeyRoutes(scope, { authenticate, apiKeys })
      done()
    })
  }
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'))

  await events.start(intake)
  const url = await listen(app, config)
  await broker?.start(intake)
  for (const worker of workers) worker.start()

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await broker?.stop()
    await events.stop()
    await sending?.dispatcher.stop()
    for (const worker of workers.toReversed()) await worker.stop()
    await app.close()
    await cloudApi.close()
    await databases.close()
  }
  return {
    url,
    apiKeys,
    events,
    databases,
    stop: () => (stopping ??= stop()),
  }
}

/** Undefined where no broker is configured: events come over HTTP only. */
function openBroker(config: ServeConfig, intake: IntakeOptions): RabbitmqEventSource | undefined {
  if (config.events.kind === 'none') return undefined
  const { database, logger } = intake
  // An intake of its own: what may kill us takes no batch with it.
  const handleAlone = createCountedStarts({ database, handler: createIntake(intake), logger })
  return openRabbitmqEventSource({
    ...config.events,
    logger,
    handleAlone,
    isDatabaseUp: async () => {
      // A database that only reads would take the events and lose them.
      const rows = await database.query<{ writable: boolean }>(
        `select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable`,
        [],
      )
      return rows[0]?.writable === true
    },
  })
}

function brokerPart(broker: RabbitmqEventSource | undefined): HealthPart {
  if (broker === undefined) {
    return { status: 'ok', detail: 'not configured: events come over HTTP only', remedy: null }
  }
  const { state, detail, remedy } = broker.status()
  return { status: state === 'connected' ? 'ok' : 'degraded', detail, remedy }
}

async function createSending(
  config: ServeConfig,
  database: Database,
  sender: Pick<CloudApiClient, 'sendMessage'>,
  logger: Logger,
): Promise<{ dispatcher: Dispatcher; sweeper: Worker }> {
  const { phoneNumberId } = config.cloudApi
  const { enabled, onlyTo, leaseSeconds, doubtWindowSeconds, connections } = config.sending
  await prepareStart(database, { phoneNumberId, enabled, onlyTo })
  const gateKeeper = createGateKeeper({ database, logger, phoneNumberId, enabled, onlyTo })
  await gateKeeper.refresh()
  const dispatcher = createDispatcher({
    database,
    sender,
    gateKeeper,
    rate: createSendRate({
      database,
      phoneNumberId,
      ratePerSecond: config.sending.maxMps,
      now: () => performance.now(),
    }),
    logger,
    phoneNumberId,
    leaseOwner: `${hostname()} ${String(process.pid)} ${randomBytes(4).toString('hex')}`,
    leaseSeconds,
    doubtWindowSeconds,
    connections,
    onlyTo,
    random: Math.random,
  })
  const sweeper = createSweeper({
    database,
    gateKeeper,
    logger,
    intervalSeconds: config.sending.sweepSeconds,
    doubtWindowSeconds,
    policy: config.sending.inDoubt,
    onBatch: () => {
      dispatcher.wake()
    },
  })
  return { dispatcher, sweeper }
}

/** Remembers whether Meta answered last, for health. */
function watchCalls(client: CloudApiClient): Pick<CloudApiClient, 'sendMessage'> & {
  lastCall: { reached: boolean; reason: string | null } | null
} {
  const note = (result: SendResult) =>
    result.kind === 'accepted' || result.kind === 'rejected'
      ? { reached: true, reason: null }
      : { reached: false, reason: result.reason }
  return {
    lastCall: null,
    async sendMessage(body, options) {
      const result = await client.sendMessage(body, options)
      this.lastCall = note(result)
      return result
    },
  }
}

function createPartitionKeeper(database: Database, logger: Logger): Worker {
  return createLoop({
    name: 'partitions',
    intervalMs: PARTITION_CHECK_MS,
    turn: () => ensurePartitions(database, new Date()),
    onError: (error) => {
      logger.error({ err: error }, 'WhatsApp partitions.failed')
    },
  })
}

async function listen(app: FastifyInstance, config: ServeConfig): Promise<string> {
  try {
    await app.listen({ host: config.http.host, port: config.http.port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const where = `${config.http.host}:${String(config.http.port)}`
    if (code === 'EADDRINUSE') {
      throw new AppError(
        'configuration',
        `port ${String(config.http.port)} is in use; set another PORT`,
        {
          cause: error,
        },
      )
    }
    const reason = coerceError(error).message
    throw new AppError('configuration', `cannot listen on ${where}: ${reason}`, { cause: error })
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.http.port
  const host =
    config.http.host === '0.0.0.0' || config.http.host === '::' ? '127.0.0.1' : config.http.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`
}
