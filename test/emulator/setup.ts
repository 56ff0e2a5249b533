import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'undici'
import { openEmulator } from '../../src/emulator/emulator.ts'
import type { Emulator } from '../../src/emulator/emulator.ts'
import type { EmulatorOptions } from '../../src/emulator/options.ts'

export const TOKEN = 'EAAtoken'
export const APP_SECRET = 'app-secret'
export const VERIFY_TOKEN = 'verify-me'
export const PHONE_ID = '106540352242922'
export const WABA_ID = '102290129340398'
export const APP_ID = '670843887433847'
export const SUPPLIER = '+34612345678'

export interface ReceivedWebhook {
  headers: IncomingHttpHeaders
  raw: Buffer
  /** Parsed body. */
  body: WebhookBody
}

export interface WebhookBody {
  object: string
  entry: {
    id: string
    time?: number
    changes: {
      field: string
      value: Record<string, unknown> & { statuses?: Status[]; messages?: Json[] }
    }[]
  }[]
}

export type Json = Record<string, unknown>

export interface Status extends Json {
  id: string
  status: string
  timestamp: string
}

export interface Receiver {
  url: string
  received: ReceivedWebhook[]
  /** Every status in order of arrival. */
  statuses(): Status[]
  /** The next answers; 200 when none is left. */
  answers: number[]
  /** Called before an answer is given. */
  onWebhook?: (webhook: ReceivedWebhook) => void
  close(): Promise<void>
}

/** An app's webhook: shakes hands, keeps what comes. */
export async function openReceiver(): Promise<Receiver> {
  const received: ReceivedWebhook[] = []
  const answers: number[] = []
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost')
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      if (incoming.method === 'GET') {
        const verified = url.searchParams.get('hub.verify_token') === VERIFY_TOKEN
        response.statusCode = verified ? 200 : 403
        response.end(verified ? url.searchParams.get('hub.challenge') : 'no')
        return
      }
      const raw = Buffer.concat(chunks)
      const webhook = {
        headers: incoming.headers,
        raw,
        body: JSON.parse(raw.toString('utf8')) as WebhookBody,
      }
      received.push(webhook)
      receiver.onWebhook?.(webhook)
      response.statusCode = answers.shift() ?? 200
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: Receiver = {
    url: `http://127.0.0.1:${String(port)}/hook?source=meta`,
    received,
    answers,
    statuses: () =>
      received.flatMap(({ body }) =>
        body.entry.flatMap(({ changes }) => changes.flatMap(({ value }) => value.statuses ?? [])),
      ),
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
      })
    },
  }
  return receiver
}

export interface Bench extends AsyncDisposable {
  emulator: Emulator
  hook: Receiver
}

/** An emulator with quick statuses, no limits and a webhook that is already set. */
export async function setup(options: Partial<EmulatorOptions> = {}): Promise<Bench> {
  const hook = await openReceiver()
  const emulator = await openEmulator({
    accessToken: TOKEN,
    appSecret: APP_SECRET,
    verifyToken: VERIFY_TOKEN,
    appId: APP_ID,
    phoneNumberId: PHONE_ID,
    businessAccountId: WABA_ID,
    seed: 7,
    statusDelays: { sentMs: 1, deliveredMs: 1, readMs: 1 },
    reviewMs: 1,
    pairLimit: false,
    maxMps: 0,
    webhookUrl: hook.url,
    webhookRetry: { firstMs: 1 },
    // One after the other: with more, statuses a millisecond apart overtake each other, as Meta's do.
    webhookConnections: 1,
    ...options,
  })
  return {
    emulator,
    hook,
    async [Symbol.asyncDispose]() {
      await emulator.close()
      await hook.close()
    },
  }
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json: Json
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'DELETE'
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
  version?: string
}

/** A call of the Graph API below the version. */
export async function graph(
  emulator: Emulator,
  path: string,
  { method = 'GET', token = TOKEN, body, headers = {}, version = 'v25.0' }: CallOptions = {},
): Promise<Answer> {
  const given = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await request(`${emulator.url}/${version}/${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...given,
      ...headers,
    },
    body:
      body === undefined
        ? null
        : typeof body === 'string' || Buffer.isBuffer(body)
          ? body
          : JSON.stringify(body),
  })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

export function template(
  values: string[] = ['Harinas del Sur', 'PO-1', '1.234,50 €'],
  more = {},
): Json {
  return {
    name: 'po_notification',
    language: { code: 'es' },
    components: [{ type: 'body', parameters: values.map((text) => ({ type: 'text', text })) }],
    ...more,
  }
}

/** A well-formed send of `po_notification`. */
export function message(to = SUPPLIER, more: Json = {}): Json {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to,
    type: 'template',
    template: template(),
    ...more,
  }
}

export function send(
  emulator: Emulator,
  body: unknown = message(),
  options: CallOptions = {},
): Promise<Answer> {
  return graph(emulator, `${PHONE_ID}/messages`, { method: 'POST', body, ...options })
}

/** Meta's error object of an answer. */
export function errorOf(answer: Answer): { code: number; details: string | undefined } & Json {
  const error = answer.json['error'] as Json & { error_data?: { details?: string } }
  return { ...error, code: Number(error['code']), details: error.error_data?.details }
}

export function wamidOf(answer: Answer): string {
  const [first] = answer.json['messages'] as { id: string }[]
  return first?.id ?? ''
}

export function signatureOf(raw: Buffer, secret = APP_SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`
}

/** A call of the control API. */
export async function steer(
  emulator: Emulator,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  const answer = await request(`${emulator.url}/_emulator/${path}`, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, json: parse(text) }
}
