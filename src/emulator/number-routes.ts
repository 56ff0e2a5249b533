import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import type { JsonObject } from './json.ts'
import { paginate } from './paginate.ts'
import { pickFields } from './pick-fields.ts'
import type { Template } from './template.ts'
import type { World } from './world.ts'

const NUMBER_FIELDS = [
  'verified_name',
  'code_verification_status',
  'display_phone_number',
  'quality_rating',
  'platform_type',
  'throughput',
  'webhook_configuration',
  'id',
]
const ACCOUNT_FIELDS = ['id', 'name', 'currency', 'timezone_id', 'message_template_namespace']
/** Below the phone number and the account in the hierarchy, and made from the account's id. */
const BUSINESS_PREFIX = '7'

/** `GET /{Phone-Number-ID}` (reference, section 9). */
export function getNumber(world: World, call: GraphCall): GraphAnswer {
  const picked = pickFields(
    renderNumber(world),
    call.query.get('fields'),
    NUMBER_FIELDS,
    'WhatsAppBusinessPhoneNumber',
  )
  return 'refusal' in picked ? answerRefusal(picked.refusal) : answerJson(picked.node)
}

/** `GET /{WABA}/phone_numbers` */
export function listNumbers(world: World, call: GraphCall): GraphAnswer {
  const picked = pickFields(
    renderNumber(world),
    call.query.get('fields'),
    // The document requires `status` here, though not on the number itself.
    [...NUMBER_FIELDS, 'status'],
    'WhatsAppBusinessPhoneNumber',
  )
  if ('refusal' in picked) return answerRefusal(picked.refusal)
  const page = paginate([picked.node], call, world.cursors.generation)
  return 'refusal' in page ? answerRefusal(page.refusal) : answerJson(page)
}

/** `GET /{WABA}` */
export function getAccount(world: World, call: GraphCall): GraphAnswer {
  const picked = pickFields(
    renderAccount(world),
    call.query.get('fields'),
    ACCOUNT_FIELDS,
    'WhatsAppBusinessAccount',
  )
  return 'refusal' in picked ? answerRefusal(picked.refusal) : answerJson(picked.node)
}

function renderNumber(world: World): JsonObject {
  const { number, settings, sender } = world
  return {
    id: settings.phoneNumberId,
    display_phone_number: settings.displayPhoneNumber,
    verified_name: number.verifiedName,
    quality_rating: number.qualityRating,
    status: number.status,
    code_verification_status: 'VERIFIED',
    name_status: number.nameStatus,
    throughput: { level: number.throughputLevel },
    platform_type: 'CLOUD_API',
    account_mode: number.accountMode,
    webhook_configuration: sender.url === null ? {} : { application: sender.url },
    whatsapp_business_manager_messaging_limit: number.messagingLimit,
    messaging_limit_tier: number.messagingLimit,
    is_official_business_account: false,
    is_pin_enabled: true,
    health_status: renderHealth(world, 'number'),
  }
}

function renderAccount(world: World): JsonObject {
  const { account, settings } = world
  return {
    id: settings.businessAccountId,
    name: 'Aviso Emulator Business',
    currency: 'EUR',
    timezone_id: '1',
    country: 'ES',
    message_template_namespace: `ns_${settings.businessAccountId}`,
    account_review_status: account.reviewStatus,
    business_verification_status: account.verificationStatus,
    ownership_type: 'SELF_OWNED',
    health_status: renderHealth(world, 'account'),
  }
}

type Verdict = 'AVAILABLE' | 'LIMITED' | 'BLOCKED'
const RANK: readonly Verdict[] = ['AVAILABLE', 'LIMITED', 'BLOCKED']

/** The nodes that a send passes, and the worst of their verdicts (reference, section 9). */
export function renderHealth(world: World, asked: Template | 'number' | 'account'): JsonObject {
  const { settings } = world
  const entities: JsonObject[] = []
  if (asked === 'number') {
    entities.push(renderEntity('PHONE_NUMBER', settings.phoneNumberId, judgeNumber(world)))
  } else if (asked !== 'account') {
    const blocked = asked.status !== 'APPROVED'
    const entity = renderEntity('MESSAGE_TEMPLATE', asked.id, blocked ? 'BLOCKED' : 'AVAILABLE')
    if (blocked) {
      entity['errors'] = [
        {
          error_code: 141002,
          error_description: `The template is ${asked.status}`,
          possible_solution: 'Use an approved template',
        },
      ]
    }
    entities.push(entity)
  }
  const { sendError } = world.account
  const account = renderEntity('WABA', settings.businessAccountId, judgeAccount(world))
  if (sendError !== null) {
    account['errors'] = [
      {
        error_code: 141006,
        error_description: `Sends are refused with ${String(sendError)}`,
        possible_solution: 'Clear send_error over the control API',
      },
    ]
  }
  entities.push(
    account,
    renderEntity('BUSINESS', `${BUSINESS_PREFIX}${settings.businessAccountId}`, 'AVAILABLE'),
    renderEntity('APP', settings.appId, 'AVAILABLE'),
  )
  const ranks = entities.map((one) => RANK.indexOf(one['can_send_message'] as Verdict))
  return { can_send_message: RANK[Math.max(...ranks)], entities }
}

function renderEntity(type: string, id: string, verdict: Verdict): JsonObject {
  return { entity_type: type, id, can_send_message: verdict }
}

function judgeNumber({ number }: World): Verdict {
  if (!number.registered || !['CONNECTED', 'FLAGGED', 'RATE_LIMITED'].includes(number.status)) {
    return 'BLOCKED'
  }
  return number.status === 'CONNECTED' && number.qualityRating !== 'RED' ? 'AVAILABLE' : 'LIMITED'
}

function judgeAccount({ account }: World): Verdict {
  if (account.sendError !== null) return 'BLOCKED'
  return account.reviewStatus === 'APPROVED' ? 'AVAILABLE' : 'LIMITED'
}
