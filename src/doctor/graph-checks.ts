/** What only Meta can say: account, token, number, templates, subscription (reference, sections 3.1, 5.4, 9). */

import type { ListResult, ReadResult } from '../cloud-api/read-result.ts'
import type { TemplateRow } from '../cloud-api/wire.ts'
import { failed, ok, skipped, warning } from './check.ts'
import type { Finding } from './check.ts'
import { nodeOf, textOf } from './graph-node.ts'
import type { GraphNode } from './graph-node.ts'
import { judgeHealth } from './judge-health.ts'
import { judgeTemplates } from './judge-templates.ts'
import type { OrderPreviews } from './judge-templates.ts'

/** The calls that the checks make. */
export interface GraphReader {
  get(path: string, query?: Readonly<Record<string, string>>): Promise<ReadResult>
  listTemplates(): Promise<ListResult>
}

export interface GraphCheckOptions {
  /** With the access token of the service. */
  reader: GraphReader
  /** With `app id|app secret`, which only `debug_token` takes; null without WHATSAPP_APP_ID. */
  appReader: Pick<GraphReader, 'get'> | null
  accessToken: string
  appId: string | null
  businessAccountId: string
  phoneNumberId: string
  /** What orders would go out with, in the languages in use. */
  orders: (listed: readonly TemplateRow[]) => Promise<OrderPreviews>
  now: () => number
}

const DAY_SECONDS = 86_400
/** A token that ends within two weeks ends before somebody has read the mail about it. */
const SOON_DAYS = 14
/** Expired, revoked, or no token at all (reference, section 8). */
const BAD_TOKEN = 190
const SCOPES = ['whatsapp_business_messaging', 'whatsapp_business_management']

export async function checkBusinessAccount(options: GraphCheckOptions): Promise<Finding> {
  const fields = 'id,name,account_review_status,business_verification_status,health_status'
  const result = await options.reader.get(`/${options.businessAccountId}`, { fields })
  if (result.kind !== 'ok') {
    return refused(result, 'WHATSAPP_BUSINESS_ACCOUNT_ID and the token', 'whatsapp-account')
  }
  const node = nodeOf(result.value)
  const review = textOf(node['account_review_status'])
  if (review !== null && review !== 'APPROVED') {
    const detail = `Meta's review of the WhatsApp account says ${review}`
    return failed(detail, 'Finish the review in Meta Business settings.', 'whatsapp-account')
  }
  const { blocked, limited } = judgeHealth(node['health_status'], ['WABA', 'BUSINESS', 'APP'])
  if (blocked !== null) {
    return failed(
      blocked,
      'Open the account in WhatsApp Manager and mend what it names.',
      'whatsapp-account',
    )
  }
  const verified = textOf(node['business_verification_status'])
  const name = textOf(node['name']) ?? options.businessAccountId
  const isVerified = verified === null || verified.toLowerCase() === 'verified'
  const doubts: Doubt[] = [
    ...(limited === null
      ? []
      : [
          {
            detail: limited,
            remedy: 'Open the account in WhatsApp Manager and look what limits it.',
          },
        ]),
    ...(isVerified
      ? []
      : [
          {
            detail: `the business is not verified (${verified})`,
            remedy: 'Verify the business: without it a portfolio may write to 250 people a day.',
          },
        ]),
  ]
  const section = isVerified ? 'whatsapp-account' : 'business-account'
  if (doubts.length > 0) return doubtful(`${name} is reachable`, doubts, section)
  return ok(`${name} is reachable and reviewed`)
}

export async function checkToken(options: GraphCheckOptions): Promise<Finding> {
  const { appReader, accessToken, now } = options
  const remedy = 'Make a token of a system user that never expires, with both permissions.'
  const result = await appReader?.get('/debug_token', { input_token: accessToken })
  if (result?.kind !== 'ok') {
    // The app cannot look into it; whether Meta takes it at all can still be tried.
    const own = await options.reader.get(`/${options.phoneNumberId}`, { fields: 'id' })
    if (own.kind === 'rejected' && own.code === BAD_TOKEN) {
      return failed(`Meta does not take the token: ${own.message}`, remedy, 'token')
    }
    if (own.kind === 'unreachable') return refused(own, '', 'troubleshooting')
    return result === undefined
      ? skipped('the token is looked into by the app', 'Set WHATSAPP_APP_ID.', 'environment')
      : skipped('Meta does not let the app look into the token', 'See app_secret.', 'app-secret')
  }
  const data = nodeOf(nodeOf(result.value)['data'])
  if (data['is_valid'] !== true) {
    const said = textOf(nodeOf(data['error'])['message'])
    const detail = `the token is not valid${said === null ? '' : `: ${said}`}`
    return failed(detail, remedy, 'token')
  }
  const scopes = Array.isArray(data['scopes']) ? data['scopes'] : []
  const missing = SCOPES.filter((scope) => !scopes.includes(scope))
  if (missing.length > 0) return failed(`the token lacks ${missing.join(' and ')}`, remedy, 'token')
  if (options.appId !== null && textOf(data['app_id']) !== options.appId) {
    return failed('the token was made for another app', remedy, 'token')
  }
  const expiresAt = Number(data['expires_at'] ?? 0)
  if (expiresAt === 0) return ok('valid, does not expire, has both permissions')
  const days = (expiresAt - now() / 1000) / DAY_SECONDS
  const until = new Date(expiresAt * 1000).toISOString()
  if (days <= SOON_DAYS)
    return failed(`the token is temporary: it expires ${until}`, remedy, 'token')
  return warning(`the token expires ${until}`, remedy, 'token')
}

