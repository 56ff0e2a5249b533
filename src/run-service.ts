/** `aviso serve` and `aviso migrate`: from a checked configuration to an exit code. */

import { openBrokerWatch, openDatabases, startApp } from './app.ts'
import type { App } from './app.ts'
import type { DatabaseConfig, EventsConfig, ServeConfig } from './config/serve-config.ts'
import { refuseClockSkew } from './db/clock-skew.ts'
import type { Databases } from './db/database.ts'
import { isVacant } from './db/directory-lock.ts'
import { knownMigrations, migrate, migrationStatus } from './db/migrate.ts'
import { explainUnreachable } from './db/unreachable.ts'
import { AppError } from './lib/errors.ts'
import type { DoctorReport } from './doctor/check.ts'
import type { BrokerState } from './doctor/own-checks.ts'
import { createExaminer } from './examine.ts'
import type { Examination } from './examine.ts'
import { watchBroker } from './http/broker-part.ts'
import { createLogger } from './lib/logger.ts'

/** What a long-running command needs of its surroundings. */
export interface ServiceIo {
  out(line: string): void
  err(line: string): void
  isTerminal: boolean
  /** Resolves at the first SIGINT or SIGTERM. */
  untilStopped(): Promise<void>
}

const STOP_MS = 15_000
/** As long as connecting may take. */
const BROKER_LOOK_MS = 5000
const FIRST_KEY_NAME = 'first administrator'

/**
 * Runs the service until it is told to stop. A database that is away is waited for: the process
 * answers 503 meanwhile, and goes on by itself.
 *
 * @returns 0 after an orderly stop, 1 where it had to be cut short
 * @throws AppError `configuration` for what only a changed configuration mends, `unavailable` where the
 *   database was away for too long
 */
export async function runServe(config: ServeConfig, io: ServiceIo): Promise<number> {
  const logger = createLogger(config.logLevel)
  const databases = await openDatabases(config.database, config.events, logger)
  const stopping = new AbortController()
  const stopped = io.untilStopped().then(() => stopping.abort())
  let app: App
  try {
    app = await startApp(config, databases, logger, {
      waitForDatabaseMs: config.startWaitSeconds * 1000,
      onAway: (detail) => {
        const wait = `It is waited for up to ${String(config.startWaitSeconds)} s.`
        io.err(`${detail} ${wait}`)
        logger.warn({ detail }, 'WhatsApp database.away')
      },
      beforeWork: async (apiKeys) => {
        await refuseClockSkew(databases.api, Date.now)
        await ensureFirstKey(config, apiKeys, io)
      },
      signal: stopping.signal,
    })
  } catch (error) {
    await databases.close()
    if (stopping.signal.aborted) return 0
    throw error
  }
  logger.info({ url: app.url, roles: config.roles }, 'WhatsApp service.ready')
  await stopped
  logger.info('WhatsApp service.stopping')
  return stopWithin(app, STOP_MS, io)
}

/** Stops, and gives up after `ms`: what is under way then is in doubt, and settled later. */
export async function stopWithin(
  app: { stop(): Promise<void> },
  ms: number,
  io: Pick<ServiceIo, 'err'>,
): Promise<number> {
  const late = new Promise<'late'>((resolve) => {
    setTimeout(() => {
      resolve('late')
    }, ms).unref()
  })
  const result = await Promise.race([app.stop(), late])
  if (result !== 'late') return 0
  io.err(`The service did not stop within ${String(ms / 1000)} s and is ended.`)
  return 1
}

/** Applies the pending migrations, or shows them; `status` answers 1 when some are pending. */
export async function runMigrate(
  config: DatabaseConfig,
  mode: 'up' | 'status',
  io: Pick<ServiceIo, 'out' | 'err'>,
): Promise<number> {
  if (mode === 'status' && hasNone(config)) {
    io.err(
      `There is no database in ${config.dataDir} yet: aviso migrate makes it, and aviso serve.`,
    )
    for (const name of knownMigrations()) io.out(`${name} pending`)
    return 1
  }
  const databases = await openReachable(config)
  try {
    if (mode === 'up') {
      const applied = await migrate(databases.api)
      const { current } = await migrationStatus(databases.api)
      for (const name of applied) io.out(`${name} applied`)
      io.out(`${current ?? 'none'} is current`)
      return 0
    }
    const { applied, pending, unknown } = await migrationStatus(databases.api)
    for (const name of applied.toReversed()) {
      io.out(`${name} applied${unknown.includes(name) ? ' (by a newer version)' : ''}`)
    }
    for (const name of pending) io.out(`${name} pending`)
    return pending.length === 0 ? 0 : 1
  } finally {
    await databases.close()
  }
}

/**
 * The checklist where no service runs: what only a running one can be asked is skipped. To look makes no database where
 * there is none.
 */
export async function runDoctor(
  config: ServeConfig,
  examination: Examination,
): Promise<DoctorReport> {
  const databases = await openReachable(
    hasNone(config.database) ? { kind: 'memory' } : config.database,
  )
  try {
    return await createExaminer(config, {
      database: databases.api,
      broker: () => askBroker(config.events),
      webhookUrl: null,
      sendMessage: null,
      metrics: null,
    })(examination)
  } finally {
    await databases.close()
  }
}

/** The broker, as it answers to whoever checks without a service; null: none is configured. */
async function askBroker(events: EventsConfig): Promise<BrokerState> {
  const watch = openBrokerWatch(events)
  if (events.kind === 'none' || watch === undefined) return null
  const part = await watchBroker({ watch }).broker(BROKER_LOOK_MS)
  await watch.stop()
  // The first start makes the queue: before it, that is no failure.
  const isToBeMade = watch.status().state === 'missing' && events.topology === 'declare'
  return isToBeMade ? { ...part, status: 'warning' } : part
}

function hasNone(config: DatabaseConfig): config is DatabaseConfig & { dataDir: string } {
  return 'dataDir' in config && isVacant(config.dataDir)
}

/** Opens the database and asks it something, so that a wrong address is one clear line. */
async function openReachable(config: DatabaseConfig | { kind: 'memory' }): Promise<Databases> {
  const databases = await openDatabases(config)
  try {
    await databases.api.query('select 1 as one', [])
    return databases
  } catch (error) {
    await databases.close()
    throw explainUnreachable(error)
  }
}

/** The first key is shown once, to a person; where nobody watches it has to be given. */
async function ensureFirstKey(
  config: ServeConfig,
  apiKeys: App['apiKeys'],
  io: ServiceIo,
): Promise<void> {
  if (config.adminKey !== null || (await apiKeys.hasAny())) return
  if (!io.isTerminal) {
    throw new AppError(
      'configuration',
      'AVISO_ADMIN_KEY is missing: the database has no API key yet. Set one of at least 32 characters.',
    )
  }
  const { key } = await apiKeys.create({
    name: FIRST_KEY_NAME,
    role: 'admin',
    tenantId: null,
    expiresAt: null,
  })
  io.out('The first API key; it is shown once, keep it:')
  io.out(`API key: ${key}`)
}
