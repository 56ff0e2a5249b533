/**
 * Everything in one process with no configuration: the whole service, the embedded database, and an
 * emulator in the place of Meta on a port of its own, over real HTTP. Nothing leaves the machine.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openDatabases, startApp } from '../app.ts'
import type { App } from '../app.ts'
import { DEFAULT_SANDBOX_DIR } from '../config.ts'
import type { SandboxConfig } from '../config.ts'
import type { CloudApiConfig } from '../config/serve-config.ts'
import { openEmulator } from '../emulator/emulator.ts'
import type { Emulator } from '../emulator/emulator.ts'
import { failingNumber } from '../emulator/magic-numbers.ts'
import { createLogger } from '../lib/logger.ts'
import { createId } from '../lib/uuid-v7.ts'
import { stopWithin } from '../run-service.ts'
import type { ServiceIo } from '../run-service.ts'
import { exampleOrders, ownOrder } from './example-orders.ts'
import { narrate } from './narrate.ts'
import { findPendingExamples } from './pending-examples.ts'
import { openSandboxLog } from './sandbox-log.ts'

const KEY_NAME = 'sandbox'
/** Ctrl-C ends it within 5 s, also with a send under way that is never answered. */
const STOP_MS = 4000
const PATIENCE_MS = 20_000
const WEBHOOK_PATH = '/api/v1/whatsapp/webhook'
const NOT_ON_WHATSAPP = 131026

/** Runs until it is told to stop; returns 0. */
export async function runSandbox(config: SandboxConfig, io: ServiceIo): Promise<number> {
  const stopping = stopSignal(io)
  const isNew = !existsSync(path.join(config.dataDir, 'pgdata'))
  const examples = findPendingExamples(config.dataDir, isNew, new Date())
  io.out(isNew ? 'Making a database …' : `Opening ${shown(config.dataDir)} …`)
  const log = openSandboxLog(config.dataDir)
  const logger = createLogger(config.logLevel, log.destination)
  const databases = await openDatabases(config.database, config.events, logger)
  const credentials = { ...IDS, ...createSecrets() }
  const emulator = await openEmulator({
    ...credentials,
    port: config.emulatorPort,
    maxMps: 0,
  }).catch(async (error: unknown) => {
    await databases.close()
    throw error
  })
  let app: App
  try {
    const cloudApi = cloudApiOf(credentials, emulator.url)
    app = await startApp({ ...config, cloudApi }, databases, logger)
  } catch (error) {
    await emulator.close()
    await databases.close()
    throw error
  }
  const stop = async (): Promise<void> => {
    await app.stop()
    await emulator.close()
  }
  try {
    await emulator.setWebhookUrl(`${app.url}${WEBHOOK_PATH}`)
    const key = await makeKey(app)
    writeClientFile(config.dataDir, app.url, key)
    io.out(`Ready in ${process.uptime().toFixed(1)} s.`)
    if (examples !== undefined) {
      const ids = config.examples ? await publishExamples(app, config, io, examples.since) : []
      examples.settle()
      await narrate(app.databases.api, ids, {
        patienceMs: PATIENCE_MS,
        out: io.out,
        stopped: stopping.isStopped,
      })
    }
    for (const line of introduction(config, { app, emulator, key, log: log.file })) io.out(line)
    await stopping.promise
  } finally {
    await stopWithin({ stop }, STOP_MS, io)
  }
  return 0
}

/** Ids stay the same from start to start, because stored messages name them; secrets do not. */
const IDS = {
  appId: '100000000000001',
  phoneNumberId: '100000000000002',
  businessAccountId: '100000000000003',
}

type Credentials = typeof IDS & ReturnType<typeof createSecrets>

function createSecrets() {
  const secret = () => randomBytes(16).toString('hex')
  return { accessToken: secret(), appSecret: secret(), verifyToken: secret() }
}