/** The app's own token is made of id and secret: that Meta takes it proves the secret. */
export async function checkAppSecret(options: GraphCheckOptions): Promise<Finding> {
  const { appReader, accessToken } = options
  if (appReader === null) {
    return skipped(
      'Meta checks the secret together with the app id',
      'Set WHATSAPP_APP_ID.',
      'environment',
    )
  }
  const result = await appReader.get('/debug_token', { input_token: accessToken })
  if (result.kind === 'ok') return ok('Meta takes app id and app secret')
  if (result.kind === 'unreachable') return refused(result, '', 'troubleshooting')
  return failed(
    `Meta does not take app id and app secret together: ${result.message}`,
    'Copy WHATSAPP_APP_SECRET again from the app’s basic settings: with a wrong one every webhook is refused.',
    'app-secret',
  )
}

export async function checkPhoneNumber(options: GraphCheckOptions): Promise<Finding> {
  const fields =
    'display_phone_number,verified_name,status,quality_rating,name_status,platform_type,' +
    'account_mode,throughput,whatsapp_business_manager_messaging_limit,health_status'
  const result = await options.reader.get(`/${options.phoneNumberId}`, { fields })
  if (result.kind !== 'ok') return refused(result, 'WHATSAPP_PHONE_NUMBER_ID', 'phone-number')
  const node = nodeOf(result.value)
  const status = textOf(node['status']) ?? 'unknown'
  const quality = textOf(node['quality_rating']) ?? 'unknown'
  const limit = textOf(node['whatsapp_business_manager_messaging_limit']) ?? 'unknown'
  const { blocked, limited } = judgeHealth(node['health_status'], ['PHONE_NUMBER'])
  if (status !== 'CONNECTED' || blocked !== null) {
    const said =
      status === 'CONNECTED' ? [] : [`the number's status is ${status}; only CONNECTED sends`]
    const detail = [...said, ...(blocked === null ? [] : [blocked])].join('; ')
    return failed(
      detail,
      'Register the number for the Cloud API, or lift what Meta names.',
      'phone-number',
    )
  }
  const summary = `connected; quality ${quality}; messaging limit ${limit}`
  const doubts = doubtsOfNumber(node, limited)
  return doubts.length === 0 ? ok(summary) : doubtful(summary, doubts, 'phone-number')
}

/** What does not keep the number from sending, and will. */
function doubtsOfNumber(node: GraphNode, limited: string | null): Doubt[] {
  const doubts: Doubt[] = []
  const quality = textOf(node['quality_rating'])
  if (quality === 'RED' || quality === 'YELLOW') {
    const remedy = 'Suppliers block or report the number: write only to those who agreed.'
    doubts.push({ detail: null, remedy })
  }
  if (limited !== null) {
    const remedy = 'Open the number in WhatsApp Manager and look what limits it.'
    doubts.push({ detail: limited, remedy })
  }
  if (node['name_status'] === 'DECLINED') {
    const remedy = 'Submit another display name in WhatsApp Manager.'
    doubts.push({ detail: 'Meta has declined the display name', remedy })
  }
  const mode = textOf(node['account_mode'])
  if (mode !== null && mode !== 'LIVE') {
    const detail = `it is a test number (account_mode ${mode})`
    const remedy =
      'Register a number of your own before going live: a test number reaches only those on its list.'
    doubts.push({ detail, remedy })
  }
  const platform = textOf(node['platform_type'])
  if (platform !== null && platform !== 'CLOUD_API') {
    const detail = `its platform is ${platform} and not CLOUD_API`
    doubts.push({ detail, remedy: 'Register the number for the Cloud API.' })
  }
  return doubts
}

export async function checkTemplates(options: GraphCheckOptions): Promise<Finding> {
  const result = await options.reader.listTemplates()
  if (result.kind !== 'ok') return refused(result, 'the token’s permissions', 'templates')
  return judgeTemplates(await options.orders(result.templates))
}

export async function checkSubscription(options: GraphCheckOptions): Promise<Finding> {
  const { reader, businessAccountId, appId } = options
  const result = await reader.get(`/${businessAccountId}/subscribed_apps`)
  if (result.kind !== 'ok') return refused(result, 'the token’s permissions', 'webhook')
  const data = nodeOf(result.value)['data']
  const apps = (Array.isArray(data) ? data : []).map((row) =>
    textOf(nodeOf(nodeOf(row)['whatsapp_business_api_data'])['id']),
  )
  const isThere = appId === null ? apps.length > 0 : apps.includes(appId)
  if (isThere) return ok('the account sends its webhooks to the app')
  return failed(
    'the account is not subscribed to the app: no webhook arrives, and Meta reports no error',
    `POST /${businessAccountId}/subscribed_apps with the app’s token.`,
    'webhook',
  )
}

function refused(
  result: Exclude<ReadResult, { kind: 'ok' }>,
  what: string,
  section: string,
): Finding {
  if (result.kind === 'unreachable') {
    const remedy = 'Open the network to graph.facebook.com:443, or set WHATSAPP_GRAPH_URL right.'
    return failed(`Meta could not be reached: ${result.reason}`, remedy, 'troubleshooting')
  }
  const detail = `Meta refuses: ${result.message} (${String(result.code)})`
  // One cause, one failure: the check of the token tells of it.
  if (result.code === BAD_TOKEN) {
    return skipped('Meta does not take the token', 'See token.', 'token')
  }
  return failed(detail, `Check ${what}.`, section)
}

interface Doubt {
  /** Null where the summary says it. */
  detail: string | null
  remedy: string
}

/** A warning of all that is doubtful, each with its remedy. */
function doubtful(summary: string, doubts: readonly Doubt[], section: string): Finding {
  const details = doubts.flatMap(({ detail }) => (detail === null ? [] : [detail]))
  const remedies = doubts.map(({ remedy }) => remedy)
  return warning([summary, ...details].join('; '), remedies.join(' '), section)
}
