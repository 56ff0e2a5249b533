import { z } from 'zod'
import { BEHAVIOUR_NAMES, WEBHOOK_FATES } from './behaviour.ts'
import type { EmulatorControl } from './control.ts'
import { parseJson } from './json.ts'
import { MAGIC_NUMBERS } from './magic-numbers.ts'
import { toCamel, toSnake } from './letter-case.ts'

export interface ControlAnswer {
  status: number
  value: unknown
}

/** @param path behind `/_emulator/`, with its query */
export type ControlApi = (method: string, path: string, body: Buffer) => Promise<ControlAnswer>

type Handler = (body: unknown, query: URLSearchParams) => unknown

const nonNegative = z.number().nonnegative()

const SCRIPT = z.strictObject({
  behaviour: z.enum(BEHAVIOUR_NAMES),
  code: z.int().optional(),
  delayMs: nonNegative.optional(),
  statusDelayMs: nonNegative.optional(),
  to: z.string().optional(),
  times: z.int().positive().nullable().optional(),
})
const TEMPLATE = z.strictObject({
  name: z.string().optional(),
  language: z.string().optional(),
  id: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
  title: z.string().optional(),
  quality: z.string().optional(),
  category: z.string().optional(),
})
const REVIEW = z.strictObject({
  name: z.string().optional(),
  language: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
  category: z.string().optional(),
  delayMs: nonNegative.optional(),
  times: z.int().positive().nullable().optional(),
})
const NUMBER = z.strictObject({
  status: z.string().optional(),
  qualityRating: z.string().optional(),
  nameStatus: z.string().optional(),
  throughputLevel: z.string().optional(),
  accountMode: z.string().optional(),
  messagingLimit: z.string().optional(),
  verifiedName: z.string().optional(),
  registered: z.boolean().optional(),
  allowedRecipients: z
    .array(z.string().transform((text) => text.replace(/\D/g, '')))
    .nullable()
    .optional(),
})
const ACCOUNT = z.strictObject({
  sendError: z.int().nullable().optional(),
  subscribed: z.boolean().optional(),
  reviewStatus: z.string().optional(),
  verificationStatus: z.string().optional(),
})
const DELAYS = z.strictObject({
  sentMs: nonNegative.optional(),
  deliveredMs: nonNegative.optional(),
  readMs: nonNegative.optional(),
})
const LIMITS = z.strictObject({
  maxMps: nonNegative.optional(),
  pairLimit: z.boolean().optional(),
  pairBurst: z.int().positive().optional(),
})
const WEBHOOKS = z.strictObject({
  url: z.string().optional(),
  fate: z.enum(WEBHOOK_FATES).optional(),
  batchSize: z.int().min(1).max(1000).optional(),
  batchWindowMs: nonNegative.optional(),
  paused: z.boolean().optional(),
})
const target = { wamid: z.string().optional(), from: z.string().optional() }
const REPLY = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), text: z.string().optional(), ...target }),
  z.strictObject({
    kind: z.literal('button'),
    wamid: z.string(),
    index: z.int().nonnegative().optional(),
    payload: z.string().optional(),
    text: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('message'),
    content: z.record(z.string(), z.unknown()),
    ...target,
  }),
])
const CHANGE = z.strictObject({ field: z.string(), value: z.record(z.string(), z.unknown()) })
const RAW = z.strictObject({
  json: z.string(),
  signature: z.enum(['none', 'missing', 'wrong']).optional(),
})
const TOKEN = z.strictObject({ token: z.string().min(1) })
const WINDOW = z.strictObject({ to: z.string().min(1) })
const BY = z.enum(['callback_data', 'message'])

/** What is wrong with a request, for its sender. */
class ControlFault extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The control API: JSON in and out, snake_case, no key; the emulator listens on loopback. */
export function createControlApi(control: EmulatorControl): ControlApi {
  const handlers = new Map<string, Handler>(Object.entries(createHandlers(control)))
  return async (method, path, body) => {
    const [route = '', query = ''] = path.split('?')
    const handler = handlers.get(`${method} ${route}`)
    if (handler === undefined) {
      return { status: 404, value: { error: `there is no ${method} /_emulator/${route}` } }
    }
    try {
      const given = body.length === 0 ? {} : parseJson(body.toString('utf8'))
      if (given === undefined) throw new ControlFault(400, 'the body is not JSON')
      const value = (await handler(given, new URLSearchParams(query))) ?? { success: true }
      return { status: 200, value }
    } catch (error) {
      if (error instanceof ControlFault)
        return { status: error.status, value: { error: error.message } }
      throw error
    }
  }
}

