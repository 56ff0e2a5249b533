import type { Exchange } from '../../src/cloud-api/exchange.ts'
import { readSendAnswer } from '../../src/cloud-api/read-send-answer.ts'
import type { SendResult } from '../../src/cloud-api/send-result.ts'

/** What Meta, or something between it and us, makes of a call; only the first three took it. */
export type Behaviour =
  | 'accepts'
  | 'accepts_and_answer_is_lost'
  | 'accepts_and_gateway_fails'
  | 'accepts_and_garbles'
  | 'swallows'
  | 'fails_before_it'
  | 'gateway_fails'
  | 'is_busy'
  | 'is_down_for_maintenance'
  | 'limits_rate'
  | 'limits_pair'
  | 'refuses_token'
  | 'refuses_recipient'
  | 'refuses_unknown'

export const TAKES: readonly Behaviour[] = [
  'accepts',
  'accepts_and_answer_is_lost',
  'accepts_and_gateway_fails',
  'accepts_and_garbles',
]

const HTML = '<html><body>502 Bad Gateway</body></html>'

/** The exchange as the client sees it. `wamid` where Meta took the message. */
export function exchangeOf(behaviour: Behaviour, wamid: string): Exchange {
  switch (behaviour) {
    case 'accepts':
      return answered(200, {
        messaging_product: 'whatsapp',
        contacts: [{ input: '+34600', wa_id: '34600' }],
        messages: [{ id: wamid }],
      })
    case 'accepts_and_answer_is_lost':
    case 'swallows':
      return { kind: 'broken', reason: 'no answer within 10 s', httpStatus: null, text: '' }
    case 'accepts_and_gateway_fails':
    case 'gateway_fails':
      return { kind: 'answered', httpStatus: 502, retryAfter: undefined, text: HTML }
    case 'accepts_and_garbles':
      return { kind: 'answered', httpStatus: 200, retryAfter: undefined, text: '{"messages":[{"i' }
    case 'fails_before_it':
      return { kind: 'not_written', reason: 'the connection was refused (ECONNREFUSED)' }
    case 'is_busy':
      return refused(500, 131000)
    case 'is_down_for_maintenance':
      return refused(503, 2)
    case 'limits_rate':
      return refused(400, 130429)
    case 'limits_pair':
      return refused(400, 131056)
    case 'refuses_token':
      return refused(401, 190)
    case 'refuses_recipient':
      return refused(400, 131026)
    case 'refuses_unknown':
      return refused(400, 999_999)
  }
}

/** The same, as the real client reads it. */
export function resultOf(behaviour: Behaviour, wamid: string): SendResult {
  return readSendAnswer(exchangeOf(behaviour, wamid), 0)
}

/** A process that slept between intent and socket writes nothing. */
export const TOO_LATE: SendResult = readSendAnswer(
  { kind: 'not_written', reason: 'too much time passed before the request was written' },
  0,
)

function answered(httpStatus: number, body: unknown): Exchange {
  return { kind: 'answered', httpStatus, retryAfter: undefined, text: JSON.stringify(body) }
}

function refused(httpStatus: number, code: number): Exchange {
  return answered(httpStatus, {
    error: { message: `(#${String(code)}) refused`, type: 'OAuthException', code, fbtrace_id: 'A' },
  })
}

/** A webhook's body around statuses, as Meta sends it. */
export function webhookBody(phoneNumberId: string, statuses: readonly unknown[]): unknown {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: phoneNumberId },
    statuses,
  }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  }
}