function cloudApiOf(credentials: Credentials, graphUrl: string): CloudApiConfig {
  const { appSecret, verifyToken, ...rest } = credentials
  return {
    ...rest,
    graphUrl,
    apiVersion: 'v25.0',
    appSecrets: [appSecret],
    webhookVerifyToken: verifyToken,
  }
}

async function makeKey(app: App): Promise<string> {
  await app.apiKeys.revokeByName(KEY_NAME)
  const { key } = await app.apiKeys.create({
    name: KEY_NAME,
    role: 'admin',
    tenantId: null,
    expiresAt: null,
  })
  return key
}

/** For the command line, readable by its owner only. */
function writeClientFile(dataDir: string, url: string, key: string): void {
  const content = JSON.stringify({ url, api_key: key, pid: process.pid }, null, 2)
  writeFileSync(path.join(dataDir, 'client.json'), `${content}\n`, { mode: 0o600 })
}

/** Returns the ids of their messages, once they are kept. */
async function publishExamples(
  app: App,
  config: SandboxConfig,
  io: ServiceIo,
  since: Date,
): Promise<string[]> {
  const recipients = { notOnWhatsApp: failingNumber(NOT_ON_WHATSAPP) }
  const orders = exampleOrders(config.tenants.defaultTenantId, recipients, since)
  io.out('')
  io.out(`Publishing ${String(orders.length)} approved purchase orders:`)
  io.out('')
  const outcomes = await Promise.all(
    orders.map((order) =>
      app.events.publish({
        raw: Buffer.from(JSON.stringify(order)),
        contentType: 'application/json',
        headers: {},
        source: 'http',
        onlyTenant: null,
      }),
    ),
  )
  return outcomes.flatMap((outcome) => ('messageId' in outcome ? [outcome.messageId] : []))
}

function introduction(
  config: SandboxConfig,
  { app, emulator, key, log }: { app: App; emulator: Emulator; key: string; log: string },
): string[] {
  const tenant = config.tenants.defaultTenantId
  const suffix = randomBytes(3).toString('hex')
  const byCurl = ownOrder(tenant, { id: createId(), number: `MY-${suffix}-1`, phone: ownPhone() })
  const byFile = ownOrder(tenant, { id: createId(), number: `MY-${suffix}-2`, phone: ownPhone() })
  const file = path.join(config.dataDir, 'my-order.json')
  writeFileSync(file, `${JSON.stringify(byFile, null, 2)}\n`)
  const isDefaultDir = config.dataDir === path.resolve(DEFAULT_SANDBOX_DIR)
  const dirFlag = isDefaultDir ? '' : ` --data-dir ${quote(shown(config.dataDir))}`
  return [
    '',
    `Service:  ${app.url}        API reference: ${app.url}/docs`,
    `Emulator: ${emulator.url}  (stands in for Meta)`,
    `Log:      ${shown(log)}`,
    `API key: ${key}`,
    '',
    'Send an order of your own:',
    '',
    `curl -X POST ${app.url}/api/v1/events -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(byCurl)}'`,
    '',
    `npx aviso publish ${quote(shown(file))}${dirFlag}`,
    '',
    `and see what became of it: npx aviso messages${dirFlag}`,
    'Ctrl-C ends the sandbox; what it holds stays in ' + shown(config.dataDir) + '.',
  ]
}

/** A number for nobody else: two orders to one recipient would wait for Meta's pair limit. */
function ownPhone(): string {
  return `+346${String(randomBytes(4).readUInt32BE() % 100_000_000).padStart(8, '0')}`
}

function shown(absolute: string): string {
  const relative = path.relative(process.cwd(), absolute)
  return relative.startsWith('..') || path.isAbsolute(relative) ? absolute : `./${relative}`
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function stopSignal(io: ServiceIo): { promise: Promise<void>; isStopped: () => boolean } {
  let stopped = false
  const promise = io.untilStopped().then(() => {
    stopped = true
  })
  return { promise, isStopped: () => stopped }
}