function createHandlers(control: EmulatorControl): Record<string, Handler> {
  return {
    'GET state': () => toSnake(control.state()),
    'GET magic-numbers': () => ({ data: MAGIC_NUMBERS }),
    'POST reset': () => {
      control.reset()
    },
    'POST settle': () => control.settled(),
    'GET accepted': (_body, query) => listAccepted(control, query),
    'GET accepted/counts': (_body, query) => {
      const by = read(BY, query.get('by') ?? 'callback_data')
      const source =
        query.get('duplicates') === 'true' ? control.duplicates(by) : control.counts(by)
      return { data: Object.fromEntries(source) }
    },
    'POST script': (body) => {
      control.script(read(SCRIPT, toCamel(body)))
    },
    'DELETE script': () => {
      control.clearScript()
    },
    'POST templates': (body) => changeTemplates(control, read(TEMPLATE, toCamel(body))),
    'POST reviews': (body) => {
      control.scriptReview(read(REVIEW, toCamel(body)))
    },
    'POST cursors/expire': () => {
      control.expireCursors()
    },
    'POST token/expire': () => {
      control.expireToken()
    },
    'POST token/replace': (body) => {
      control.replaceToken(read(TOKEN, body).token)
    },
    'POST number': (body) => {
      control.setNumber(read(NUMBER, toCamel(body)))
    },
    'POST account': (body) => {
      control.setAccount(read(ACCOUNT, toCamel(body)))
    },
    'POST delays': (body) => {
      control.setDelays(read(DELAYS, toCamel(body)))
    },
    'POST limits': (body) => {
      control.setLimits(read(LIMITS, toCamel(body)))
    },
    'POST webhooks': async (body) => {
      const { url, ...modes } = read(WEBHOOKS, toCamel(body))
      control.setWebhooks(modes)
      return url === undefined ? undefined : await control.setWebhookUrl(url)
    },
    'POST webhooks/send': async (body) => {
      const { field, value } = read(CHANGE, body)
      await control.sendWebhook(field, value)
    },
    'POST webhooks/raw': async (body) => {
      const { json, signature } = read(RAW, body)
      await control.sendRawWebhook(json, signature)
    },
    'GET webhooks/deliveries': (_body, query) => {
      const wamid = query.get('wamid')
      const all = control.deliveries()
      const found = wamid === null ? all : all.filter((one) => one.wamids.includes(wamid))
      return { data: toSnake(found) }
    },
    'POST replies': async (body) => {
      const result = await control.reply(read(REPLY, body))
      if (result.kind === 'refused') throw new ControlFault(422, result.reason)
      return { wamid: result.wamid }
    },
    'POST windows': (body) => {
      control.openWindow(read(WINDOW, body).to)
    },
  }
}

function listAccepted(control: EmulatorControl, query: URLSearchParams): unknown {
  const limit = Number(query.get('limit') ?? 1000)
  const all = control.accepted({
    wamid: query.get('wamid') ?? undefined,
    callbackData: query.get('callback_data') ?? undefined,
    callbackPrefix: query.get('callback_prefix') ?? undefined,
    to: query.get('to') ?? undefined,
  })
  return { total: all.length, data: toSnake(all.slice(-limit)) }
}

async function changeTemplates(
  control: EmulatorControl,
  given: z.infer<typeof TEMPLATE>,
): Promise<unknown> {
  const { name, language, id, ...change } = given
  const which = id !== undefined ? { id } : name !== undefined ? { name, language } : undefined
  if (which === undefined) throw new ControlFault(422, 'name or id is required')
  const changed = await control.changeTemplate(which, change)
  if (changed === 0) throw new ControlFault(404, 'there is no such template')
  return { changed }
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new ControlFault(422, z.prettifyError(result.error))
}
