import { appToken } from './access.ts'
import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { shakeHands } from './handshake.ts'
import { isObject, parseJson, textOf } from './json.ts'
import { refuseParameter } from './refusal.ts'
import type { World } from './world.ts'

const SCOPES = ['whatsapp_business_management', 'whatsapp_business_messaging']

/** `subscribed_apps` of the account: without it no webhook is sent (reference, section 5.4). */
export async function routeSubscriptions(world: World, call: GraphCall): Promise<GraphAnswer> {
  const { account, settings, sender } = world
  if (call.method === 'GET') {
    const data = {
      whatsapp_business_api_data: {
        id: settings.appId,
        name: 'Aviso Emulator App',
        link: `${call.origin}/`,
      },
    }
    return answerJson({ data: account.subscribed ? [data] : [] })
  }
  if (call.method === 'DELETE') {
    account.subscribed = false
    return answerJson({ success: true })
  }
  const body = parseJson(call.body.toString('utf8'))
  const override = isObject(body) ? body['override_callback_uri'] : undefined
  if (typeof override === 'string') {
    const verifyToken = isObject(body) ? textOf(body['verify_token']) : ''
    const result = await shakeHands(override, verifyToken, world.random.digits(10))
    if (!result.verified) {
      return answerRefusal(refuseParameter(`Callback verification failed: ${result.reason}`))
    }
    await sender.setUrl(override)
  }
  account.subscribed = true
  return answerJson({ success: true })
}

/** `GET /debug_token?input_token=…` (reference, section 9). */
export function debugToken(world: World, call: GraphCall): GraphAnswer {
  const input = call.query.get('input_token')
  if (input === null)
    return answerRefusal(refuseParameter('The parameter input_token is required.'))
  const { access, settings } = world
  const isApp = input === appToken(world)
  if (input !== access.token && !isApp) {
    const error = { code: 190, message: 'Invalid OAuth access token.' }
    return answerJson({ data: { error, is_valid: false, scopes: [] } })
  }
  const data = {
    app_id: settings.appId,
    type: isApp ? 'APP' : 'SYSTEM_USER',
    application: 'Aviso Emulator App',
    is_valid: isApp || !access.expired,
    issued_at: Math.floor(settings.clock() / 1000) - 3600,
    expires_at: access.expired && !isApp ? Math.floor(settings.clock() / 1000) - 60 : 0,
    data_access_expires_at: 0,
    scopes: SCOPES,
    granular_scopes: SCOPES.map((scope) => ({ scope, target_ids: [settings.businessAccountId] })),
    user_id: `1${settings.businessAccountId}`,
  }
  return answerJson({ data })
}
