/** What the service can check of itself: settings, database, broker, its own webhook address. */

import { createHmac } from 'node:crypto'
import { request } from 'undici'
import type { Database } from '../db/database.ts'
import type { MigrationStatus } from '../db/migrate.ts'
import { coerceError } from '../lib/errors.ts'
import { failed, ok, skipped, warning } from './check.ts'
import type { Finding } from './check.ts'
import { listWrongPhones, readDatabaseFacts, readTraffic } from './doctor-store.ts'
import { judgeDatabase } from './judge-database.ts'

/** @param graphVersion what is to be said of WHATSAPP_API_VERSION; undefined: nothing */
export function checkEnvironment(
  graphVersion: { words: string; isOver: boolean } | undefined,
): Finding {
  if (graphVersion === undefined) return ok('every required variable is set and well-formed')
  const remedy = 'Set WHATSAPP_API_VERSION anew, and restart the service.'
  return (graphVersion.isOver ? failed : warning)(graphVersion.words, remedy, 'environment')
}

export async function checkMigrations(status: () => Promise<MigrationStatus>): Promise<Finding> {
  const { current, pending } = await status()
  if (pending.length === 0) return ok(`migrated to ${current ?? 'nothing'}`)
  return failed(`pending: ${pending.join(', ')}`, 'Run npx aviso migrate.', 'database')
}

export async function checkDatabase(database: Database): Promise<Finding> {
  const facts = await readDatabaseFacts(database)
  return judgeDatabase(facts, !database.capabilities.multipleProcesses)
}

/** What is known of the broker: as in health, or `warning`; null: none is configured. */
export type BrokerState = { status: string; detail: string; remedy: string | null } | null

export function checkBroker(state: BrokerState): Finding {
  if (state === null) {
    return skipped('none is configured: events come over HTTP only', null, null)
  }
  const { status, detail, remedy } = state
  if (status === 'ok') return ok(detail)
  return (status === 'warning' ? warning : failed)(
    detail,
    remedy ?? 'Look at the broker.',
    'broker',
  )
}

export interface OwnWebhook {
  /** Where this process listens, with the webhook's path. */
  url: string
  verifyToken: string
  appSecrets: readonly string[]
}

/** Meta's handshake, made by ourselves (reference, section 5.1). */
export async function checkWebhookAddress(webhook: OwnWebhook | null): Promise<Finding> {
  if (webhook === null) return skipped('this process does not serve webhooks', null, null)
  const query = {
    'hub.mode': 'subscribe',
    'hub.verify_token': webhook.verifyToken,
    'hub.challenge': 'aviso-doctor',
  }
  const { statusCode, body } = await request(webhook.url, { query })
  const text = await body.text()
  if (statusCode === 200 && text === 'aviso-doctor') {
    return ok('answers the handshake; Meta must reach it under a public https address')
  }
  const detail = `the handshake was answered with ${String(statusCode)}`
  return failed(detail, 'Look at what stands before the service.', 'webhook')
}

/** A body signed as Meta signs is taken, one signed otherwise is not (reference, section 5.2). */
export async function checkWebhookSignature(webhook: OwnWebhook | null): Promise<Finding> {
  if (webhook === null) return skipped('this process does not serve webhooks', null, null)
  const raw = JSON.stringify({ object: 'whatsapp_business_account', entry: [] })
  const post = async (secret: string): Promise<number> => {
    const signature = createHmac('sha256', secret).update(raw).digest('hex')
    const { statusCode, body } = await request(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body: raw,
    })
    await body.dump()
    return statusCode
  }
  const answers = await Promise.all(webhook.appSecrets.map(post))
  if (answers.every((status) => status === 200)) {
    return ok('a body signed with the app secret is taken')
  }
  const detail = `a body signed with the app secret was answered with ${answers.join(', ')}`
  return failed(
    detail,
    'Look at what stands before the service: it must not change bodies.',
    'webhook',
  )
}

/** Whether Meta's webhooks have ever come. */
export async function checkWebhooksReceived(database: Database): Promise<Finding> {
  const { lastStatusAt, lastReplyAt, lastTemplateAt, accepted } = await readTraffic(database)
  if (lastStatusAt !== null) {
    const last = (what: string, at: Date | null) =>
      at === null ? `no ${what} yet` : `last ${what} ${at.toISOString()}`
    // One is owed for each message; the others come only when somebody writes, or Meta changes a template.
    const messages = `messages: ${last('status', lastStatusAt)}, ${last('reply', lastReplyAt)}`
    return ok(`${messages}; template fields: ${last('change', lastTemplateAt)}`)
  }
  const remedy =
    'Check address, verify token and the field “messages” in the app’s webhook settings.'
  if (accepted > 0) {
    const detail = `Meta took ${String(accepted)} messages within a day, and no webhook ever came`
    return failed(detail, remedy, 'webhook')
  }
  return warning('no webhook has ever come, and no message was sent yet', remedy, 'webhook')
}

/** A list that is longer belongs into a spreadsheet. */
const SHOWN = 500

/** @param tenantId whose suppliers may be named; null: everybody's */
export async function checkSupplierPhones(
  database: Database,
  tenantId: string | null,
): Promise<Finding> {
  const wrong = await listWrongPhones(database, tenantId, SHOWN + 1)
  if (wrong.length === 0)
    return ok('every phone number of the directory and of late orders is well-formed')
  const lines = wrong
    .slice(0, SHOWN)
    .map(({ supplier, input }) => `${supplier} (${input === null ? 'none' : mask(input)})`)
  const more = wrong.length > SHOWN ? ' and more' : ''
  return failed(
    `phone numbers that cannot be used: ${lines.join(', ')}${more}`,
    'Correct them in the ERP or with npx aviso suppliers, and retry the messages.',
    'supplier-phones',
  )
}

/** The last two digits are enough to find a number, and no number. */
function mask(input: string): string {
  return `…${input.replace(/\D/g, '').slice(-2)}, ${String(input.length)} characters`
}

/** Prometheus' own rules for what is worth waking somebody. */
const RULES_FILE = 'deploy/prometheus/aviso.rules.yaml'

/** @param metrics where this process answers Prometheus; url null: switched off; null: no service runs */
export async function checkMetrics(metrics: { url: string | null } | null): Promise<Finding> {
  const rules = `alert rules: ${RULES_FILE}`
  if (metrics === null) {
    const remedy = 'Start the service (npx aviso serve), and run this again.'
    return skipped(`no service runs that could be asked; ${rules}`, remedy, 'metrics')
  }
  if (metrics.url === null) {
    const remedy = 'Set AVISO_METRICS_PORT (9464 is usual), and have Prometheus read it.'
    return skipped(`they are switched off; ${rules}`, remedy, 'metrics')
  }
  const remedy = 'Look at what else listens on AVISO_METRICS_PORT, and at the log.'
  try {
    const { statusCode, body } = await request(metrics.url, METRICS_WITHIN)
    const text = await body.text()
    if (statusCode !== 200 || !text.includes('aviso_')) {
      const detail = `${metrics.url} answers ${String(statusCode)}, and not with metrics of Aviso`
      return failed(detail, remedy, 'metrics')
    }
    return ok(`answer at ${metrics.url}; ${rules}`)
  } catch (error) {
    const detail = `${metrics.url} does not answer: ${coerceError(error).message}`
    return failed(detail, remedy, 'metrics')
  }
}

const METRICS_WITHIN = { headersTimeout: 5000, bodyTimeout: 5000 }
